package exprtest

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// field is one field of an object. Its column has another name, so that none passes for the other.
type field struct {
	name, column string
	store        driver.Column
	to           string   // object of a reference, or of a list of references
	codes        []string // of a picklist
	virtual      string   // source of a field that is computed when read
	pick         func(r *rand.Rand) value.Value
}

type object struct {
	name, physical string
	fields         []field
}

func (o *object) field(name string) *field {
	for i := range o.fields {
		if o.fields[i].name == name {
			return &o.fields[i]
		}
	}
	return nil
}

func (o *object) table() driver.Table {
	t := driver.Table{Name: o.physical}
	for _, f := range o.fields {
		if f.virtual == "" {
			c := f.store
			c.Name = f.column
			t.Columns = append(t.Columns, c)
		}
	}
	return t
}

// row is the values of one record by field name.
type row map[string]value.Value

// world is three objects with their rows: things, the people who own them, and lines of things.
type world struct {
	objects []*object
	rows    map[string][]row
	env     expr.Env
}

const (
	things = 40
	people = 12
	lines  = 80
)

func newWorld(r *rand.Rand) *world {
	w := &world{rows: map[string][]row{}, env: expr.Env{NowMicros: time.Date(2026, 3, 31, 20, 0, 0, 0, time.UTC).UnixMicro()}}
	w.objects = []*object{
		{"thing", "t_thing", []field{
			{name: "n", store: driver.Column{Type: driver.Int}, pick: ints}, {name: "m", store: driver.Column{Type: driver.Int}, pick: smallInts},
			{name: "amount", store: driver.Column{Type: driver.Decimal, Scale: 2}, pick: decimals(2)},
			{name: "rate", store: driver.Column{Type: driver.Decimal, Scale: 4}, pick: decimals(4)},
			{name: "wide", store: driver.Column{Type: driver.Decimal, Scale: 10, Precision: 38}, pick: wides},
			{name: "name", store: driver.Column{Type: driver.Text}, pick: texts}, {name: "note", store: driver.Column{Type: driver.Text}, pick: texts},
			{name: "status", store: driver.Column{Type: driver.Text}, codes: []string{"open", "won", "lost"}, pick: oneOf("open", "won", "lost")},
			{name: "vip", store: driver.Column{Type: driver.Bool}, pick: bools}, {name: "hot", store: driver.Column{Type: driver.Bool}, pick: bools},
			{name: "due", store: driver.Column{Type: driver.Date}, pick: dates}, {name: "start", store: driver.Column{Type: driver.Date}, pick: dates},
			{name: "at", store: driver.Column{Type: driver.DateTime}, pick: moments}, {name: "till", store: driver.Column{Type: driver.DateTime}, pick: moments},
			{name: "clock", store: driver.Column{Type: driver.Time}, pick: clocks}, {name: "close", store: driver.Column{Type: driver.Time}, pick: clocks},
			{name: "parent", store: driver.Column{Type: driver.Ref}, to: "thing", pick: refs(things)},
			{name: "owner", store: driver.Column{Type: driver.Ref}, to: "person", pick: refs(people)},
			{name: "helper", store: driver.Column{Type: driver.Ref}, to: "person", pick: refs(people)},
			{name: "tags", store: driver.Column{Type: driver.List}, pick: tags},
			{name: "peers", store: driver.Column{Type: driver.List}, to: "thing", pick: idLists},
			{name: "margin", virtual: "amount - rate * 100"}, {name: "late", virtual: "due < TODAY() and not vip"},
			{name: "rank", virtual: "COALESCE(owner.level, 0) + m"}, {name: "label", virtual: "CONCAT(name, '/', owner.name)"},
			{name: "busy", virtual: "EXISTS(line, qty > 0)"},
		}},
		{"person", "t_person", []field{
			{name: "name", store: driver.Column{Type: driver.Text}, pick: texts}, {name: "level", store: driver.Column{Type: driver.Int}, pick: smallInts},
			{name: "quota", store: driver.Column{Type: driver.Decimal, Scale: 2}, pick: decimals(2)}, {name: "active", store: driver.Column{Type: driver.Bool}, pick: bools},
			{name: "joined", store: driver.Column{Type: driver.Date}, pick: dates}, {name: "boss", store: driver.Column{Type: driver.Ref}, to: "person", pick: refs(people)},
			{name: "senior", virtual: "level > 1 or boss.level < level"},
		}},
		{"line", "t_line", []field{
			{name: "thing", store: driver.Column{Type: driver.Ref}, to: "thing", pick: refs(things)},
			{name: "qty", store: driver.Column{Type: driver.Int}, pick: smallInts}, {name: "price", store: driver.Column{Type: driver.Decimal, Scale: 2}, pick: decimals(2)},
			{name: "memo", store: driver.Column{Type: driver.Text}, pick: texts}, {name: "by", store: driver.Column{Type: driver.Ref}, to: "person", pick: refs(people)},
			{name: "about", store: driver.Column{Type: driver.Text}, pick: abouts},
			{name: "others", store: driver.Column{Type: driver.List}, to: "thing", pick: idLists},
			{name: "gone", store: driver.Column{Type: driver.DateTime}, pick: gone},
		}},
	}
	for _, o := range w.objects {
		for i := range o.fields {
			o.fields[i].column = "c_" + o.fields[i].name
		}
		w.fill(o, map[string]int{"thing": things, "person": people, "line": lines}[o.name], r)
	}
	return w
}

