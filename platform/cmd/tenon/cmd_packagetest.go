package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/metadata/load"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/plugins/packages"
	"github.com/tenon-platform/tenon/plugins/standard"
	"github.com/tenon-platform/tenon/plugins/stores/sqlite"
	"github.com/tenon-platform/tenon/runtime/packtest"
	"github.com/tenon-platform/tenon/workflow/script"
)

func packageTestVerb() verb {
	return verb{"test", "[--run REGEXP] [--gaps] [--verbose] [--json] [PACKAGE-DIR | DIR/... …]",
		"run the packages' own test cases, each on a throw-away tenant; exit code 1 when one fails",
		"运行软件包自带的测试用例，每个用例使用独立的临时租户；有失败时退出码为 1", runPackageTest}
}

func runPackageTest(ctx context.Context, e *env, args []string) error {
	fs, c := e.flags("test")
	run := fs.String("run", "", e.tr("only cases whose file and name, joined by a space, match this", "仅运行“文件 名称”与该正则匹配的用例"))
	verbose := fs.Bool("verbose", false, e.tr("name the cases that pass, too", "同时列出通过的用例"))
	gaps := fs.Bool("gaps", false, e.tr("name the rules, actions, approvals and flows that no case shows to pass, or to refuse; exit code 1 when there are any", "列出没有用例体现其通过或拒绝的规则、操作、审批与自动化；有则退出码为 1"))
	pos, err := parse(fs, args, -1)
	if err != nil {
		return err
	}
	match, err := regexp.Compile(*run)
	if err != nil {
		return usageError{e.tr("--run is no regular expression: ", "--run 不是正则表达式：") + err.Error()}
	}
	if len(pos) == 0 {
		pos = []string{"."}
	}
	dirs, err := packageDirs(pos)
	if err != nil {
		return err
	}
	s, err := newSuite(dirs)
	if err != nil {
		return err
	}
	s.lookForGaps = *gaps
	if !s.findings.HasErrors() {
		if err := e.runSuite(ctx, s, match, *verbose && !c.json); err != nil {
			return err
		}
	}
	return e.showSuite(c, s)
}

