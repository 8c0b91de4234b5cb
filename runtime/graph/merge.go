package graph

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/field/fieldkit"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/record"
)

// mergePrefix is what the ids of merges begin with.
const mergePrefix = "merge_"

// merge compiles a merge: a write whose result tells of the merge besides.
func (c *compiler) merge(o *catalog.Object, s *selected, m *member) (*writeField, *errs.Error) {
	return c.writing(&writeField{role: rootWrite{obj: o}, typ: o.TypeName + "MergeResult", merges: true}, s, m)
}

func (c *compiler) unmerge(s *selected, m *member) (*writeField, *errs.Error) {
	return c.writing(&writeField{typ: "UndoMergeResult", merges: true}, s, m)
}

// merging gives the merge, or the way back, that a request asks for.
func (x *exec) merging(w *writeField) (func(record.Options) (int, error), *errs.Error) {
	cat := x.doc.s.cat
	if w.role.obj == nil {
		id, err := mergeID(x.arg(w, "id"))
		return func(opt record.Options) (int, error) {
			_, err := x.svc.writer.Unmerge(x.ctx, cat, x.profile, id, opt)
			return 1, err
		}, err
	}
	in, _ := x.arg(w, "input").(map[string]any)
	m, err := readMerge(w.role.obj, in)
	return func(opt record.Options) (int, error) {
		_, err := x.svc.writer.Merge(x.ctx, cat, x.profile, m, opt)
		return 1, err
	}, err
}

func mergeID(in any) (int64, *errs.Error) {
	text, _ := idText(in)
	rest, ok := strings.CutPrefix(text, mergePrefix)
	id, err := strconv.ParseInt(rest, 10, 64)
	if !ok || err != nil || id < 1 {
		return 0, errs.New(errs.InvalidInput, "the id of a merge is a text such as %s17", "合并编号应为形如 %s17 的文本", mergePrefix).On("id")
	}
	return id, nil
}

func readMerge(o *catalog.Object, in map[string]any) (record.Merge, *errs.Error) {
	m := record.Merge{Object: o, Fields: map[*catalog.Field]record.Survivor{}}
	var err *errs.Error
	if in["master"] != nil {
		if m.Master, err = refOf(o, in["master"]); err != nil {
			return m, named(err, "master")
		}
	}
	others, list := in["others"].([]any)
	if !list {
		others = []any{in["others"]}
	}
	for _, it := range others {
		id, err := refOf(o, it)
		if err != nil {
			return m, named(err, "others")
		}
		m.Others = append(m.Others, id)
	}
	m.Otherwise = policyOf(in["otherwise"])
	for _, c := range collisions {
		if in["collisions"] == c.name {
			m.Collisions = c.is
		}
	}
	if v, ok := in["ifVersion"].(json.Number); ok {
		n, _ := wholeNumber(string(v))
		m.IfVersion = &n
	}
	fields, _ := in["fields"].(map[string]any)
	for name, v := range fields {
		if v == nil {
			continue
		}
		f := o.ByAPIName[name]
		how, _ := v.(map[string]any)
		from, policy := how["from"], how["policy"]
		switch {
		case (from == nil) == (policy == nil):
			return m, errs.New(errs.InvalidInput, "give a policy or a record", "须给出策略或记录之一").On(name)
		case policy != nil:
			m.Fields[f] = record.Survivor{Policy: policyOf(policy)}
		default:
			id, err := refOf(o, from)
			if err != nil {
				return m, named(err, name)
			}
			m.Fields[f] = record.Survivor{Policy: record.From, From: id}
		}
	}
	return m, nil
}

func policyOf(v any) record.Policy {
	for _, p := range policies {
		if v == p.name {
			return p.policy
		}
	}
	return record.Master
}

// merged writes the selected keys of a merge.
func (x *exec) merged(fields []historyColumn, m *record.Merged) {
	id := func(o *catalog.Object, id int64) any {
		if o == nil || id == 0 {
			return nil
		}
		return fmt.Sprintf("%s_%d", o.IDPrefix, id)
	}
	others := []any{}
	for _, n := range m.Others {
		others = append(others, id(m.Object, n))
	}
	var undone any
	if m.UndoneAt != nil {
		undone = json.RawMessage(fieldkit.AppendDateTime(nil, value.Instant(*m.UndoneAt)))
	}
	names := m.Fields
	if names == nil {
		names = map[string]string{}
	}
	x.object(fields, map[string]any{"__typename": "Merge", "id": mergePrefix + strconv.FormatInt(m.ID, 10), "object": m.Object.Name, "master": id(m.Object, m.Master),
		"others": others, "at": json.RawMessage(fieldkit.AppendDateTime(nil, value.Instant(m.At))), "by": id(x.doc.s.cat.Serving(catalog.RoleUser), m.By),
		"moved": m.Moved, "fields": names, "undoUntil": json.RawMessage(fieldkit.AppendDateTime(nil, value.Instant(m.UndoUntil))), "undoneAt": undone})
}

