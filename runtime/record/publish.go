package record

import (
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
)

// publish writes the history and the outbox events of everything that changed, and brings the
// results up to what was settled.
func (b *batch) publish(results []Result) error {
	for i := range results {
		for f := range results[i].Row {
			if r := b.cache[rowKey{f.Object, results[i].ID}]; r != nil {
				results[i].Row[f] = r.get(f)
			}
		}
	}
	if err := b.raise(); err != nil {
		return err
	}
	var events, history [][]value.Value
	n, err := int64(0), error(nil)
	if len(b.log) > 0 {
		if n, err = b.tx.NextSequence(b.ctx, OutboxTable, int64(len(b.log))); err != nil {
			return err
		}
	}
	n -= int64(len(b.log))
	for _, c := range b.log {
		if err := b.files(c); err != nil {
			return err
		}
		n++
		row := append([]value.Value{value.Ref(n)}, b.event(c)...)
		events = append(events, row)
		if b.keeps(c) {
			history = append(history, row)
		}
	}
	cols := []string{"id", "object", "record", "version", "at", "by", "verb", "changes"}
	if len(events) > 0 {
		if err := b.tx.Insert(b.ctx, OutboxTable, cols, events...); err != nil {
			return err
		}
	}
	if len(history) > 0 {
		return b.tx.Insert(b.ctx, HistoryTable, cols, history...)
	}
	return nil
}

// raise makes what callers may do be looked up again when a record that decides it has changed.
func (b *batch) raise() error {
	raised := false
	for _, c := range b.log {
		if !access.Weighs(c.object, c.old == nil || c.new == nil, func(f *catalog.Field) bool { return c.old.get(f) != c.new.get(f) }) {
			continue
		}
		if !raised {
			if err := access.Raise(b.ctx, b.tx); err != nil {
				return err
			}
			raised = true
		}
		if err := b.audit(c); err != nil {
			return err
		}
	}
	return nil
}

// keeps says whether a change belongs into the history.
func (b *batch) keeps(c change) bool {
	if b.opt.Loader && c.verb == "create" {
		return false
	}
	if c.object.Features["history"] && c.verb != "compute" {
		return true
	}
	for _, f := range c.object.Fields {
		if f.History && c.old != nil && c.new != nil && c.old.get(f) != c.new.get(f) {
			return true
		}
	}
	return false
}

func (b *batch) event(c change) []value.Value {
	user := value.Null
	if u := b.caller.Principal.UserID; u != 0 {
		user = value.Ref(u)
	}
	version := value.Null
	if c.new != nil {
		version = c.new.get(c.object.Field(catalog.Version))
	}
	return []value.Value{value.Text(c.object.Table), value.Ref(c.id), version, b.now, user, value.Text(c.verb), value.JSON(changes(c))}
}

// changes is {"field": [old, new]} of the fields that differ, as the API shows values. System
// fields are left out, but for those of locks; the columns beside say the same.
func changes(c change) string {
	out := []byte{'{'}
	for _, f := range c.object.Fields {
		a, z := c.old.get(f), c.new.get(f)
		if f.System && !catalog.IsLockField(f.Name) || f.Column == "" || a == z {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, '"')
		out = append(append(out, f.APIName...), '"', ':', '[')
		out = append(appendValue(out, f, a), ',')
		out = append(appendValue(out, f, z), ']')
	}
	return string(append(out, '}'))
}

func appendValue(dst []byte, f *catalog.Field, v value.Value) []byte {
	if v.IsNull() {
		return append(dst, "null"...)
	}
	return f.Type.AppendJSON(dst, v)
}
