package recorded

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/query"
	"github.com/tenon-platform/tenon/runtime/record"
)

// Limits of what a case is given.
const (
	maxGiven = 60
	maxWay   = 3 // references from the record on; those that must be there lead further
	longWay  = 10
)

// record adds a record to those that are there before.
func (m *maker) record(rec record.Record, key string, get func(*catalog.Field) value.Value, way int) error {
	name := string(query.AppendID(nil, rec.Object(), rec.ID()))
	m.keys[name] = "" // what leads back here is left out
	values, err := m.values(rec, get, way, false)
	if err != nil {
		return err
	}
	m.keys[name] = key
	m.given = append(m.given, model.GivenRecord{Object: rec.Object().Name, Key: key, Values: values})
	return nil
}

// values are the fields of a record as a case writes them; people write fewer than are loaded.
func (m *maker) values(rec record.Record, get func(*catalog.Field) value.Value, way int, people bool) (map[string]json.RawMessage, error) {
	o := rec.Object()
	out := map[string]json.RawMessage{}
	for _, f := range o.Fields {
		if f.Column == "" || f.KeyOf != nil || f.System && f.Name != catalog.Owner || f.Computed() || people && f.ReadOnly {
			continue
		}
		if f.Secured || f.PII {
			if rec.Get(f).IsNull() && !f.Required {
				continue
			}
			if err := m.inPlace(f, out); err != nil {
				return nil, err
			}
			continue
		}
		v := get(f)
		switch {
		case v.IsNull():
		case f.Kind == "file":
			m.note("the file in %s of %s", "%[2]s 的 %[1]s 中的文件", f.Name, o.Name)
		case f.Ref != nil:
			x, err := m.led(f, v, way)
			if err != nil {
				return nil, err
			}
			if x != nil {
				out[f.Name] = raw(x)
			}
		default:
			out[f.Name] = json.RawMessage(f.Type.AppendJSON(nil, v))
		}
	}
	return out, nil
}

// inPlace puts another value where there is one that is nobody's to keep, so that rules about what must be there hold.
func (m *maker) inPlace(f *catalog.Field, out map[string]json.RawMessage) error {
	m.samples++
	n := m.samples // another one for each
	for _, x := range []any{fmt.Sprintf("redacted%d", n), fmt.Sprintf("redacted%d@example.com", n), fmt.Sprintf("https://example.com/%d", n), fmt.Sprintf("+86138%08d", n), "2001-02-03", "2001-02-03T08:00:00Z", "08:00:00",
		json.Number(fmt.Sprint(n)), true} {
		if _, no := f.Type.Coerce(x); no == nil {
			out[f.Name] = raw(x)
			m.note("what is in %s of %s, which is personal or secured: another value stands for it", "%[2]s 的 %[1]s，属个人信息或受保护字段，以其他值代替", f.Name, f.Object.Name)
			return nil
		}
	}
	if f.Required {
		return errs.New(errs.InvalidInput, "%s of %s is needed and is nobody's to keep, and no other value stands for it", "%[2]s 的 %[1]s 必填但不予保留，且无法以其他值代替", f.Name, f.Object.Name)
	}
	m.note("what is in %s of %s, which is personal or secured", "%[2]s 的 %[1]s，属个人信息或受保护字段", f.Name, f.Object.Name)
	return nil
}

// led is where a reference leads, as a case writes it; nil: it is left out.
func (m *maker) led(f *catalog.Field, v value.Value, way int) (any, error) {
	one := func(o *catalog.Object, id int64) (any, error) {
		key, err := m.ref(o, id, way+1, f.Required)
		if key == "" || err != nil {
			return nil, err
		}
		return reference(key), nil
	}
	switch {
	case f.Ref.Polymorphic:
		prefix, id, ok := query.SplitID(v.Text())
		o := m.Session.Catalog().ByPrefix[prefix]
		if !ok || o == nil {
			return nil, nil
		}
		return one(o, id)
	case !f.Ref.Many:
		return one(f.Ref.Target(), v.Int())
	}
	var ids []int64
	if err := json.Unmarshal([]byte(v.Text()), &ids); err != nil {
		m.note("what %s of %s leads to", "%[2]s 的 %[1]s 所指向的记录", f.Name, f.Object.Name)
		return nil, nil
	}
	list := []any{}
	for _, id := range ids {
		x, err := one(f.Ref.Target(), id)
		if err != nil {
			return nil, err
		}
		if x != nil {
			list = append(list, x)
		}
	}
	return list, nil
}

// ref is what a case calls a record by, which it is given for that; "": it is left out.
func (m *maker) ref(o *catalog.Object, id int64, way int, needed bool) (string, error) {
	name := string(query.AppendID(nil, o, id))
	if key, known := m.keys[name]; known {
		return key, nil
	}
	rec, err := m.Session.Kept(o, id)
	if err != nil || rec.Object() == nil {
		return "", err
	}
	if made := rec.Get(o.Field(catalog.CreatedAt)); made.AsTime().After(m.State.Started) {
		return "", nil // the run, or what came of it, has made it
	}
	if x := rec.Get(o.Field(catalog.ExternalID)); !x.IsNull() && strings.Contains(x.Text(), ":") && !m.Demo[x.Text()] {
		m.keys[name] = strings.Clone(x.Text()) // data of its package, with which every case begins
		return m.keys[name], nil
	}
	far := way > maxWay || len(m.given) >= maxGiven
	if far && (!needed || way > longWay) {
		m.note("the record %s of %s, which is far from what the run was about", "%[2]s 的记录 %[1]s，与该运行所针对的记录相距较远", name, o.Name)
		return "", nil
	}
	m.named++
	key := fmt.Sprintf("%s%d", o.Name, m.named)
	return key, m.record(rec, key, rec.Get, way)
}
