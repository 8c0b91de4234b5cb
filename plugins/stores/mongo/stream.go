package mongo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
	"go.mongodb.org/mongo-driver/x/bsonx/bsoncore"

	"github.com/tenon-platform/tenon/platform/store/algebra"
	"github.com/tenon-platform/tenon/platform/value"
)

// exec is one execution of a query.
type exec struct {
	ctx   context.Context
	t     *tx
	args  []value.Value
	links map[*link]map[string]found
}

// source is what to read of a table: the rows that match filter and pass the tests.
type source struct {
	filter cond
	tests  []algebra.Compiled // what the filter cannot say
	needs  map[int]bool       // slots
}

// source resolves the conditions of a plan for the arguments.
func (x *exec) source(p *plan, extra cond) (source, error) {
	src := source{needs: map[int]bool{}}
	cs := []cond{extra}
	for _, c := range p.conjs {
		if c.push != nil {
			f, err := c.push(x)
			if err != nil && !errors.Is(err, errLocal) {
				return src, err
			}
			if err == nil {
				cs = append(cs, f)
				if !f.loose {
					continue
				}
			}
		}
		src.tests = append(src.tests, c.test.Compiled)
		p.scope.need(src.needs, c.test.needs)
	}
	src.filter = all(cs...)
	return src, nil
}

// need adds slots, and those that the links among them need.
func (s *scope) need(set map[int]bool, slots []int) {
	for _, n := range slots {
		if !set[n] {
			set[n] = true
			if l := s.slots[n].link; l != nil {
				s.need(set, l.on.needs)
			}
		}
	}
}

// stream gives the rows of a source one by one.
type stream struct {
	x      *exec
	src    source
	plan   *plan
	pages  []cond // run one after the other; each is a further filter
	sort   bson.D
	firsts *firsts // of a batch by keys
	limit  int64   // rows still wanted from the server; -1: all
	cur    *mongo.Cursor
	fields map[string]int
	links  []*link
	frames []algebra.Frame
	i, n   int // of frames, the next one and their number
	size   int // of a batch
	err    error
}

// Sizes of the batches for which links are followed: small at first, because a page may be full
// soon.
const (
	firstBatch = 64
	mostBatch  = 1024
)

// read opens a stream. With a limit, the server stops by itself if it says the whole condition.
func (x *exec) read(p *plan, src source, pages []cond, sort bson.D, limit int64) *stream {
	r := &stream{x: x, src: src, plan: p, pages: pages, sort: sort, limit: limit, fields: map[string]int{}, size: 1}
	if len(src.tests) > 0 {
		r.limit = -1
	}
	for n := range src.needs {
		if s := p.scope.slots[n]; s.link == nil {
			r.fields[s.field] = n
		}
	}
	for _, l := range p.scope.links {
		if l.exists != nil && src.needs[l.slot] || wanted(l.slots, src.needs) {
			r.links = append(r.links, l)
			r.size = firstBatch
		}
	}
	return r
}

func wanted(slots []int, needs map[int]bool) bool {
	for _, s := range slots {
		if needs[s] {
			return true
		}
	}
	return false
}

// next gives the next row, which is valid until the one after it.
func (r *stream) next() *algebra.Frame {
	for r.err == nil {
		if r.i == r.n && !r.fill() {
			return nil
		}
		f := &r.frames[r.i]
		r.i++
		if r.passes(f) {
			return f
		}
	}
	return nil
}

func (r *stream) passes(f *algebra.Frame) bool {
	for _, t := range r.src.tests {
		if !t.True(f) {
			r.err = f.Err
			return false
		}
	}
	return true
}

// fill reads a batch of rows and follows their links.
func (r *stream) fill() bool {
	r.i, r.n = 0, 0
	if len(r.frames) < r.size {
		r.frames = make([]algebra.Frame, r.size)
		slab := make([]value.Value, r.size*len(r.plan.scope.slots))
		for i := range r.frames {
			width := len(r.plan.scope.slots)
			r.frames[i] = algebra.Frame{Row: slab[i*width : (i+1)*width : (i+1)*width], Args: r.x.args}
		}
	}
	for r.n < r.size && r.err == nil {
		doc, ok := r.document()
		if !ok {
			break
		}
		if r.err = r.decode(doc, r.frames[r.n].Row); r.err == nil {
			r.n++
		}
	}
	if r.err != nil || r.n == 0 {
		return false
	}
	for _, l := range r.links {
		if r.err = r.x.follow(l, r.frames[:r.n]); r.err != nil {
			return false
		}
	}
	if r.size > 1 {
		r.size = min(2*r.size, mostBatch)
	}
	return true
}

