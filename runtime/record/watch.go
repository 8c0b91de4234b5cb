package record

import (
	"context"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/store"
)

// Change is a record that callers changed.
type Change struct {
	Object *catalog.Object
	ID     int64
	Verb   string   // create, update, delete, restore or purge
	Fields []string // that differ
}

// Watcher hears of changes in the transaction that makes them. What it refuses does not happen.
type Watcher func(ctx context.Context, tx store.Tx, changes []Change) error

// tell lets the watcher hear what this transaction changed, unless the platform itself wrote.
func (b *batch) tell() error {
	if b.s.watch == nil || b.opt.Through || len(b.log) == 0 {
		return nil
	}
	var out []Change
	for _, c := range b.log {
		if c.verb == "compute" {
			continue
		}
		x := Change{Object: c.object, ID: c.id, Verb: c.verb}
		for _, f := range c.object.Fields {
			if !f.System && f.Column != "" && c.old != nil && c.new != nil && c.old.get(f) != c.new.get(f) {
				x.Fields = append(x.Fields, f.Name)
			}
		}
		out = append(out, x)
	}
	if len(out) == 0 {
		return nil
	}
	return b.s.watch(b.ctx, b.tx, out)
}

// Watch sets who hears of changes. It is called once, before the service is used.
func (s *Service) Watch(w Watcher) { s.watch = w }