// packageDirs finds the packages that arguments name: a directory with a tenon.json, or with
// "/..." behind it, all of them at it and below.
func packageDirs(args []string) ([]string, error) {
	var out []string
	for _, arg := range args {
		root, all := strings.CutSuffix(filepath.ToSlash(arg), "/...")
		if !all {
			if _, err := os.Stat(filepath.Join(arg, "tenon.json")); err != nil {
				return nil, fmt.Errorf("%s is no package: %w", arg, err)
			}
			out = append(out, arg)
			continue
		}
		err := filepath.WalkDir(root, func(p string, e fs.DirEntry, err error) error {
			if err == nil && e.Name() == "tenon.json" && !e.IsDir() {
				out = append(out, filepath.Dir(p))
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("look for packages: %w", err)
		}
	}
	if len(out) == 0 {
		return nil, errors.New("there is no package")
	}
	return out, nil
}

// suite is the packages to test with what they may require, and what came of it.
type suite struct {
	packages []*model.Package
	loaded   map[string]*model.Package // all packages at hand, by name
	findings diag.List
	results  []packtest.Result

	lookForGaps bool
	gaps        []packtest.Gap
}

// newSuite loads the packages of some directories, and the standard ones that are not among them.
func newSuite(dirs []string) (*suite, error) {
	s := &suite{loaded: map[string]*model.Package{}}
	for _, d := range dirs {
		if p := s.add(os.DirFS(d), filepath.ToSlash(d)); p != nil {
			s.packages = append(s.packages, p)
		}
	}
	std, err := packages.Standard()
	if err != nil {
		return nil, err
	}
	for _, p := range std {
		if s.loaded[p.Name] == nil {
			s.add(p.Files, p.Name)
		}
	}
	return s, nil
}

func (s *suite) add(fsys fs.FS, label string) *model.Package {
	p, findings := load.Package(fsys, label, standard.Fields())
	s.findings = append(s.findings, findings...)
	if p != nil {
		s.loaded[p.Manifest.Name] = p
	}
	return p
}

// all are the packages at hand, by name.
func (s *suite) all() (out []*model.Package) {
	for _, name := range slices.Sorted(maps.Keys(s.loaded)) {
		out = append(out, s.loaded[name])
	}
	return out
}

func (e *env) runSuite(ctx context.Context, s *suite, match *regexp.Regexp, verbose bool) (err error) {
	dir, err := os.MkdirTemp("", "tenon-test-")
	if err != nil {
		return fmt.Errorf("make a directory for the tests: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	log := slog.New(slog.NewTextHandler(e.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	scripts, err := newScripts(log, nil)
	if err != nil {
		return err
	}
	defer scripts.Close()
	opt := cases(scripts, log)
	opt.Dir, opt.Match = dir, func(file, name string) bool { return match.MatchString(file + " " + name) }
	if s.lookForGaps {
		opt.Gap = func(g packtest.Gap) { s.gaps = append(s.gaps, g) }
	}
	total := 0
	for _, p := range s.packages {
		total += packtest.Count(p, opt)
	}
	bar := newBar(e.err)
	defer bar.clear()
	opt.Done = func(r *packtest.Result, _ int) {
		s.results = append(s.results, *r)
		bar.clear()
		if verbose && r.Passed() {
			fmt.Fprintf(e.out, "%s %s: %s\n", e.tr("pass", "通过"), r.File, r.Name)
		}
		bar.show(r.Package, int64(len(s.results)), int64(total))
	}
	for _, p := range s.packages {
		_, findings, err := packtest.Run(ctx, p, packtest.Closure(p, s.all()), opt)
		for _, f := range findings { // a package that several require is looked at with each
			if !slices.ContainsFunc(s.findings, func(g diag.Finding) bool { return f.Pos == g.Pos && f.Code == g.Code && f.Summary == g.Summary }) {
				s.findings.Add(f)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// cases are the options for running the cases of packages, each on an embedded store of its own.
func cases(scripts *script.Pool, log *slog.Logger) packtest.Options {
	return packtest.Options{Fields: standard.Fields(), Engines: standard.EnginesWith(scripts), Checks: append(standard.Checks(), scripts.Vet), Processes: standard.Processes(), Zone: zone(), Log: log,
		Engine: func(dir string) driver.Engine { return sqlite.New(dir, &sqlite.Options{Normal: true}) }}
}

// showSuite prints what failed, and how many cases passed and failed on the last line.
func (e *env) showSuite(c *common, s *suite) error {
	failed := 0
	for i := range s.results {
		if !s.results[i].Passed() {
			failed++
		}
	}
	passed := len(s.results) - failed
	s.findings.Sort()
	if c.json {
		err := writeJSON(e.out, map[string]any{"passed": passed, "failed": failed, "cases": orEmpty(s.results), "findings": orEmpty(s.findings), "gaps": orEmpty(s.gaps)})
		if err != nil {
			return err
		}
	} else {
		e.printFindings(s.findings)
		for i := range s.results {
			if r := &s.results[i]; !r.Passed() {
				fmt.Fprintf(e.out, "%s %s: %s\n", e.tr("FAIL", "失败"), r.File, r.Name)
				e.printFindings(r.Failures)
			}
		}
		for _, g := range s.gaps {
			format := e.tr("GAP %s: no case of %s shows that it passes\n", "缺口 %s：%s 没有用例体现其通过\n")
			if g.Lacks == packtest.Refuses {
				format = e.tr("GAP %s: no case of %s shows that it refuses\n", "缺口 %s：%s 没有用例体现其拒绝\n")
			}
			fmt.Fprintf(e.out, format, g.Address, g.Package)
		}
		if line := e.tr("", fmt.Sprintf("%d 个用例通过，%d 个失败", passed, failed)); line != "" {
			fmt.Fprintln(e.out, line)
		}
		fmt.Fprintf(e.out, "%d passed, %d failed\n", passed, failed) // scripts read it, whatever the language
	}
	if failed > 0 || len(s.gaps) > 0 || s.findings.HasErrors() {
		return errFailed
	}
	return nil
}

func orEmpty[T any, L ~[]T](list L) L {
	if list == nil {
		return L{}
	}
	return list
}
