package packtest

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
)

// expect holds what came of the last step against what should.
func (s *scenario) expect(ctx context.Context, x *model.Expectation, st *model.TestStep, out outcome, path string) error {
	then := s.path + ".then"
	switch {
	case x.Error == nil && len(out.errs) > 0:
		s.refused(path, out.errs)
		return nil
	case x.Error != nil:
		s.refusal(x.Error, st, out, then+".error")
	}
	for i, rule := range x.Warnings {
		if !slices.Contains(out.warnings, rule) {
			s.fail("expectation-failed", then+".warnings."+strconv.Itoa(i), "the warnings are %v; %s should be among them", "警告为 %v，其中应有 %s", out.warnings, rule)
		}
	}
	if x.Data != nil {
		if err := s.answer(ctx, x.Data, out.data, then+".data"); err != nil {
			return err
		}
	}
	for _, key := range sortedKeys(x.Records) {
		if err := s.values(ctx, key, x.Records[key], then+".records."+key); err != nil {
			return err
		}
	}
	if x.Approval != nil {
		if err := s.approval(ctx, x.Approval, then+".approval"); err != nil {
			return err
		}
	}
	if err := s.calls(ctx, x.Calls, then+".calls"); err != nil {
		return err
	}
	for _, key := range sortedKeys(x.Runs) {
		if err := s.runs(ctx, key, x.Runs[key], then+".runs."+key); err != nil {
			return err
		}
	}
	for i, key := range x.Gone {
		if err := s.gone(ctx, key, then+".gone."+strconv.Itoa(i)); err != nil {
			return err
		}
	}
	return nil
}

// refusal holds the errors of a step against the expected one: any of them may be it.
func (s *scenario) refusal(want *model.ExpectedError, st *model.TestStep, out outcome, path string) {
	wanted := named(want.Code, want.Field, want.Rule)
	if len(out.errs) == 0 {
		s.fail("expectation-failed", path, "the step succeeds; it should be refused: %s", "步骤成功；应被拒绝：%s", wanted)
		return
	}
	for _, e := range out.errs {
		if string(e.Code) == want.Code && (want.Rule == "" || e.Rule == want.Rule) && s.sameField(e, want.Field, st) {
			return
		}
	}
	d := describe(out.errs)
	s.failures.Errorf("expectation-failed", addr.Package(s.pkg).String(), s.pos.At(path),
		diag.Text{En: "got " + d.En + ", want " + wanted, Zh: "实际为 " + d.Zh + "，应为 " + wanted})
}

// sameField compares the field of an error with that of a case. Errors of operations have the name
// in the API; the case may call the field by its name in the metadata all the same.
func (s *scenario) sameField(e *errs.Error, want string, st *model.TestStep) bool {
	if want == "" || e.Field == want {
		return true
	}
	return st.GraphQL != "" && slices.ContainsFunc(s.cat.Objects, func(o *catalog.Object) bool {
		f := o.Field(want)
		return f != nil && f.APIName == e.Field
	})
}

// answer compares the data of a GraphQL answer.
func (s *scenario) answer(ctx context.Context, want, got json.RawMessage, path string) error {
	w, err := s.value(ctx, want)
	if err != nil {
		return err
	}
	var g any
	if len(got) > 0 {
		if g, err = decode(got); err != nil {
			return err
		}
	}
	for _, d := range differences(w, g, "", nil) {
		s.fail("expectation-failed", path+d.at, "data%s: got %s, want %s", "data%s：实际为 %s，应为 %s", d.at, d.got, d.want)
	}
	return nil
}

// values compares fields of a record.
func (s *scenario) values(ctx context.Context, key string, want map[string]json.RawMessage, path string) error {
	r, err := s.find(ctx, key)
	if err != nil {
		s.fail("expectation-failed", path, "there is no record %s", "没有记录 %s", key)
		return nil
	}
	names := sortedKeys(want)
	fields := make([]*catalog.Field, len(names))
	for i, n := range names {
		fields[i] = r.object.Field(n)
	}
	got, err := s.read(ctx, r, fields)
	if err != nil {
		return fmt.Errorf("read %s: %w", key, err)
	}
	if got == nil {
		s.fail("expectation-failed", path, "the record %s is gone", "记录 %s 已不存在", key)
		return nil
	}
	for i, f := range fields {
		w, err := s.value(ctx, want[f.Name])
		if err != nil {
			return err
		}
		if !fits(f, got[i], w) {
			s.fail("expectation-failed", path+"."+f.Name, "%s of %s: got %s, want %s", "%[2]s 的 %[1]s：实际为 %[3]s，应为 %[4]s", f.Name, key, shown(f, got[i]), text(w))
		}
	}
	return nil
}

func (s *scenario) gone(ctx context.Context, key, path string) error {
	r, err := s.find(ctx, key)
	if err != nil {
		return nil // it was never made
	}
	got, err := s.read(ctx, r, nil)
	if err != nil {
		return fmt.Errorf("read %s: %w", key, err)
	}
	if got != nil {
		s.fail("expectation-failed", path, "the record %s is still there", "记录 %s 仍存在", key)
	}
	return nil
}

// difference is one place at which two JSON values differ.
type difference struct{ at, got, want string }

// maxDifferences is how many are shown.
const maxDifferences = 10

func differences(want, got any, at string, out []difference) []difference {
	if len(out) == maxDifferences {
		return out
	}
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			break
		}
		for _, k := range sortedKeys(w) {
			x, there := g[k]
			if !there {
				out = append(out, difference{at + "." + k, "nothing", text(w[k])})
				continue
			}
			out = differences(w[k], x, at+"."+k, out)
		}
		for _, k := range sortedKeys(g) {
			if _, wanted := w[k]; !wanted {
				out = append(out, difference{at + "." + k, text(g[k]), "nothing"})
			}
		}
		return out
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			break
		}
		for i := range w {
			out = differences(w[i], g[i], at+"."+strconv.Itoa(i), out)
		}
		return out
	}
	if reflect.DeepEqual(want, got) || sameNumber(want, got) {
		return out
	}
	return append(out, difference{at, text(got), text(want)})
}

// sameNumber says whether two literals are one number: 1.0 is 1.
func sameNumber(a, b any) bool {
	x, ok := a.(json.Number)
	y, ok2 := b.(json.Number)
	if !ok || !ok2 {
		return false
	}
	f, err := x.Float64()
	g, err2 := y.Float64()
	return err == nil && err2 == nil && f == g
}

// maxText is how much of a value is shown, in bytes.
const maxText = 500

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	if len(b) > maxText {
		return strings.ToValidUTF8(string(b[:maxText]), "") + "…"
	}
	return string(b)
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
