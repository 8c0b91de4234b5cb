package mongo

import (
	"errors"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/x/bsonx/bsoncore"

	"github.com/tenon-platform/tenon/platform/store/algebra"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// follow fills the slots of a link in a batch of rows.
func (x *exec) follow(l *link, frames []algebra.Frame) error {
	known := x.known(l)
	var vals bson.A
	keys := make([][]value.Value, len(frames))
	for i := range frames {
		v := l.on.Eval(&frames[i])
		if frames[i].Err != nil {
			return frames[i].Err
		}
		ks, err := l.keys(v)
		if err != nil {
			return err
		}
		keys[i] = ks
		for _, k := range ks {
			name := linkKey(k)
			if _, ok := known[name]; ok {
				continue
			}
			known[strings.Clone(name)] = nil
			t := l.typ
			if t.rep == rList {
				t = elementTyp(k)
			}
			o, f, err := operand(driver.Eq, k, t)
			if err != nil {
				return err
			}
			if f == open {
				vals = append(vals, o)
			}
		}
	}
	if err := x.fetch(l, vals, known); err != nil {
		return err
	}
	for i := range frames {
		l.fill(frames[i].Row, keys[i], known)
	}
	return nil
}

// found is what the inner rows of a key gave: nil without one.
type found []value.Value

// known is what earlier batches of this execution read of a link.
func (x *exec) known(l *link) map[string]found {
	if x.links == nil {
		x.links = map[*link]map[string]found{}
	}
	if x.links[l] == nil || len(x.links[l]) > maxKnown {
		x.links[l] = map[string]found{}
	}
	return x.links[l]
}

// maxKnown bounds the memory of a link's earlier batches, in keys.
const maxKnown = 100_000

// fetch reads the inner rows of keys, some at a time.
func (x *exec) fetch(l *link, vals bson.A, known map[string]found) error {
	for len(vals) > 0 {
		n := min(len(vals), maxKeys)
		keys := where(l.field, bson.D{{Key: "$in", Value: vals[:n]}})
		vals = vals[n:]
		there, err := x.distinct(l, keys, known)
		if err == nil && !there {
			err = x.run(l.sub, keys, func(row []value.Value) error { return l.learn(row, known) })
		}
		if err != nil {
			return fmt.Errorf("follow a link to %s: %w", l.sub.scope.table.def.Name, err)
		}
	}
	return nil
}

// learn takes what an inner row gives.
func (l *link) learn(row []value.Value, known map[string]found) error {
	if l.exists == nil {
		known[linkKey(row[0])] = cloned(row[1:])
		return nil
	}
	inner := []value.Value{row[0]}
	if l.exists.InnerList {
		var err error
		if inner, err = algebra.Elements(row[0], 0); err != nil {
			return err
		}
	}
	for _, k := range inner {
		known[strings.Clone(linkKey(k))] = found{}
	}
	return nil
}

// distinct has the server give each key of an Exists once, whatever the number of inner rows;
// false where it cannot.
func (x *exec) distinct(l *link, keys cond, known map[string]found) (bool, error) {
	if l.exists == nil || l.typ.rep == rList || x.t.db.limits.noAggregation {
		return false, nil
	}
	src, err := x.source(l.sub, keys)
	if err != nil || len(src.tests) > 0 || src.filter.fate == never {
		return src.filter.fate == never, err
	}
	cur, err := x.t.aggregate(x.ctx, l.sub.scope.table.def.Name, bson.A{bson.D{{Key: "$match", Value: src.filter.filter()}},
		bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$" + l.field}}}}})
	if err != nil {
		return false, err
	}
	for err == nil && cur.Next(x.ctx) {
		var v value.Value
		if v, err = load(bsoncore.Document(cur.Current).Lookup("_id"), l.typ); err == nil {
			err = l.learn([]value.Value{v}, known)
		}
	}
	return true, errors.Join(err, x.t.failure(cur.Err()), cur.Close(x.ctx))
}

func cloned(vs []value.Value) found {
	out := make(found, len(vs))
	for i, v := range vs {
		out[i] = v.Clone()
	}
	return out
}

func (l *link) fill(row []value.Value, keys []value.Value, known map[string]found) {
	if l.exists == nil {
		var f found
		if len(keys) > 0 {
			f = known[linkKey(keys[0])]
		}
		for i, s := range l.slots {
			row[s] = value.Null
			if f != nil {
				row[s] = f[i]
			}
		}
		return
	}
	any := false
	for _, k := range keys {
		any = any || known[linkKey(k)] != nil
	}
	row[l.slot] = value.Bool(any)
}
