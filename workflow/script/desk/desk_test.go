package desk_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/plugins/standard/tenanttest"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/publish"
	"github.com/tenon-platform/tenon/workflow/script"
	"github.com/tenon-platform/tenon/workflow/script/desk"
	"github.com/tenon-platform/tenon/workflow/script/scripttest"
)

func TestMain(m *testing.M) { os.Exit(scripttest.Main(m)) }

func open(t *testing.T) (w *tenanttest.Tenant, d *desk.Desk, dealer string) {
	t.Helper()
	p := script.New(script.Options{Command: []string{scripttest.Binary(), "script-worker"}})
	t.Cleanup(p.Close)
	w = tenanttest.OpenScripts(t, p, publish.Bundle{"desk": tenanttest.Files(t, os.DirFS("../host/testdata/desk"))})
	d = &desk.Desk{Tenant: w.Publish.Tenant, Records: w.Publish.Records, Pool: p, Clock: w.Clock}
	return w, d, w.ID("Dealer", `name: "A", code: "a", discount: "0.1", secret: "x"`)
}

func signedIn() context.Context {
	return ident.With(context.Background(), ident.Caller{Tenant: "main", Principal: ident.Principal{Name: "admin", Admin: true}, Locale: "en"})
}

// TestTrial: a script that was edited runs on real records, and nothing of it stays.
func TestTrial(t *testing.T) {
	w, d, dealer := open(t)
	try := func(source, input string) string {
		t.Helper()
		out, err := d.Try(signedIn(), access.Everything, "quote", source, json.RawMessage(input))
		if err != nil {
			return string(errs.From(err).Code)
		}
		if out.Err != nil {
			e := errs.From(out.Err)
			return fmt.Sprint(e.Code, " ", e.Rule, " ", e.Details["line"])
		}
		return string(out.Value) + string(out.Log)
	}
	input := fmt.Sprintf(`{"dealer": %q, "price": "33.35", "count": 3}`, dealer)
	if got := try("", input); !strings.Contains(got, `"total":"90.05"`) || !strings.Contains(got, `"text":"made`) {
		t.Errorf("its own source: %s", got)
	}
	w.Want(`{ quotes { totalCount } }`, `"totalCount":0`)
	for _, c := range []struct{ source, input, want string }{
		{`function main({dealer}) { return {id: records.get('dealer', dealer).name}; }`, input, `{"id":"A"}[]`},
		{"function main() {\n  refuse('TOO_HIGH');\n}", input, "VALIDATION_FAILED TOO_HIGH 2"},
		{"function main() {\n  refuse('NOWHERE');\n}", input, "SCRIPT_FAILED  2"},
		{"function main() {\n  throw new Error('no');\n}", input, "SCRIPT_FAILED  2"},
		{"function main() { return records.query('user', {}); }", input, "FORBIDDEN  1"},
		{"", `[1]`, "INVALID_INPUT"},
		{"", `null`, "INVALID_INPUT"},
	} {
		if got := try(c.source, c.input); got != c.want {
			t.Errorf("%s with %s: got %s, want %s", c.source, c.input, got, c.want)
		}
	}
	if _, err := d.Try(signedIn(), access.Everything, "ghost", "", json.RawMessage("{}")); errs.CodeOf(err) != errs.NotFound {
		t.Errorf("a script that there is not: %v", err)
	}
}

// TestReplay: a run that there was is had again, and where an edited script goes another way, that is said.
func TestReplay(t *testing.T) {
	w, d, dealer := open(t)
	w.Want(fmt.Sprintf(`mutation { dealerQuote(id: %q, input: {price: "33.35", count: 3}) { total } }`, dealer), `"total":"90.05"`)
	runs, err := d.Runs("quote")
	if err != nil || len(runs) != 1 {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	r := runs[0]
	if r.Calls < 3 || r.Cut || r.Code != "" || !strings.Contains(string(r.Value), "90.05") || !strings.Contains(string(r.Input), dealer) || !r.At.Equal(w.Clock.Now()) {
		t.Errorf("the run is %+v", r)
	}
	w.Want(fmt.Sprintf(`mutation { updateDealer(id: %q, patch: {discount: "0.5"}) { dealer { id } } }`, dealer), `"id"`)
	out, err := d.Replay(signedIn(), "quote", "", r.ID)
	if err != nil || out.Err != nil || out.Divergence != nil || string(out.Value) != string(r.Value) {
		t.Errorf("the same source: %s, %v, %+v, %v", out.Value, out.Err, out.Divergence, err)
	}
	s := w.Publish.Tenant.Catalog().Script("quote")
	out, err = d.Replay(signedIn(), "quote", strings.Replace(s.Source, "records.get('dealer', dealer)", "records.find('dealer', {code: 'a'})", 1), r.ID)
	if err != nil || out.Divergence == nil || out.Divergence.Call != 1 || !strings.HasPrefix(out.Divergence.Was, "records.get ") || !strings.HasPrefix(out.Divergence.Is, "records.find ") {
		t.Errorf("another call: %+v, %v", out.Divergence, err)
	}
	out, err = d.Replay(signedIn(), "quote", strings.Replace(s.Source, "round(2)", "round(0)", 1), r.ID)
	if err != nil || out.Divergence == nil {
		t.Errorf("another result: %+v, %v", out.Divergence, err)
	}
	if _, err := d.Replay(signedIn(), "quote", "", "1-2"); errs.CodeOf(err) != errs.NotFound {
		t.Errorf("a run that is not kept: %v", err)
	}
	w.Want(`{ quotes { totalCount } }`, `"totalCount":1`)
	if after, err := d.Runs("quote"); err != nil || len(after) != 1 {
		t.Errorf("replays are no runs: %d, %v", len(after), err)
	}
}

// TestTypes: editors are told what the script is called with.
func TestTypes(t *testing.T) {
	_, d, _ := open(t)
	out, err := d.Types("quote")
	if err != nil || !strings.Contains(out, "interface Input") || !strings.Contains(out, "refuse(code: 'TOO_HIGH'") {
		t.Errorf("%s, %v", out, err)
	}
	if _, err := d.Types("ghost"); errs.CodeOf(err) != errs.NotFound {
		t.Errorf("a script that there is not: %v", err)
	}
}
