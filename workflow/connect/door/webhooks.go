package door

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/query"
	"github.com/tenon-platform/tenon/runtime/record"
)

var _ record.Automation = (*Door)(nil)

// Before does nothing: webhooks tell of what was written.
func (d *Door) Before(*record.Session, record.Event) error { return nil }

// After posts what webhooks tell of the writes of a transaction. The letters commit with them: no write
// goes untold, and nothing is told that was rolled back.
func (d *Door) After(se *record.Session, es []record.Event) error {
	all := se.Catalog().Webhooks
	if len(all) == 0 || se.Loading() {
		return nil
	}
	for _, e := range es {
		for _, w := range all {
			if w.Object != e.Object() {
				continue
			}
			yes, err := tells(se, w, e)
			if err != nil {
				return fmt.Errorf("webhook %s: %w", w.Name, err)
			}
			if !yes {
				continue
			}
			if err := d.tell(se, w, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// tells says whether a webhook is about a write. A condition without an answer is not met.
func tells(se *record.Session, w *catalog.Webhook, e record.Event) (bool, error) {
	if !slices.Contains(w.Decl.On, e.Verb) {
		return false, nil
	}
	if e.Verb == "update" && len(w.Changed) > 0 && !slices.ContainsFunc(w.Changed, e.Changed) {
		return false, nil
	}
	if w.When == nil {
		return true, nil
	}
	v, err := se.Judge(w.When, e, nil)
	return v.Kind() == value.KindBool && v.Bool(), err
}

// told is the body of a webhook.
type told struct {
	Type      string `json:"type"` // <object>.<verb>
	Timestamp string `json:"timestamp"`
	Data      struct {
		ID      string                     `json:"id"`
		Version int64                      `json:"version"`
		Changed []string                   `json:"changed,omitempty"` // those of the fields that are sent
		Fields  map[string]json.RawMessage `json:"fields,omitempty"`
	} `json:"data"`
}

func (d *Door) tell(se *record.Session, w *catalog.Webhook, e record.Event) error {
	now := d.deps.Clock.Now()
	t := told{Type: w.Object.Name + "." + e.Verb, Timestamp: now.UTC().Format("2006-01-02T15:04:05.000Z07:00")}
	rec := string(query.AppendID(nil, w.Object, e.New.ID()))
	t.Data.ID, t.Data.Version = rec, e.New.Version()
	for _, f := range w.Fields {
		if t.Data.Fields == nil {
			t.Data.Fields = map[string]json.RawMessage{}
		}
		t.Data.Fields[f.APIName] = shown(se, f, e.New)
		if e.Verb == "update" && e.Changed(f) {
			t.Data.Changed = append(t.Data.Changed, f.APIName)
		}
	}
	raw, err := json.Marshal(t)
	if err != nil {
		return fmt.Errorf("connect: write what webhook %s tells: %w", w.Name, err)
	}
	return d.Post(se.Context(), se.Tx(), Letter{ID: fmt.Sprintf("evt_%d", d.deps.Records.NewID()), Connection: w.Connection.Name, Source: "webhook." + w.Name, Type: t.Type, Record: rec,
		Order: w.Name + "/" + rec, Data: raw, Values: map[string]string{"record": rec, "type": t.Type}})
}

// shown is a value as the API shows it; references to one object by the id of the record.
func shown(se *record.Session, f *catalog.Field, r record.Record) json.RawMessage {
	v := r.Get(f)
	if f.Ref != nil && !f.Ref.Many && !f.Ref.Polymorphic && v.Kind() == value.KindRef {
		id, _ := json.Marshal(string(query.AppendID(nil, f.Ref.Target(), v.Int()))) // a text
		return id
	}
	return se.JSON(f, r)
}
