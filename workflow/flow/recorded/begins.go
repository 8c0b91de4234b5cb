package recorded

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/workflow/flow"
)

// begins gives the step that starts the run again, and lets the case begin in time for it.
func (m *maker) begins(c *model.TestCase) (model.TestStep, error) {
	cause := m.State.Cause
	if cause.Type == "record" {
		return m.written()
	}
	rec, err := m.rec()
	if err != nil {
		return model.TestStep{}, err
	}
	if rec.Object() != nil {
		if err := m.record(rec, mainKey, m.input(), 0); err != nil {
			return model.TestStep{}, err
		}
	}
	switch cause.Type {
	case "date":
		at, err := time.Parse(time.RFC3339, cause.Due)
		c.At = m.moment(at.Add(-time.Minute))
		return model.TestStep{At: m.moment(at)}, err
	case "schedule":
		at, err := m.wall(cause.Due)
		c.At = m.moment(at)
		return model.TestStep{At: m.moment(at)}, err
	case "button":
		return model.TestStep{GraphQL: "mutation($f: String!, $r: ID!) { runFlow(flow: $f, record: $r) { id } }", Variables: map[string]json.RawMessage{"f": raw(m.Flow.Key), "r": raw(reference(mainKey))}}, nil
	}
	return m.event(m.Flow.Trigger.Event, catalog.EventName, rec.Object() != nil, cause.Data, m.Flow.Trigger.Data), nil
}

// wall is the moment of a schedule, which its run names by the clock on the wall.
func (m *maker) wall(due string) (time.Time, error) {
	zone := m.Zone
	if z := m.Flow.Trigger.Zone; z != "" {
		loaded, err := time.LoadLocation(z)
		if err != nil {
			return time.Time{}, err
		}
		zone = loaded
	}
	t, err := time.Parse("2006-01-02T15:04", due)
	return clock.Local(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), zone), err
}

// input gives the fields of the record as the run found it.
func (m *maker) input() func(*catalog.Field) value.Value {
	return func(f *catalog.Field) value.Value { return m.Trace[0].Input[f.Name].Value() }
}

// written gives the write that started the run.
func (m *maker) written() (model.TestStep, error) {
	cause := m.State.Cause
	rec, err := m.rec()
	if err != nil {
		return model.TestStep{}, err
	}
	if rec.Object() == nil {
		return model.TestStep{}, errs.New(errs.InvalidState, "the record that the run was about is gone for good", "该运行所针对的记录已被彻底删除")
	}
	switch cause.Verb {
	case "create":
		m.keys[m.State.Cause.Record] = "" // nothing that was there before refers to it
		values, err := m.values(rec, m.input(), 0, true)
		m.keys[m.State.Cause.Record] = mainKey
		return model.TestStep{Create: rec.Object().Name, Key: mainKey, Values: values}, err
	case "delete":
		return model.TestStep{Delete: mainKey}, m.record(rec, mainKey, m.input(), 0)
	}
	was, after := m.input(), map[string]json.RawMessage{}
	if err := m.record(rec, mainKey, func(f *catalog.Field) value.Value {
		if v, changed := cause.Prior[f.Name]; changed {
			return v.Value()
		}
		return was(f)
	}, 0); err != nil {
		return model.TestStep{}, err
	}
	all, err := m.values(rec, was, 0, true)
	if err != nil {
		return model.TestStep{}, err
	}
	for _, name := range cause.Changed {
		f := rec.Object().Field(name)
		switch v, there := all[name]; {
		case f == nil || f.Computed() || f.ReadOnly:
		case there:
			after[name] = v
		case f.Secured || f.PII:
			m.note("that the value of %s changed, since it is not kept", "%s 的变更，其取值不予保留", name)
		default:
			after[name] = raw(nil)
		}
	}
	if len(after) == 0 {
		return model.TestStep{}, errs.New(errs.InvalidInput, "the run was started by what is computed or not kept, which a case cannot write", "该运行由计算字段或不予保留的取值触发，用例无法写入")
	}
	return model.TestStep{Update: mainKey, Values: after}, nil
}

// event tells of an event; secret is what expressions read its values by, kinds what they are.
func (m *maker) event(name, secret string, about bool, data map[string]flow.Value, kinds map[string]string) model.TestStep {
	told := map[string]any{}
	for key, v := range data {
		if m.Flow.Secret[secret+"."+key] {
			m.note("the secret value %s of the event %s: another stands for it", "事件 %[2]s 的保密值 %[1]s，以其他值代替", key, name)
			v = stand(kinds[key])
		}
		told[key] = flow.Plain(v.Value())
	}
	vars := map[string]json.RawMessage{"e": raw(name), "d": raw(told), "r": raw(nil)}
	if about {
		vars["r"] = raw(reference(mainKey))
	}
	return model.TestStep{GraphQL: "mutation($e: String!, $r: ID, $d: JSON) { publishEvent(event: $e, record: $r, data: $d) { runs } }", Variables: vars}
}

// found adds the records that queries of the run found, and that were there before it.
func (m *maker) found() error {
	for _, e := range m.Trace {
		s := m.Flow.Steps[e.Step]
		if s == nil || s.Decl.Type != "query" || e.Out == nil {
			continue
		}
		for _, id := range slices.Sorted(slices.Values(e.Out.Records)) {
			if _, err := m.ref(s.Object, id, 1, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// stand is a value of a kind in the place of one that is nobody's to keep.
func stand(kind string) flow.Value {
	switch kind {
	case "int", "decimal":
		return flow.Value{Kind: kind, Text: "1"}
	case "text":
		return flow.Value{Kind: kind, Text: "redacted"}
	}
	return flow.Value{}
}

func reference(key string) map[string]string { return map[string]string{"ref": key} }

// raw is JSON of what can always be written.
func raw(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage("null")
	}
	return b
}
