package graph

import (
	"strconv"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/query"
)

// run is the result of one level: the JSON of its rows, with holes where children go.
type run struct {
	lv     *level
	buf    []byte
	rows   int
	segs   []int32  // per row and template: start and end in buf
	holes  []int32  // per row and hole: place in buf
	keys   []int64  // per row and child: the key to find the child by; see childKey
	ints   []int64  // lists of ids that keys point into
	curs   []cursor // per group
	groups map[int64]group
	byID   map[int64]int32
	counts map[int64]int64
	bad    map[badCell]string // rows that broke a promise: response key of the field
	kids   []kid
	objs   []*catalog.Object // that polymorphic lookups lead to
}

// kid is what belongs to one child of the level.
type kid struct {
	one *run
	any []*run // for polymorphic lookups, by the number of the object in objs
	log *logRun
	of  map[int64]value.Value // the part of a roll-up, by record
}

// group is the rows of one parent.
type group struct {
	first, count int32
	more         bool
	at           int32 // in curs; -1 for none
}

// cursor is where the cursors of a group's first and last row are in buf.
type cursor struct{ start, startEnd, end, endEnd int32 }

type badCell struct {
	row  int32
	tmpl int32
}

const noKey = -1 << 63

// read consumes the rows of a statement. limit is the page size per group, 0 for none.
func (x *exec) read(lv *level, rows driver.Rows, limit int) (*run, error) {
	r := newRun(lv)
	var cur groupReader
	paged := lv.page != nil
	if paged {
		cur = groupReader{x: x, r: r, limit: limit}
	}
	for rows.Next() {
		x.rows++
		if paged {
			var key int64
			if lv.keyCol >= 0 {
				key = parentKey(rows.Value(lv.keyCol), lv.prefix)
			}
			if !cur.next(key, rows) {
				continue
			}
		}
		if lv.idCol >= 0 {
			r.byID[rows.Value(lv.idCol).Int()] = int32(r.rows)
		}
		x.row(r, rows)
		r.rows++
	}
	if paged {
		cur.close()
	}
	lv.took.bytes.learn(len(r.buf))
	lv.took.rows.learn(r.rows)
	lv.took.groups.learn(len(r.groups))
	return r, rows.Err()
}

// newRun makes an empty run, with room for as much as the level gave before.
func newRun(lv *level) *run {
	n := lv.took.rows.rows()
	r := &run{lv: lv, buf: make([]byte, 0, lv.took.bytes.bytes()), segs: make([]int32, 0, 2*n*len(lv.templates))}
	if lv.holes > 0 {
		r.holes = make([]int32, 0, n*lv.holes)
	}
	if len(lv.children) > 0 {
		r.keys = make([]int64, 0, n*len(lv.children))
	}
	if lv.idCol >= 0 {
		r.byID = make(map[int64]int32, n)
	}
	if lv.page != nil {
		r.groups = make(map[int64]group, lv.took.groups.rows())
	}
	return r
}

func parentKey(v value.Value, prefixed bool) int64 {
	if !prefixed {
		return v.Int()
	}
	_, id, ok := query.SplitID(v.Text())
	if !ok {
		return noKey
	}
	return id
}

// groupReader follows the rows of one parent after another.
type groupReader struct {
	x     *exec
	r     *run
	limit int
	open  bool
	key   int64
	g     group
	last  []value.Value
}

// next takes note of a row; it is false for the row beyond the page, which only tells that there is more.
func (g *groupReader) next(key int64, rows driver.Rows) bool {
	if !g.open || key != g.key {
		g.close()
		g.open, g.key, g.g = true, key, group{first: int32(g.r.rows), at: -1}
	}
	if int(g.g.count) >= g.limit {
		g.g.more = true
		return false
	}
	if p := g.r.lv.page; p.cursors {
		g.last = g.last[:0]
		for _, col := range p.orderCols {
			g.last = append(g.last, rows.Value(col).Clone())
		}
		if g.g.count == 0 {
			g.g.at = int32(len(g.r.curs))
			start, end := g.cursor()
			g.r.curs = append(g.r.curs, cursor{start: start, startEnd: end})
		}
	}
	g.g.count++
	return true
}

