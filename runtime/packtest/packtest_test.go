package packtest_test

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/metadata/load"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/spec"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/plugins/standard"
	"github.com/tenon-platform/tenon/plugins/stores/sqlite"
	"github.com/tenon-platform/tenon/runtime/packtest"
)

var update = flag.Bool("update", false, "write what failing cases say as expected")

func shop(t *testing.T) *model.Package {
	t.Helper()
	p, findings := load.Package(os.DirFS("testdata/shop"), "shop", standard.Fields())
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	return p
}

func options(t *testing.T) packtest.Options {
	return packtest.Options{Fields: standard.Fields(), Zone: "Asia/Shanghai", Dir: t.TempDir(), Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Engine: func(dir string) driver.Engine { return sqlite.New(dir, &sqlite.Options{Normal: true}) }}
}

func run(t *testing.T, p *model.Package, opt packtest.Options) []packtest.Result {
	t.Helper()
	res, findings, err := packtest.Run(context.Background(), p, []*model.Package{p}, opt)
	if err != nil || len(findings) > 0 {
		t.Fatal(err, findings)
	}
	return res
}

// TestPassing runs the cases of testdata/shop/tests/passing.json, which use everything there is.
func TestPassing(t *testing.T) {
	p, opt := shop(t), options(t)
	opt.Match = func(file, _ string) bool { return strings.HasSuffix(file, "passing.json") }
	done := 0
	opt.Done = func(_ *packtest.Result, n int) { done = n }
	res := run(t, p, opt)
	for _, r := range res {
		for _, f := range r.Failures {
			t.Errorf("%s: %s: %s", f.Pos, r.Name, f.Summary.En)
		}
	}
	if n := packtest.Count(p, opt); len(res) != n || done != n || n < 12 {
		t.Errorf("%d results, %d reported, %d counted", len(res), done, n)
	}
	if left, err := os.ReadDir(opt.Dir); err != nil || len(left) != 1 { // the template, for the caller to remove
		t.Errorf("%v is left: %v", left, err)
	}
}

// TestFailing holds what failing cases say, and where, against testdata/failing.txt.
func TestFailing(t *testing.T) {
	opt := options(t)
	opt.Match = func(file, _ string) bool { return strings.HasSuffix(file, "failing.json") }
	var b strings.Builder
	for _, r := range run(t, shop(t), opt) {
		if r.Passed() {
			t.Errorf("%s passes", r.Name)
		}
		fmt.Fprintf(&b, "%s\n", r.Name)
		for _, f := range r.Failures {
			fmt.Fprintf(&b, "\t%s %s: %s\n", f.Pos, f.Code, f.Summary.En)
			if f.Summary.Zh == "" || strings.Contains(f.Summary.Zh+f.Summary.En, "%!") {
				t.Errorf("%s: no sound text in both languages: %+v", f.Pos, f.Summary)
			}
		}
	}
	const file = "testdata/failing.txt"
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

// TestBrokenPackagesAreNotRun: what does not resolve is said, and nothing runs.
func TestBrokenPackagesAreNotRun(t *testing.T) {
	p := shop(t)
	p.Tests[0].Cases[0].When[0].Create, p.Tests[0].Cases[0].When[0].Update = "nothing", ""
	res, findings, err := packtest.Run(context.Background(), p, []*model.Package{p}, options(t))
	if err != nil || len(res) > 0 || !findings.HasErrors() {
		t.Errorf("%d results, findings %v, %v", len(res), findings, err)
	}
}

// TestErrorCodesAreThoseOfThePlatform: a case can expect each code that callers meet.
func TestErrorCodesAreThoseOfThePlatform(t *testing.T) {
	for _, code := range spec.Of[model.ExpectedError]().Get("code").Enum {
		if errs.Code(code).Status() == errs.Internal.Status() {
			t.Errorf("the platform has no code %s", code)
		}
	}
}
