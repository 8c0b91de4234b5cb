package mapping

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"strconv"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/record"
)

// Plan turns rows into operations. It is safe for concurrent use.
type Plan struct {
	object  *catalog.Object
	mode    Mode
	clear   bool
	key     []*catalog.Field // empty: by id, or none
	columns []*column
	unique  [][]*catalog.Field // keys whose fields the mapping fills; the one of Settings.Key first
	seed    maphash.Seed
}

// column is one compiled Column.
type column struct {
	name  string // in the file
	at    int    // in a row; -1 for a constant
	steps []step
	field string // API name of the field or of the relation; "id"
	key   string // API name of the other object's field, of references by key
	id    bool
	read  func(string) (any, *errs.Error)
}

// Problem is what is wrong with one cell of a row.
type Problem struct {
	Column string // of the file; "" when it is about the whole row
	Value  string
	Err    *errs.Error
}

func asIs(s string) (any, *errs.Error) { return strings.TrimSpace(s), nil }

// fills says whether a column fills a field; key is "*" for any key of a reference.
func (p *Plan) fills(field, key string) bool {
	for _, c := range p.columns {
		if c.field == field && (c.key == key || key == "*" && c.key != "") {
			return true
		}
	}
	return false
}

// text is what a column's steps make of its cell.
func (c *column) text(cells []string) (string, *errs.Error) {
	s := ""
	if c.at >= 0 && c.at < len(cells) {
		s = cells[c.at]
	}
	for _, do := range c.steps {
		var err *errs.Error
		if s, err = do(s); err != nil {
			return s, err
		}
	}
	return s, nil
}

// Op makes the operation of a row. All problems are told; with any, the operation is of no use.
func (p *Plan) Op(cells []string) (record.Op, []Problem) {
	op := record.Op{Verb: record.Create, Object: p.object, Input: make(map[string]any, len(p.columns))}
	var bad []Problem
	id := ""
	for _, c := range p.columns {
		s, err := c.text(cells)
		var v any
		empty := strings.TrimSpace(s) == ""
		if err == nil && !empty {
			v, err = c.read(s)
		}
		switch {
		case err != nil:
			bad = append(bad, Problem{c.name, s, err.On(c.field)})
		case c.id:
			id = strings.TrimSpace(s)
		case empty && c.key != "":
			if p.clear {
				p.unlink(op.Input, c)
			}
		case empty && !p.clear:
		case c.key != "":
			connect(op.Input, c, v)
		default:
			op.Input[c.field] = v
		}
	}
	if len(bad) == 0 {
		bad = p.find(&op, id)
	}
	return op, bad
}

func connect(in map[string]any, c *column, v any) {
	if nested, ok := in[c.field].(map[string]any); ok {
		nested["connect"].(map[string]any)[c.key] = v
		return
	}
	in[c.field] = map[string]any{"connect": map[string]any{c.key: v}}
}

// unlink clears the reference that an empty cell stands for.
func (p *Plan) unlink(in map[string]any, c *column) {
	for _, f := range p.object.Fields {
		if f.RelName == c.field && single(f) {
			in[f.APIName] = nil
		}
	}
}

// find says which record the operation is for.
func (p *Plan) find(op *record.Op, id string) []Problem {
	switch {
	case p.mode == Create:
		return nil
	case len(p.key) == 0:
		return p.byID(op, id)
	}
	op.Verb, op.Key, op.Existing = record.Upsert, map[string]any{}, p.mode == Update
	for _, f := range p.key {
		name := f.APIName
		v, ok := op.Input[name]
		if !ok && f.RelName != "" {
			if link, nested := op.Input[f.RelName]; nested {
				v, ok = link, true
				delete(op.Input, f.RelName)
			}
		}
		if !ok || v == nil {
			return []Problem{{p.columnOf(name), "", errs.New(errs.InvalidInput, "%s must have a value to find a record by", "%s 须有值才能用于查找记录", name).On(name)}}
		}
		op.Key[name] = v
		delete(op.Input, name)
	}
	return nil
}

func (p *Plan) byID(op *record.Op, id string) []Problem {
	if id == "" && p.mode == Upsert {
		return nil
	}
	n, err := strconv.ParseInt(strings.TrimPrefix(id, p.object.IDPrefix+"_"), 10, 64)
	if err != nil || n <= 0 {
		return []Problem{{p.columnOf(catalog.ID), id, errs.New(errs.InvalidInput, "%.60q is no id of %s", "%.60q 不是 %s 的编号", id, p.object.Name).On(catalog.ID)}}
	}
	op.Verb, op.ID = record.Update, n
	return nil
}

// columnOf names the file's column that fills a field, or a relation; "" when none does.
func (p *Plan) columnOf(field string) string {
	c := p.columnFor(field)
	if c == nil {
		return ""
	}
	return c.name
}