// mergesField is a compiled list of merges.
type mergesField struct {
	obj    *catalog.Object
	id     func(vars map[string]any) any
	fields []historyColumn
}

func (c *compiler) merges(o *catalog.Object, s *selected, m *member) (*mergesField, *errs.Error) {
	in, _ := c.argument(s.first().Arguments, m.arg("id"))
	f := &mergesField{obj: o, id: in.getter()}
	fields, err := c.collect("Merge", s.sets())
	for _, g := range fields {
		f.fields = append(f.fields, historyColumn{g.key, g.first().Name})
	}
	return f, err
}

func (x *exec) mergesOf(f *mergesField) error {
	id, bad := refOf(f.obj, f.id(x.vars))
	if bad != nil {
		return named(bad, "id")
	}
	list, err := x.svc.writer.Merges(x.ctx, x.tx, x.doc.s.cat, x.profile, f.obj, id)
	if err != nil {
		return err
	}
	x.write("[")
	for i, m := range list {
		if i > 0 {
			x.write(",")
		}
		x.merged(f.fields, m)
	}
	x.write("]")
	return nil
}

// duplicatesField is a compiled search for duplicates.
type duplicatesField struct {
	obj       *catalog.Object
	id, input func(vars map[string]any) any // nil: not given
	lv        *level
	shows     []watchColumn
}

func (c *compiler) duplicates(o *catalog.Object, s *selected, m *member) (*duplicatesField, *errs.Error) {
	d := &duplicatesField{obj: o}
	for name, to := range map[string]*func(map[string]any) any{"id": &d.id, "input": &d.input} {
		if def := m.arg(name); def != nil {
			if in, ok := c.argument(s.first().Arguments, def); ok && !in.isNull() {
				*to = in.getter()
			}
		}
	}
	if d.id == nil && d.input == nil {
		return nil, errs.New(errs.InvalidInput, "give the id of a record, or values", "须给出记录编号或字段值")
	}
	fields, err := c.collect(o.TypeName+"Duplicate", s.sets())
	if err != nil {
		return nil, err
	}
	views := [][]ast.SelectionSet{}
	for _, f := range fields {
		col := watchColumn{key: f.key, name: f.first().Name, tmpl: -1}
		if col.name == "record" {
			col.tmpl = len(views)
			views = append(views, f.sets())
		}
		d.shows = append(d.shows, col)
	}
	if len(views) > 0 {
		d.lv, err = c.viewsByIDs(o, views, false, input{})
	}
	return d, err
}

func (x *exec) bindDuplicates(d *duplicatesField) *errs.Error {
	if d.lv != nil {
		return x.bindLevel(d.lv, duplicateRows)
	}
	x.spend(duplicateRows)
	return nil
}

// duplicateRows is how many duplicates an operation is reckoned to find.
const duplicateRows = 20

func (x *exec) duplicatesOf(d *duplicatesField) error {
	draft := record.Draft{Object: d.obj}
	if d.id != nil {
		id, err := refOf(d.obj, d.id(x.vars))
		if err != nil {
			return named(err, "id")
		}
		draft.ID = id
	}
	if d.input != nil {
		draft.Values, _ = d.input(x.vars).(map[string]any)
	}
	found, err := x.svc.writer.Duplicates(x.ctx, x.tx, x.doc.s.cat, x.profile, draft)
	if err != nil {
		return err
	}
	var set keySet
	for _, f := range found {
		set.add(f.ID)
	}
	var read *run
	if d.lv != nil && len(found) > 0 {
		if read, err = x.level(d.lv, set.list("")); err != nil {
			return err
		}
	}
	x.write("[")
	for i := range found {
		if i > 0 {
			x.write(",")
		}
		x.pushIndex(i)
		x.duplicate(d, &found[i], read)
		x.pop()
	}
	x.write("]")
	return nil
}

func (x *exec) duplicate(d *duplicatesField, f *record.Found, read *run) {
	x.write("{")
	for i, col := range d.shows {
		if i > 0 {
			x.write(",")
		}
		x.out = append(append(append(x.out, '"'), col.key...), '"', ':')
		x.push(col.key)
		switch col.name {
		case "record":
			x.written(read, &record.Result{ID: f.ID}, col.tmpl)
		case "rule":
			x.out = appendText(x.out, f.Rule.Name)
		case "score":
			x.out = append(value.Decimal(int64(f.Score), 4).AppendDecimal(append(x.out, '"')), '"')
		default:
			x.out = appendText(x.out, d.obj.TypeName+"Duplicate")
		}
		x.pop()
	}
	x.write("}")
}