// fill makes rows; the first is all null.
func (w *world) fill(o *object, n int, r *rand.Rand) {
	for id := range n {
		x := row{"id": value.Ref(int64(id + 1))}
		for _, f := range o.fields {
			if f.virtual == "" && id > 0 && (f.name == "gone" || r.IntN(5) > 0) {
				x[f.name] = f.pick(r)
			}
		}
		w.rows[o.name] = append(w.rows[o.name], x)
	}
}

func pickOf(vs ...value.Value) func(*rand.Rand) value.Value {
	return func(r *rand.Rand) value.Value { return vs[r.IntN(len(vs))] }
}

func oneOf(words ...string) func(*rand.Rand) value.Value {
	return func(r *rand.Rand) value.Value { return value.Text(words[r.IntN(len(words))]) }
}

func ints(r *rand.Rand) value.Value {
	return []value.Value{value.Int(r.Int64N(21) - 10), value.Int(0), value.Int(math.MaxInt64), value.Int(math.MinInt64), value.Int(r.Int64() >> r.IntN(63)), value.Int(-1000000)}[r.IntN(6)]
}

func smallInts(r *rand.Rand) value.Value { return value.Int(r.Int64N(9) - 4) }

func decimals(scale uint8) func(*rand.Rand) value.Value {
	return func(r *rand.Rand) value.Value {
		return []value.Value{value.Decimal(r.Int64N(2000)-1000, scale), value.Decimal(0, scale), value.Decimal(r.Int64N(1e15), scale),
			value.Decimal(100, scale), value.Decimal(-50, scale), value.Decimal(999999999999999999, scale)}[r.IntN(6)]
	}
}

func wides(r *rand.Rand) value.Value {
	v, err := value.ParseDecimal([]string{"0", "1234567890123456789012345678.0123456789", "-9999999999999999999999999999.9999999999", "0.0000000001", "2.5", "-2.5000000001"}[r.IntN(6)])
	if err != nil {
		panic(err) // a literal of this file
	}
	return v.Rescale(10)
}

func texts(r *rand.Rand) value.Value {
	return value.Text([]string{"a", "A", "ab", "B", "abc", "Ärger", "ärger", "经销商", "100%_x", "o'Neil", " pad ", "x\ny", "3", "10", "İstanbul", "ﬀ", "𝒳y", `back\slash`, "open", "é", "e\u0301"}[r.IntN(21)])
}

func bools(r *rand.Rand) value.Value { return value.Bool(r.IntN(2) == 0) }