// document gives the next document of the cursor, or of the next page's.
func (r *stream) document() (bson.Raw, bool) {
	for {
		if r.cur == nil && !r.open() {
			return nil, false
		}
		if r.cur.Next(r.x.ctx) {
			if r.limit > 0 {
				r.limit--
			}
			return r.cur.Current, true
		}
		if r.err = r.cur.Err(); r.err != nil {
			r.err = r.x.t.failure(r.err)
			return nil, false
		}
		r.err = r.shut()
	}
}

func (r *stream) open() bool {
	for len(r.pages) > 0 && r.limit != 0 && r.err == nil {
		filter := all(r.src.filter, r.pages[0])
		r.pages = r.pages[1:]
		if filter.fate == never {
			continue
		}
		table := r.plan.scope.table.def.Name
		if r.firsts != nil {
			r.cur, r.err = r.x.t.aggregate(r.x.ctx, table, r.firsts.pipeline(filter.filter(), r.fields))
		} else {
			r.cur, r.err = r.x.t.find(r.x.ctx, table, filter.filter(), r.options())
		}
		return r.err == nil
	}
	return false
}

// maxBatch bounds what a short page asks the server to send at once, in rows.
const maxBatch = 1000

func (r *stream) options() *options.FindOptions {
	o := options.Find().SetProjection(projection(r.fields))
	if len(r.sort) > 0 {
		o.SetSort(r.sort)
	}
	if r.limit > 0 {
		o.SetLimit(r.limit)
		o.SetBatchSize(int32(min(r.limit, maxBatch)))
	}
	return o
}

// projection asks for the fields that are read, so that an index over all of them suffices.
func projection(fields map[string]int) bson.D {
	d := bson.D{}
	if _, ok := fields["_id"]; !ok {
		if len(fields) == 0 {
			return bson.D{{Key: "_id", Value: 1}}
		}
		d = append(d, bson.E{Key: "_id", Value: 0})
	}
	for _, f := range sortedKeys(fields) {
		d = append(d, bson.E{Key: f, Value: 1})
	}
	return d
}

// decode reads the fields of a document into their slots.
func (r *stream) decode(doc bson.Raw, row []value.Value) error {
	clear(row)
	for rest := doc[4:]; len(rest) > 1; {
		e, more, ok := bsoncore.ReadElement(rest)
		if !ok {
			return errDamaged
		}
		rest = more
		n, ok := r.fields[string(e.KeyBytes())]
		if !ok {
			continue
		}
		v, err := load(e.Value(), r.plan.scope.slots[n].typ)
		if err != nil {
			return fmt.Errorf("column %s.%s: %w", r.plan.scope.table.def.Name, r.plan.scope.slots[n].name, err)
		}
		row[n] = v
	}
	return nil
}

var errDamaged = errors.New("mongo: a damaged document")

func (r *stream) shut() error {
	if r.cur == nil {
		return nil
	}
	err := r.cur.Close(context.WithoutCancel(r.x.ctx))
	r.cur = nil
	return err
}

// run reads all rows of a plan without order or limit; row is valid during the call.
func (x *exec) run(p *plan, extra cond, fn func(row []value.Value) error) (err error) {
	src, err := x.source(p, extra)
	if err != nil {
		return err
	}
	for _, e := range p.sel {
		p.scope.need(src.needs, e.needs)
	}
	r := x.read(p, src, []cond{{fate: always}}, nil, -1)
	defer func() { err = errors.Join(err, r.shut()) }()
	row := make([]value.Value, len(p.sel))
	for f := r.next(); f != nil; f = r.next() {
		for i, e := range p.sel {
			row[i] = e.Eval(f)
		}
		if f.Err != nil {
			return f.Err
		}
		if err := fn(row); err != nil {
			return err
		}
	}
	return r.err
}

// sortedKeys are the keys of m in order, so that commands are always the same.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
