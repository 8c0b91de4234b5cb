package graph

import (
	"strconv"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/query"
)

// Assembling splices the rows of all levels together. Each function appends to x.out and is
// false when what it writes must be null but may not: the caller then undoes up to the nearest
// place where null is allowed, as the specification's null propagation says.

func (x *exec) push(key string)         { x.path = append(x.path, step1{key: key}) }
func (x *exec) pushIndex(i int)         { x.path = append(x.path, step1{at: i}) }
func (x *exec) pop()                    { x.path = x.path[:len(x.path)-1] }
func (x *exec) write(s string)          { x.out = append(x.out, s...) }
func (x *exec) undo(mark int, s string) { x.out = append(x.out[:mark], s...) }

// record writes one row by one template.
func (x *exec) record(r *run, row int32, tmpl int) bool {
	if r.bad != nil {
		if key, ok := r.bad[badCell{row, int32(tmpl)}]; ok {
			for _, k := range strings.Split(key, ".") {
				x.push(k)
				defer x.pop()
			}
			x.fail(errs.New(errs.Internal, "something went wrong on our side", "系统内部错误"))
			return false
		}
	}
	t := r.lv.templates[tmpl]
	at := (int(row)*len(r.lv.templates) + tmpl) * 2
	pos, end := r.segs[at], r.segs[at+1]
	for _, k := range t.kids {
		s := &t.steps[k]
		hole := r.holes[int(row)*r.lv.holes+s.hole]
		x.out = append(x.out, r.buf[pos:hole]...)
		pos = hole
		if s.sub != "" {
			x.push(s.sub)
		}
		x.push(s.key)
		ok := x.child(r, row, s.child)
		x.pop()
		if s.sub != "" {
			x.pop()
		}
		if !ok {
			return false
		}
	}
	x.out = append(x.out, r.buf[pos:end]...)
	return true
}

// child writes what a relation of a row leads to.
func (x *exec) child(r *run, row int32, i int) bool {
	ch := r.lv.children[i]
	key := r.keys[int(row)*len(r.lv.children)+i]
	k := &r.kids[i]
	switch ch.kind {
	case oneChild:
		return x.maybe(k.one, key)
	case anyChild:
		if key == noKey || k.any[r.ints[key]] == nil {
			x.write("null")
			return true
		}
		return x.maybe(k.any[r.ints[key]], r.ints[key+1])
	case manyChild:
		if key == noKey {
			x.write("[]")
			return true
		}
		return x.many(k.one, r.ints[key+1:key+1+r.ints[key]])
	case logChild:
		x.log(ch.log, k.log, key)
		return true
	case rollChild:
		x.part(ch.roll, k.of, key)
		return true
	}
	return x.connection(k.one, key, ch.conn)
}

// maybe writes the record with an id, or null.
func (x *exec) maybe(r *run, id int64) bool {
	if r != nil && id != noKey {
		if row, ok := r.byID[id]; ok {
			mark := len(x.out)
			if x.record(r, row, 0) {
				return true
			}
			x.undo(mark, "null")
			return true
		}
	}
	x.write("null")
	return true
}

// many writes the records with these ids, as far as the caller may see them.
func (x *exec) many(r *run, ids []int64) bool {
	x.write("[")
	n := 0
	for _, id := range ids {
		if r == nil {
			break
		}
		row, ok := r.byID[id]
		if !ok {
			continue
		}
		if n > 0 {
			x.write(",")
		}
		x.pushIndex(n)
		ok = x.record(r, row, 0)
		x.pop()
		if !ok {
			return false
		}
		n++
	}
	x.write("]")
	return true
}

// connection writes the page of one parent.
func (x *exec) connection(r *run, key int64, v *connView) bool {
	p := r.lv.page
	g, found := r.groups[key]
	if !found {
		g.at = -1
	}
	for i := range v.steps {
		s := &v.steps[i]
		x.write(s.lit)
		switch s.kind {
		case connRows:
			x.push(s.key)
			ok := x.page(r, g, s.tmpl)
			x.pop()
			if !ok {
				return false
			}
		case connNext:
			x.flag(!p.backward && g.more || p.backward && p.before != nil)
		case connPrevious:
			x.flag(p.backward && g.more || !p.backward && (p.after != nil || p.skip != nil && x.bound[r.lv.index].skip > 0))
		case connStart, connEnd:
			x.cursor(r, g, (s.kind == connEnd) != p.backward)
		case connTotal:
			x.out = strconv.AppendInt(x.out, r.counts[key], 10)
		}
	}
	return true
}

func (x *exec) page(r *run, g group, tmpl int) bool {
	x.write("[")
	for n := int32(0); n < g.count; n++ {
		row := g.first + n
		if r.lv.page.backward {
			row = g.first + g.count - 1 - n
		}
		if n > 0 {
			x.write(",")
		}
		x.pushIndex(int(n))
		ok := x.record(r, row, tmpl)
		x.pop()
		if !ok {
			return false
		}
	}
	x.write("]")
	return true
}

func (x *exec) flag(b bool) {
	if b {
		x.write("true")
		return
	}
	x.write("false")
}

func (x *exec) cursor(r *run, g group, last bool) {
	if g.at < 0 {
		x.write("null")
		return
	}
	c := r.curs[g.at]
	from, to := c.start, c.startEnd
	if last {
		from, to = c.end, c.endEnd
	}
	x.write(`"`)
	x.out = append(x.out, r.buf[from:to]...)
	x.write(`"`)
}

// nodes writes the records with these ids in their order, null for those that there are not.
func (x *exec) nodes(runs map[string]*run, ids []any) {
	x.write("[")
	for i, raw := range ids {
		if i > 0 {
			x.write(",")
		}
		x.pushIndex(i)
		x.node(runs, raw)
		x.pop()
	}
	x.write("]")
}

func (x *exec) node(runs map[string]*run, raw any) {
	text, _ := idText(raw)
	prefix, id, ok := query.SplitID(text)
	if !ok {
		id = noKey
	}
	x.maybe(runs[prefix], id)
}

func appendRef(dst []byte, quotedPrefix string, id int64) []byte {
	dst = append(dst, quotedPrefix...)
	return append(strconv.AppendInt(dst, id, 10), '"')
}

func appendIDs(dst []byte, o *catalog.Object, v value.Value) []byte {
	dst = append(dst, '[')
	for i, id := range appendInts(nil, v.Text()) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '"')
		dst = append(query.AppendID(dst, o, id), '"')
	}
	return append(dst, ']')
}