// dates are near a month's, a year's and the calendar's ends, and around the moment of evaluation.
func dates(r *rand.Rand) value.Value {
	d := func(y int, m time.Month, d int) value.Value {
		return value.Date(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
	}
	return []value.Value{d(2026, 3, 31), d(2026, 4, 1), d(2024, 2, 29), d(1, 1, 1), d(9999, 12, 31), d(1969, 12, 31), d(2025, 12, 31),
		value.Date(20500 + r.Int64N(200)), value.Date(20500 + r.Int64N(200))}[r.IntN(9)]
}

// moments are around midnights of several zones and changes of their clocks.
func moments(r *rand.Rand) value.Value {
	at := func(s string) value.Value {
		t, err := time.Parse(time.RFC3339, s)
		if err != nil {
			panic(err) // a literal of this file
		}
		return value.Instant(t)
	}
	return []value.Value{at("2026-03-31T15:59:59.999999Z"), at("2026-03-31T16:00:00Z"), at("2026-03-08T06:59:59Z"), at("2026-03-08T07:00:00Z"),
		at("2026-11-01T05:30:00Z"), at("2026-11-01T06:30:00Z"), at("0001-01-01T00:00:00Z"), at("9999-12-31T23:59:59Z"), at("1969-12-31T23:59:59.5Z"),
		at("1900-12-31T16:00:00Z"), value.DateTime(1774900000_000000 + r.Int64N(400_000_000_000)), value.DateTime(-1)}[r.IntN(12)]
}

func clocks(r *rand.Rand) value.Value {
	return []value.Value{value.Time(0), value.Time(86399999), value.Time(r.Int64N(86400000))}[r.IntN(3)]
}

// refs point to one of n records; a few dangle.
func refs(n int) func(*rand.Rand) value.Value {
	return func(r *rand.Rand) value.Value { return value.Ref(r.Int64N(int64(n)+2) + 1) }
}

func tags(r *rand.Rand) value.Value {
	return value.List([]string{`[]`, `["a"]`, `["a","b"]`, `["A","经销商","o'Neil"]`, `["5","open"]`, `["\"","\\"]`}[r.IntN(6)])
}

func idLists(r *rand.Rand) value.Value {
	ids := []int64{}
	for range r.IntN(4) {
		ids = append(ids, r.Int64N(things)+1)
	}
	b, err := json.Marshal(ids)
	if err != nil {
		panic(err) // integers
	}
	return value.List(string(b))
}

func abouts(r *rand.Rand) value.Value {
	return value.Text([]string{"thing_", "person_"}[r.IntN(2)] + strconv.Itoa(r.IntN(things)+1))
}

func gone(r *rand.Rand) value.Value {
	return pickOf(value.Null, value.Null, value.Null, value.DateTime(1700000000_000000))(r)
}

// options compile an expression over things.
func (w *world) options(zone string) expr.Options {
	return expr.Options{Scope: scope{w, zone}, Object: "thing", Zone: zone, Prior: true}
}

func (w *world) object(name string) *object {
	for _, o := range w.objects {
		if o.name == name {
			return o
		}
	}
	return nil
}

func (w *world) find(object string, id int64) row {
	if rows := w.rows[object]; id >= 1 && id <= int64(len(rows)) {
		return rows[id-1]
	}
	return nil
}

// inputs gives the values that a program over an object needs for one of its records.
func (w *world) inputs(p *expr.Program, object string, r row) []value.Value {
	out := make([]value.Value, len(p.Inputs()))
	for i, in := range p.Inputs() {
		at, o := r, w.object(object)
		for _, hop := range in.Path {
			if at != nil {
				f := o.field(hop)
				o = w.object(f.to)
				at = w.find(f.to, at[hop].Int())
			}
		}
		switch {
		case at == nil:
		case in.Kind == expr.FieldInput:
			out[i] = at[in.Field]
		case in.Kind == expr.AggInput:
			out[i] = value.Int(w.count(in.Agg, at["id"].Int()))
		}
	}
	return out
}

// count is how many live children a record has.
func (w *world) count(a *expr.Aggregate, id int64) (n int64) {
	for _, c := range w.rows[a.Child.Object] {
		if !c["gone"].IsNull() || !linked(c[a.Child.Via], id) {
			continue
		}
		if a.Where == nil || a.Where.Eval(w.inputs(a.Where, a.Child.Object, c), w.env) == value.Bool(true) {
			n++
		}
	}
	return n
}

// linked says whether a reference, a list of references or a polymorphic reference leads to a thing.
func linked(via value.Value, id int64) bool {
	switch via.Kind() {
	case value.KindRef:
		return via.Int() == id
	case value.KindList:
		var ids []int64
		return json.Unmarshal([]byte(via.Text()), &ids) == nil && slices.Contains(ids, id)
	}
	return via.Text() == fmt.Sprintf("thing_%d", id)
}

// shown tells the inputs of a program for a message.
func (w *world) shown(p *expr.Program, r row) string {
	var out []string
	for i, v := range w.inputs(p, "thing", r) {
		in := p.Inputs()[i]
		out = append(out, strings.Join(append(slices.Clone(in.Path), in.Field), ".")+"="+show(v))
	}
	return strings.Join(out, ", ")
}

// scope is what the world's names mean.
type scope struct {
	w    *world
	zone string
}

var kinds = map[driver.Type]value.Kind{driver.Bool: value.KindBool, driver.Int: value.KindInt, driver.Decimal: value.KindDecimal, driver.Text: value.KindText,
	driver.Date: value.KindDate, driver.Time: value.KindTime, driver.DateTime: value.KindDateTime, driver.Ref: value.KindRef, driver.List: value.KindList}

// DecisionTable knows one table: how large an amount is.
func (s scope) DecisionTable(name, output string) (*expr.Table, *diag.Text, bool) {
	return &expr.Table{Name: "size.name", Params: []expr.Type{{Kind: value.KindDecimal}}, Result: expr.Type{Kind: value.KindText}, Eval: func(in []value.Value, _ expr.Env) value.Value {
		if in[0].IsNull() || value.Compare(in[0], value.Int(1)) < 0 {
			return value.Text("small")
		}
		return value.Text("large")
	}}, nil, name == "size" && output == "name"
}

// TierTable knows one ladder: nothing below 1, and then everything.
func (s scope) TierTable(name string, rate bool) (*expr.Table, *diag.Text, bool) {
	number := expr.Type{Kind: value.KindDecimal}
	return &expr.Table{Name: "ladder", Params: []expr.Type{number, number}, Result: number, Eval: func(in []value.Value, _ expr.Env) value.Value {
		switch {
		case in[1].IsNull() || value.Compare(in[1], value.Int(1)) < 0:
			return value.Int(0)
		case rate:
			return value.Int(1)
		}
		return in[0]
	}}, nil, name == "ladder"
}

func (s scope) Symbol(object, name string) (expr.Symbol, bool) {
	f := s.w.object(object).field(name)
	switch {
	case name == "id":
		return expr.Symbol{Name: "id", Type: expr.Type{Kind: value.KindRef, Object: object}, Column: driver.Col{Name: "id"}}, true
	case f == nil:
		return expr.Symbol{}, false
	case f.virtual != "":
		p, problems := expr.Compile(f.virtual, expr.Options{Scope: s, Object: object, Zone: s.zone})
		if len(problems) > 0 {
			panic(problems[0].Summary.En) // a literal of this file
		}
		return expr.Symbol{Name: name, Type: p.Type(), Virtual: p}, true
	}
	t := expr.Type{Kind: kinds[f.store.Type], Scale: f.store.Scale}
	switch {
	case t.Kind == value.KindRef:
		t.Object = f.to
	case t.Kind == value.KindList && f.to != "":
		t.Elem = value.KindRef
	case t.Kind == value.KindList:
		t.Elem = value.KindText
	}
	return expr.Symbol{Name: name, Type: t, Codes: f.codes, Column: driver.Col{Name: f.column}}, true
}

func (s scope) Names(object string) (out []string) {
	for _, f := range s.w.object(object).fields {
		out = append(out, f.name)
	}
	return out
}

// Children are the lines of a thing, over a lookup, a list of lookups or a polymorphic reference,
// and the things below it.
func (s scope) Children(object, name string) (expr.Child, bool) {
	c := expr.Child{Object: "line", Table: "t_line", Live: driver.IsNull{Arg: driver.Col{Name: "c_gone"}},
		Link: driver.Link{Outer: driver.Col{Name: "id"}}}
	switch name {
	case "thing.parent":
		c.Object, c.Table, c.Live, c.Via = "thing", "t_thing", nil, "parent"
	case "line", "line.thing":
		c.Via = "thing"
	case "line.others":
		c.Via, c.Link.InnerList = "others", true
	case "line@about":
		c.Via, c.Link.Prefix = "about", "thing_"
	}
	c.Link.Inner = driver.Col{Name: "c_" + c.Via}
	return c, object == "thing" && c.Via != ""
}

func (s scope) ChildNames(string) []string {
	return []string{"line.thing", "line.others", "line.about"}
}
func (s scope) Table(o string) string { return s.w.object(o).physical }
