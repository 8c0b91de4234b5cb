package packtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/publish"
	"github.com/tenon-platform/tenon/runtime/query"
	"github.com/tenon-platform/tenon/runtime/record"
)

// ref is a record that a case has a name for.
type ref struct {
	object *catalog.Object
	id     int64
}

func (r ref) String() string { return string(query.AppendID(nil, r.object, r.id)) }

// scenario is one case while it runs.
type scenario struct {
	*tenant
	pkg      string // the package that the case belongs to
	pos      model.Positions
	path     string // of the case in its file
	keys     map[string]ref
	process  map[string]string // that a record was submitted to last, by its key
	failures diag.List
}

// play runs the case. The error is of the machinery; what the case finds is in failures.
func (s *scenario) play(ctx context.Context, t *model.Tests, c *model.TestCase) error {
	for _, at := range []string{t.At, c.At} {
		if err := s.pass(at, ""); err != nil {
			return err
		}
	}
	system := ident.With(ctx, ident.System(tenantName))
	if !s.given(system, t.Given, "given") || !s.given(system, c.Given, s.path+".given") {
		return nil
	}
	ctx, err := s.as(ctx, c.As)
	if err != nil {
		return err
	}
	defer s.shown.switched(false)
	for i := range c.When {
		step, path := &c.When[i], s.path+".when."+strconv.Itoa(i)
		if err := s.pass(step.At, step.Advance); err != nil {
			return err
		}
		s.shown.switched(i > 0 || step.At != "" || step.Advance != "") // else only what was given goes on
		if err := s.settle(ctx); err != nil {
			return err
		}
		s.shown.switched(true)
		as := ctx
		if step.As != nil {
			if as, err = s.as(ctx, step.As); err != nil {
				return err
			}
		}
		out := s.step(as, step, path)
		if err := s.settle(ctx); err != nil {
			return err
		}
		if err := s.show(ctx, step, out); err != nil {
			return err
		}
		if i == len(c.When)-1 {
			return s.expect(ctx, &c.Then, step, out, path)
		}
		if len(out.errs) > 0 {
			s.refused(path, out.errs)
			return nil
		}
	}
	return nil
}

// show notes what a step that is over has shown; writes have noted it.
func (s *scenario) show(ctx context.Context, st *model.TestStep, out outcome) error {
	switch {
	case st.GraphQL != "":
		s.shown.operation(s.cat, st, out)
	case st.Submit != "":
		s.process[st.Record] = st.Submit
		return s.decided(ctx, st.Record, st.Submit)
	case st.Act != "" && s.process[st.Record] != "":
		return s.decided(ctx, st.Record, s.process[st.Record])
	}
	return nil
}

func (s *scenario) fail(code, path, en, zh string, args ...any) {
	s.failures.Errorf(code, addr.Package(s.pkg).String(), s.pos.At(path), diag.Textf(en, zh, args...))
}

// refused reports a step, or a record that should be there before, that does not succeed.
func (s *scenario) refused(path string, list []*errs.Error) {
	d := describe(list)
	s.failures.Errorf("step-failed", addr.Package(s.pkg).String(), s.pos.At(path), diag.Text{En: "this is refused: " + d.En, Zh: "被拒绝：" + d.Zh})
}

// pass sets the clock, and lets time go by.
func (s *scenario) pass(at, advance string) error {
	if at != "" {
		t, err := time.Parse(time.RFC3339, at)
		if err != nil {
			return fmt.Errorf("read a moment: %w", err)
		}
		s.clock.Set(t)
	}
	if advance != "" {
		p, err := clock.ParsePeriod(advance)
		if err != nil {
			return err
		}
		zone, err := time.LoadLocation(s.cat.Zone)
		if err != nil {
			return fmt.Errorf("read the time zone: %w", err)
		}
		s.clock.Set(p.After(s.clock.Now().In(zone)))
	}
	return nil
}

// settle lets everything run that is due by now.
func (s *scenario) settle(ctx context.Context) error {
	if s.drain == nil {
		return nil
	}
	_, err := s.drain(ctx)
	return err
}

// as makes the caller of the steps: an administrator unless the case names somebody.
func (s *scenario) as(ctx context.Context, u *model.TestUser) (context.Context, error) {
	caller := ident.Caller{Tenant: tenantName, Locale: "en", Principal: ident.Principal{Name: "test", Admin: true}}
	if u != nil {
		caller.Principal = ident.Principal{Name: "test", Roles: u.Roles}
		if u.User != "" {
			r, err := s.find(ctx, u.User)
			if err != nil {
				return nil, err
			}
			caller.Principal.UserID = r.id
		}
	}
	return ident.With(ctx, caller), nil
}

// given creates the records that are there before, in the order of the file. It reports whether
// they all are.
func (s *scenario) given(ctx context.Context, records []model.GivenRecord, path string) bool {
	for i, g := range records {
		at, o := path+"."+strconv.Itoa(i), s.cat.Object(g.Object)
		in, err := s.input(ctx, o, g.Values)
		if err != nil {
			s.fail("step-failed", at, "the record cannot be made: %v", "无法创建记录：%v", err)
			return false
		}
		id := s.records.NewID()
		_, err = s.records.Write(ctx, access.Everything, []record.Op{{Verb: record.Create, Object: o, ID: id, Input: in}}, record.Options{Atomic: true, Loader: true})
		if err != nil {
			s.refused(at, inMetadata(o, flat(err)))
			return false
		}
		s.keys[g.Key] = ref{o, id}
	}
	return true
}

// input turns values by field into input for a write.
func (s *scenario) input(ctx context.Context, o *catalog.Object, values map[string]json.RawMessage) (map[string]any, error) {
	in := make(map[string]any, len(values))
	for name, raw := range values {
		v, err := s.value(ctx, raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		in[o.Field(name).APIName] = v
	}
	return in, nil
}

// value reads a value of a case: references become ids, relative moments absolute ones.
func (s *scenario) value(ctx context.Context, raw json.RawMessage) (any, error) {
	v, err := decode(raw)
	if err != nil {
		return nil, err
	}
	return s.absolute(ctx, v)
}

func decode(raw json.RawMessage) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	err = d.Decode(&v)
	return v, err
}

func (s *scenario) absolute(ctx context.Context, v any) (any, error) {
	var err error
	switch x := v.(type) {
	case string:
		return publish.Relative(x, s.clock.Now(), s.cat.Zone)
	case []any:
		for i := range x {
			if x[i], err = s.absolute(ctx, x[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		if key, ok := x["ref"].(string); ok && len(x) == 1 {
			r, err := s.find(ctx, key)
			if err != nil {
				return nil, err
			}
			return r.String(), nil
		}
		for k := range x {
			if x[k], err = s.absolute(ctx, x[k]); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

// find finds the record that a key names: one of the case, or a seed record, "key" of the same
// package or "package:key".
func (s *scenario) find(ctx context.Context, key string) (ref, error) {
	if r, ok := s.keys[key]; ok {
		return r, nil
	}
	external := key
	if !strings.Contains(key, ":") {
		external = s.pkg + ":" + key
	}
	objects := s.cat.Objects
	if o := s.seeds[external]; o != nil {
		objects = []*catalog.Object{o}
	}
	for _, o := range objects {
		id, err := s.byExternalID(ctx, o, external)
		if err != nil {
			return ref{}, err
		}
		if id != 0 {
			s.keys[key] = ref{o, id}
			return s.keys[key], nil
		}
	}
	return ref{}, fmt.Errorf("no record is called %s", key)
}