func (g *groupReader) cursor() (start, end int32) {
	start = int32(len(g.r.buf))
	g.r.buf = g.x.svc.cursors.Append(g.r.buf, g.r.lv.page.sig, g.last)
	return start, int32(len(g.r.buf))
}

func (g *groupReader) close() {
	if !g.open {
		return
	}
	if g.g.at >= 0 {
		start, end := g.cursor()
		c := &g.r.curs[g.g.at]
		c.end, c.endEnd = start, end
	}
	g.r.groups[g.key] = g.g
}

// row writes the JSON of the current row, by every template of its level.
func (x *exec) row(r *run, rows driver.Rows) {
	lv := r.lv
	hole0, key0 := len(r.holes), len(r.keys)
	for range lv.holes {
		r.holes = append(r.holes, 0)
	}
	for range lv.children {
		r.keys = append(r.keys, noKey)
	}
	for i, ch := range lv.children {
		r.keys[key0+i] = r.childKey(ch, ch.src.Value(rows, x.env))
	}
	for t, tmpl := range lv.templates {
		r.segs = append(r.segs, int32(len(r.buf)))
		for i := range tmpl.steps {
			s := &tmpl.steps[i]
			r.buf = append(r.buf, s.lit...)
			switch s.kind {
			case valueStep:
				v := s.src.Value(rows, x.env)
				if v.IsNull() {
					if s.nonNull {
						r.spoil(t, s)
					}
					r.buf = append(r.buf, "null"...)
				} else {
					r.buf = s.append(r.buf, v)
				}
			case idStep:
				r.buf = append(r.buf, '"')
				r.buf = query.AppendID(r.buf, lv.obj, rows.Value(s.src.Col).Int())
				r.buf = append(r.buf, '"')
			case cursorStep:
				r.buf = append(r.buf, '"')
				x.vals = x.vals[:0]
				for _, col := range lv.page.orderCols {
					x.vals = append(x.vals, rows.Value(col))
				}
				r.buf = x.svc.cursors.Append(r.buf, lv.page.sig, x.vals)
				r.buf = append(r.buf, '"')
			case childStep:
				r.holes[hole0+s.hole] = int32(len(r.buf))
			}
		}
		r.segs = append(r.segs, int32(len(r.buf)))
	}
}

func (r *run) spoil(t int, s *step) {
	if r.bad == nil {
		r.bad = map[badCell]string{}
	}
	cell := badCell{int32(r.rows), int32(t)}
	if _, ok := r.bad[cell]; !ok {
		r.bad[cell] = s.key
		if s.sub != "" {
			r.bad[cell] = s.sub + "." + s.key
		}
	}
}

// childKey turns the column that leads to a child into a key: an id; for lists of ids the place
// of the list in ints; for polymorphic lookups the place of the object's number and the id.
func (r *run) childKey(ch *child, v value.Value) int64 {
	if v.IsNull() {
		return noKey
	}
	switch ch.kind {
	case manyChild:
		at := len(r.ints)
		r.ints = append(r.ints, 0)
		r.ints = appendInts(r.ints, v.Text())
		r.ints[at] = int64(len(r.ints) - at - 1)
		return int64(at)
	case anyChild:
		prefix, id, ok := query.SplitID(v.Text())
		o := ch.any.c.s.cat.ByPrefix[prefix]
		if !ok || o == nil {
			return noKey
		}
		r.ints = append(r.ints, int64(r.object(o)), id)
		return int64(len(r.ints) - 2)
	}
	return v.Int()
}

// object numbers the objects that polymorphic lookups of the level lead to.
func (r *run) object(o *catalog.Object) int {
	for i, have := range r.objs {
		if have == o {
			return i
		}
	}
	r.objs = append(r.objs, o)
	return len(r.objs) - 1
}

// appendInts reads a compact JSON array of whole numbers.
func appendInts(dst []int64, s string) []int64 {
	start := -1
	for i := 0; i < len(s); i++ {
		if c := s[i]; c == '-' || c >= '0' && c <= '9' {
			if start < 0 {
				start = i
			}
			continue
		}
		if start >= 0 {
			if n, err := strconv.ParseInt(s[start:i], 10, 64); err == nil {
				dst = append(dst, n)
			}
			start = -1
		}
	}
	return dst
}
