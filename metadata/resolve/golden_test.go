package resolve_test

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/load"
	"github.com/tenon-platform/tenon/metadata/plan"
	"github.com/tenon-platform/tenon/metadata/resolve"
	"github.com/tenon-platform/tenon/platform/diag"
)

var update = flag.Bool("update", false, "write the results of this run into the cases")

// TestCases runs testdata/*.txt. A case is the files of one or more packages, "-- package/path --"
// before each, and last what must come of them: "-- findings --" with the findings of loading and
// resolving, and "-- catalogue --" where there are none that forbid a publish.
func TestCases(t *testing.T) {
	cases, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(cases) < 25 {
		t.Fatalf("found %d cases: %v", len(cases), err)
	}
	for _, file := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			input, want := src, []byte(nil)
			if i := bytes.Index(src, []byte("-- findings --\n")); i >= 0 {
				input, want = src[:i], src[i:]
			}
			got := []byte(outcome(t, split(input)))
			if *update {
				if err := os.WriteFile(file, append(bytes.Clone(input), got...), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if !bytes.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// split takes a case apart: package → files.
func split(src []byte) map[string]fstest.MapFS {
	out := map[string]fstest.MapFS{}
	var file *fstest.MapFile
	for _, line := range bytes.SplitAfter(src, []byte("\n")) {
		if name, ok := bytes.CutPrefix(bytes.TrimSuffix(line, []byte(" --\n")), []byte("-- ")); ok {
			pkg, path, _ := strings.Cut(string(name), "/")
			if out[pkg] == nil {
				out[pkg] = fstest.MapFS{}
			}
			file = &fstest.MapFile{}
			out[pkg][path] = file
		} else if file != nil {
			file.Data = append(file.Data, line...)
		}
	}
	return out
}

// outcome loads every package, and resolves them whether or not loading found anything: what an
// author sees must never depend on a finding having stopped the rest from being looked at safely.
func outcome(t *testing.T, packages map[string]fstest.MapFS) string {
	dirs := map[string]fs.FS{}
	for n := range packages {
		dirs[n] = packages[n]
	}
	loaded, all := load.Packages(dirs, fields())
	for _, f := range all {
		n, _, _ := strings.Cut(f.Pos.File, "/")
		inside(t, f, packages[n], n)
	}
	cat, findings := resolve.Resolve(resolve.Input{Packages: loaded, Fields: fields(), Engines: engines(), Zone: "Asia/Shanghai", Revision: 7})
	if !all.HasErrors() {
		all = append(all, findings...)
	}
	var b strings.Builder
	b.WriteString("-- findings --\n")
	for _, f := range all {
		fmt.Fprintf(&b, "%s: %s %s: %s\n", f.Pos, f.Severity, f.Code, f.Summary.En)
		if f.Suggestion != nil {
			fmt.Fprintf(&b, "\t%s\n", f.Suggestion.En)
		}
		if f.Summary.Zh == "" || strings.Contains(f.Summary.Zh+f.Summary.En, "%!") {
			t.Errorf("%s has no sound text in both languages: %+v", f.Code, f.Summary)
		}
		if _, err := addr.Parse(f.Address); f.Address != "" && err != nil {
			t.Errorf("%s: %v", f.Code, err)
		}
	}
	if !all.HasErrors() {
		b.WriteString("-- catalogue --\n" + dump(cat))
	}
	return b.String()
}

// inside holds that a finding's place exists.
func inside(t *testing.T, f diag.Finding, files fstest.MapFS, label string) {
	t.Helper()
	if f.Pos.Line == 0 {
		return
	}
	file := files[strings.TrimPrefix(f.Pos.File, label+"/")]
	if file == nil {
		t.Errorf("%s: there is no such file", f.Pos)
		return
	}
	lines := bytes.Split(file.Data, []byte("\n"))
	if f.Pos.Line > len(lines) || f.Pos.Col < 1 || f.Pos.Col > len(lines[f.Pos.Line-1])+1 {
		t.Errorf("%s lies outside the file", f.Pos)
	}
}

// dump writes what a catalogue says, in order.
func dump(c *catalog.Catalog) string {
	var b strings.Builder
	for _, o := range c.Objects {
		fmt.Fprintf(&b, "object %s: %s %s %s, table %s, ids %s_, master %s\n", o.Name, o.TypeName, o.SingularName, o.PluralName, o.Table, o.IDPrefix, name(o.Master))
		for _, f := range o.Fields {
			if f.System {
				continue
			}
			fmt.Fprintf(&b, "  %s %s: api %s %s column %q", f.Kind, f.Name, f.APIName, f.RelName, f.Column)
			if f.Formula != nil {
				fmt.Fprintf(&b, " = %s stored=%v", f.Formula.Program, f.Formula.Stored)
			}
			if r := f.Rollup; r != nil {
				fmt.Fprintf(&b, " = %s of %s.%s over %s", r.Func, r.Child.Name, name(r.Field), name(r.Path...))
			}
			if f.Default != nil {
				fmt.Fprintf(&b, " default")
			}
			fmt.Fprintln(&b)
		}
		for _, k := range o.Keys {
			fmt.Fprintf(&b, "  key %s (%s) where %v\n", k.Name, name(k.Fields...), k.Where)
		}
		for _, x := range o.Indexes {
			fmt.Fprintf(&b, "  index %s (%s) desc %v where %v\n", x.Name, name(x.Fields...), x.Desc, x.Where)
		}
		for _, r := range o.Rules {
			fmt.Fprintf(&b, "  rule %s: %s\n", r.Name, r.When)
		}
		for _, i := range o.Inverses {
			fmt.Fprintf(&b, "  inverse %s: %s.%s\n", i.Name, i.Child.Name, i.Via.Name)
		}
		fmt.Fprintf(&b, "  label %v; formulas %s; feeds roll-ups %s\n", o.Label, name(o.Formulas...), name(o.FeedsRollups...))
		for _, x := range o.Apart {
			fmt.Fprintf(&b, "  apart %s: (%s) trees %d, %s to %s where %v when %v\n", x.Name, name(x.Fields...), len(x.Trees), x.From.Name, x.To.Name, x.Where, x.When)
		}
		if o.Stage != nil {
			fmt.Fprintf(&b, "  stage %s\n", o.Stage.Name)
		}
		for _, x := range o.Duplicates {
			fmt.Fprintf(&b, "  duplicate %s: %s from %d where %v, reads %d fields\n", x.Name, x.Action, x.Threshold, x.Where, len(x.Reads))
			for _, k := range x.Keys {
				fmt.Fprintf(&b, "    key %s column %q index %q\n", k.Field.Name, k.Field.Column, k.Index)
			}
			for _, m := range x.Match {
				fmt.Fprintf(&b, "    match %s weight %d at least %d\n", m.Field.Name, m.Weight, m.AtLeast)
			}
		}
		for _, a := range o.Actions {
			dumpAction(&b, a)
		}
		for _, f := range o.FeedsFormulas {
			fmt.Fprintf(&b, "  feeds formula %s.%s over %s, reading %s\n", f.Formula.Object.Name, f.Formula.Name, name(f.Path...), name(f.Fields...))
		}
		for _, f := range o.Fields {
			if !f.System && len(f.Label) > 1 {
				fmt.Fprintf(&b, "  label of %s %v\n", f.Name, f.Label)
			}
			if c, ok := f.Type.(plan.Chooser); ok && f.Name != catalog.RecordType {
				for _, v := range c.Choices() {
					fmt.Fprintf(&b, "  choice of %s: %s %v\n", f.Name, v.Code, v.Label)
				}
			}
		}
	}
	return b.String()
}

func name(fields ...*catalog.Field) string {
	var out []string
	for _, f := range fields {
		if f != nil {
			out = append(out, f.Name)
		}
	}
	return strings.Join(out, ",")
}

func dumpAction(b *strings.Builder, a *catalog.Action) {
	fmt.Fprintf(b, "  action %s: %s %s, permission %q, on object %v, input %s\n", a.Name, a.Mutation, a.TypeName, a.Permission, a.OnObject, name(a.Input.Fields...))
	for _, c := range a.Checks {
		fmt.Fprintf(b, "    unless %s: %s\n", c.When, c.Error.Code)
	}
	for _, s := range a.Steps {
		fmt.Fprintf(b, "    step %q when %v:", s.Name, s.When)
		switch {
		case s.Refuse != nil:
			fmt.Fprintf(b, " refuse %s: %s", s.Refuse.When, s.Refuse.Error.Code)
		case s.Call != nil:
			fmt.Fprintf(b, " call %s", s.Call.Engine.Name)
			for _, p := range s.Call.Engine.Params {
				if x := s.Call.Args[p.Name]; x != nil {
					fmt.Fprintf(b, " %s=%v%v%s", p.Name, x.Programs, x.Words, name(x.Field))
				}
			}
		default:
			fmt.Fprintf(b, " write %s at %v delete %v:", s.Write.Object.Name, s.Write.Target, s.Write.Delete)
			for _, x := range s.Write.Set {
				fmt.Fprintf(b, " %s=%s", x.Field.Name, x.Value)
			}
		}
		fmt.Fprintln(b)
	}
	for _, r := range a.Results {
		fmt.Fprintf(b, "    gives %s = %s\n", r.APIName, r.Value)
	}
}