func (p *Plan) columnFor(field string) *column {
	for _, c := range p.columns {
		if c.field == field {
			return c
		}
	}
	for _, f := range p.object.Fields { // the lookup of a relation, and the other way round
		if f.RelName != "" && (f.RelName == field || f.APIName == field) {
			for _, c := range p.columns {
				if c.field == f.RelName || c.field == f.APIName {
					return c
				}
			}
		}
	}
	return nil
}

// Explain tells which cells of a row the failure of its operation is about. What one failure has
// caused elsewhere in the same column is left out.
func (p *Plan) Explain(e *errs.Error, cells []string) []Problem {
	all := append([]*errs.Error{e}, e.More...)
	var out []Problem
	told := map[*column]bool{}
	for _, x := range all {
		c := p.columnFor(x.Field)
		if c == nil {
			out = append(out, Problem{"", "", x})
			continue
		}
		if told[c] {
			continue
		}
		told[c] = true
		v := ""
		if c.at >= 0 && c.at < len(cells) {
			v = cells[c.at]
		}
		out = append(out, Problem{c.name, v, x})
	}
	return out
}

// identities finds the unique keys that the mapping fills.
func (p *Plan) identities() {
	p.seed = maphash.MakeSeed()
	if len(p.key) > 0 {
		p.unique = append(p.unique, p.key)
	}
	add := func(fields []*catalog.Field) {
		for _, f := range fields {
			if !p.fills(f.APIName, "") && (f.RelName == "" || !p.fills(f.RelName, "*")) {
				return
			}
		}
		for _, have := range p.unique {
			if sameFields(have, fields) {
				return
			}
		}
		p.unique = append(p.unique, fields)
	}
	for _, k := range p.object.Keys {
		if k.Where == nil { // else only some records count
			add(k.Fields)
		}
	}
	add([]*catalog.Field{p.object.Field(catalog.ExternalID)})
}

func sameFields(a, b []*catalog.Field) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// Identity is the value of one unique key in one row, as a hash: two rows of a file that share one
// cannot both be written.
type Identity struct {
	Hash   uint64
	Fields []string // API names
}

// Identities are the values of the unique keys that the operation of a row sets.
func (p *Plan) Identities(op *record.Op) []Identity {
	var out []Identity
	if op.Verb == record.Update {
		out = append(out, Identity{p.hash(-1, []string{strconv.FormatInt(op.ID, 10)}), []string{catalog.ID}})
	}
	for i, fields := range p.unique {
		parts, ok := make([]string, len(fields)), true
		for j, f := range fields {
			if parts[j] = identity(f, op); parts[j] == "" {
				ok = false
			}
		}
		if ok {
			out = append(out, Identity{p.hash(i, parts), apiNames(fields)})
		}
	}
	return out
}

func apiNames(fields []*catalog.Field) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = f.APIName
	}
	return out
}

// identity is one spelling of the value that an operation gives a field; "" for none.
func identity(f *catalog.Field, op *record.Op) string {
	v, ok := op.Input[f.APIName]
	if !ok {
		v = op.Key[f.APIName]
	}
	if v == nil && f.RelName != "" {
		v = op.Input[f.RelName]
	}
	if v == nil {
		return ""
	}
	if link, ok := v.(map[string]any); ok {
		return fmt.Sprint(link) // maps print in the order of their keys
	}
	val, err := f.Type.Coerce(v)
	if err != nil || val.IsNull() {
		return ""
	}
	return spelled(val)
}

func spelled(v value.Value) string {
	switch v.Kind() {
	case value.KindDecimal, value.KindFloat:
		return string(v.AppendDecimal(nil))
	case value.KindText, value.KindBytes, value.KindList, value.KindJSON:
		return v.Text()
	}
	return strconv.FormatInt(v.Int(), 10)
}

func (p *Plan) hash(key int, parts []string) uint64 {
	var h maphash.Hash
	h.SetSeed(p.seed)
	var n [8]byte
	binary.LittleEndian.PutUint64(n[:], uint64(key))
	for _, s := range append([]string{string(n[:])}, parts...) {
		// A hash never fails to write.
		_, _ = h.WriteString(s)
		_ = h.WriteByte(0)
	}
	return h.Sum64()
}

// Refers gives, where a row refers to a record of the object it is itself written to, the identity
// of that record and the field; the record may stand further up in the same file.
func (p *Plan) Refers(op *record.Op) (fields []string, ids []uint64) {
	for _, f := range p.object.Fields {
		link, ok := op.Input[f.RelName].(map[string]any)
		if f.RelName == "" || !ok || !single(f) || f.Ref.Target() != p.object {
			continue
		}
		to, _ := link["connect"].(map[string]any)
		other := &record.Op{Object: p.object, Input: to}
		for _, id := range p.Identities(other) {
			fields, ids = append(fields, f.RelName), append(ids, id.Hash)
		}
	}
	return fields, ids
}
