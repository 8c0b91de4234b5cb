package recorded

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/store/driver"
)

// outcome is how the run ended, how often it called other systems, and what it left in the record.
func (m *maker) outcome() (model.Expectation, error) {
	out := model.Expectation{Runs: map[string][]string{m.Flow.Key: {strings.TrimPrefix(m.ended.Verb, "run.")}}}
	for name, n := range m.called() {
		if out.Calls == nil {
			out.Calls = map[string][]map[string]json.RawMessage{}
		}
		for range n {
			out.Calls[name] = append(out.Calls[name], map[string]json.RawMessage{})
		}
	}
	values, err := m.leftBehind()
	if len(values) > 0 {
		out.Records = map[string]map[string]json.RawMessage{mainKey: values}
	}
	return out, err
}

// called counts the calls through connections that no other flow and no webhook uses.
func (m *maker) called() map[string]int {
	out := map[string]int{}
	for _, e := range m.Trace {
		if s := m.Flow.Steps[e.Step]; s != nil && s.Link != nil && e.Verb == "step.sending" {
			out[s.Link.Name]++
		}
	}
	cat := m.Session.Catalog()
	for _, f := range cat.Flows {
		for _, s := range f.Steps {
			if s.Link != nil && f.Key != m.Flow.Key {
				delete(out, s.Link.Name)
			}
		}
	}
	for _, w := range cat.Webhooks {
		delete(out, w.Connection.Name)
	}
	return out
}

// leftBehind are the fields of the record that steps of the run have set, where nobody has changed it since. What
// depends on the day, leads elsewhere or is nobody's to keep is not among them.
func (m *maker) leftBehind() (map[string]json.RawMessage, error) {
	rec, err := m.rec()
	if err != nil || rec.Object() == nil || m.State.Cause.Verb == "delete" {
		return nil, err
	}
	if rec.Get(rec.Object().Field(catalog.UpdatedAt)).AsTime().After(m.ended.At.Add(time.Second)) || !rec.Get(rec.Object().Field(catalog.DeletedAt)).IsNull() {
		m.note("what the run left in the record, which somebody has changed since", "该运行写入记录的结果，此后记录已被修改")
		return nil, nil
	}
	out := map[string]json.RawMessage{}
	for _, e := range m.Trace {
		s := m.Flow.Steps[e.Step]
		if s == nil || e.Verb != "step.succeeded" || s.Decl.Type != "update" || s.Record != nil || s.In != nil {
			continue
		}
		for _, x := range s.Set {
			if f := x.Field; f.Ref == nil && !f.Secured && !f.PII && f.Kind != "file" && !m.secret(x.Value) && !temporal(f) {
				out[f.Name] = json.RawMessage("null")
				if v := rec.Get(f); !v.IsNull() {
					out[f.Name] = json.RawMessage(f.Type.AppendJSON(nil, v))
				}
			}
		}
	}
	return out, nil
}

func temporal(f *catalog.Field) bool {
	return f.Store.Type == driver.Date || f.Store.Type == driver.DateTime || f.Store.Type == driver.Time
}

// secret says whether an expression reads a value that is nobody's to keep.
func (m *maker) secret(p *expr.Program) bool {
	for _, in := range p.Inputs() {
		if m.Flow.Secret[strings.Join(append(in.Path[:len(in.Path):len(in.Path)], in.Field), ".")] {
			return true
		}
	}
	return false
}
