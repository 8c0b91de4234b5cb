package graph

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/record"
)

// writeField is one compiled mutation: how its operations are read from the variables, and how
// its results are written.
type writeField struct {
	role   rootWrite
	act    *catalog.Action // instead of the role's verb
	merges bool            // merges records, or, without an object, takes a merge back
	typ    string          // name of the result's type
	args   map[string]func(vars map[string]any) any
	lv     *level // reads the records after the write; nil when none is selected
	parts  []writePart
}

// writePart is one selected key of a result.
type writePart struct {
	key, kind string // kind: record, warnings, errors, merge, value or __typename
	fields    []historyColumn
	value     *catalog.ActionResult
}

// pushed translates the condition of a key.
func pushed(p *expr.Program) (driver.Expr, error) { return p.Filter(expr.Env{}) }

func (c *compiler) write(r rootWrite, s *selected, m *member) (*writeField, *errs.Error) {
	return c.writing(&writeField{role: r, typ: r.obj.TypeName + "Result"}, s, m)
}

func (c *compiler) writing(w *writeField, s *selected, m *member) (*writeField, *errs.Error) {
	w.args = map[string]func(map[string]any) any{}
	for _, a := range m.args {
		if in, ok := c.argument(s.first().Arguments, a); ok {
			w.args[a.name] = in.getter()
		}
	}
	fields, err := c.collect(w.typ, s.sets())
	if err != nil {
		return nil, err
	}
	var views [][]ast.SelectionSet // of the record, by response key: it is read once for all
	for _, f := range fields {
		p := writePart{key: f.key, kind: "__typename"}
		if f.first().Name != "__typename" {
			switch role := c.s.types[w.typ].byName[f.first().Name].role.(type) {
			case resultRole:
				p.kind = string(role)
			case valueRole:
				p.kind, p.value = "value", role.of
			}
		}
		switch p.kind {
		case "record":
			views = append(views, f.sets())
		case "warnings", "errors", "merge":
			sub, err := c.collect(map[string]string{"warnings": "Warning", "errors": "WriteError", "merge": "Merge"}[p.kind], f.sets())
			if err != nil {
				return nil, err
			}
			for _, g := range sub {
				p.fields = append(p.fields, historyColumn{g.key, g.first().Name})
			}
		}
		w.parts = append(w.parts, p)
	}
	if len(views) > 0 {
		w.lv, err = c.viewsByIDs(w.role.obj, views, true, input{})
	}
	return w, err
}

func (x *exec) bindWrite(w *writeField) *errs.Error {
	n := 1
	if w.role.bulk {
		list, _ := x.arg(w, "inputs").([]any)
		if n = len(list); n > x.svc.lim.Batch {
			return errs.New(errs.LimitExceeded, "at most %d records in one call", "一次最多 %d 条记录", x.svc.lim.Batch).On("inputs").With("limit", x.svc.lim.Batch)
		}
	}
	if w.lv != nil {
		return x.bindLevel(w.lv, n)
	}
	x.spend(n)
	return nil
}

func (x *exec) arg(w *writeField, name string) any {
	if get := w.args[name]; get != nil {
		return get(x.vars)
	}
	return nil
}

// mutate carries out one mutation and writes its results; false when the field fails.
func (x *exec) mutate(f *rootField, first bool) (bool, error) {
	w := f.write
	write, cerr := x.writing(w)
	if cerr != nil {
		x.fail(cerr)
		return false, nil
	}
	atomic := !w.role.bulk || x.arg(w, "atomic") != false
	mark, failed := len(x.out), len(x.errs)
	ok := false
	answer := func(results []record.Result, read *run) {
		x.undo(mark, "")
		x.errs = x.errs[:failed]
		ok = x.results(w, results, read)
	}
	opt := record.Options{Atomic: atomic, Check: x.arg(w, "dryRun") == true, After: func(tx store.Tx, results []record.Result) error {
		x.tx = tx
		read, err := x.readBack(w, results)
		if err == nil {
			answer(results, read)
		}
		return err
	}}
	if key, given := x.arg(w, "idempotencyKey").(string); given {
		if opt.Once, cerr = x.once(w, f, key, mark, &ok); cerr != nil {
			x.fail(cerr)
			return false, nil
		}
	}
	n, err := write(opt)
	var before *record.Replayed
	switch {
	case err == nil:
	case errors.As(err, &before):
		x.undo(mark, before.Answer)
		if ok = before.Answer != ""; !ok {
			x.fail(errs.New(errs.Internal, "something went wrong on our side", "系统内部错误"))
		}
	case errors.Is(err, record.ErrCatalogMoved) && first:
		return false, err
	case w.role.bulk && !atomic && n == 1: // a batch of one reports like any other
		answer([]record.Result{{Err: x.svc.visible(err)}}, nil)
	default:
		x.undo(mark, "")
		x.errs = x.errs[:failed]
		x.fail(x.svc.visible(err))
		return false, nil
	}
	return ok, nil
}

// writing gives the write itself; it tells how many records it was asked for.
func (x *exec) writing(w *writeField) (func(record.Options) (int, error), *errs.Error) {
	if w.act != nil {
		return x.acting(w)
	}
	if w.merges {
		return x.merging(w)
	}
	ops, err := x.ops(w)
	return func(opt record.Options) (int, error) {
		_, err := x.svc.writer.Write(x.ctx, x.profile, ops, opt)
		return len(ops), err
	}, err
}

// readBack reads the records that were written, as the selection asks.
func (x *exec) readBack(w *writeField, results []record.Result) (*run, error) {
	if w.lv == nil {
		return nil, nil
	}
	var set keySet
	for _, r := range results {
		if r.Err == nil {
			set.add(r.ID)
		}
	}
	return x.level(w.lv, set.list(""))
}

// once describes a mutation that must happen once. Its digest covers all that shapes the answer.
func (x *exec) once(w *writeField, f *rootField, key string, mark int, ok *bool) (*record.Once, *errs.Error) {
	h := sha256.New()
	for _, part := range []string{x.doc.canonical(), x.doc.op.Name, f.key, x.locale} {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	args := map[string]any{}
	for name := range w.args {
		if name != "idempotencyKey" {
			args[name] = x.arg(w, name)
		}
	}
	if err := json.NewEncoder(h).Encode(args); err != nil {
		return nil, errs.New(errs.InvalidInput, "the arguments cannot be compared", "参数无法比较").Because(err)
	}
	return &record.Once{Key: key, Digest: hex.EncodeToString(h.Sum(nil)), Answer: func([]record.Result) (string, error) {
		if !*ok {
			return "", nil
		}
		return string(x.out[mark:]), nil
	}}, nil
}

// ops reads the operations from the variables.
func (x *exec) ops(w *writeField) ([]record.Op, *errs.Error) {
	if !w.role.bulk {
		in := map[string]any{}
		for name := range w.args {
			in[name] = x.arg(w, name)
		}
		op, err := x.op(w.role, in)
		return []record.Op{op}, err
	}
	list, _ := x.arg(w, "inputs").([]any)
	out := make([]record.Op, len(list))
	for i, it := range list {
		in, _ := it.(map[string]any)
		if w.role.verb == record.Create {
			in = map[string]any{"input": in}
		}
		op, err := x.op(w.role, in)
		if err != nil {
			e := *err
			e.Index = &i
			return nil, &e
		}
		out[i] = op
	}
	return out, nil
}

func (x *exec) op(r rootWrite, in map[string]any) (record.Op, *errs.Error) {
	op := record.Op{Verb: r.verb, Object: r.obj}
	if id, ok := in["id"]; ok {
		n, err := refOf(r.obj, id)
		if err != nil {
			return op, named(err, "id")
		}
		op.ID = n
	}
	if v, ok := in["ifVersion"].(json.Number); ok {
		n, _ := wholeNumber(string(v))
		op.IfVersion = &n
	}
	for _, name := range []string{"input", "patch"} {
		if m, ok := in[name].(map[string]any); ok {
			op.Input = m
		}
	}
	if m, ok := in["key"].(map[string]any); ok {
		op.Key = m
	}
	if r.verb == record.Lock || r.verb == record.Unlock {
		reason, _ := in["reason"].(string)
		op.Lock = &record.LockSpec{Reason: reason, Fields: texts(in["fields"]), Override: texts(in["override"])}
	}
	return op, nil
}

// texts are those of a list.
func texts(in any) (out []string) {
	list, _ := in.([]any)
	for _, x := range list {
		if s, ok := x.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// results writes one result, or a list of them.
func (x *exec) results(w *writeField, results []record.Result, read *run) bool {
	if w.role.bulk {
		x.write("[")
	}
	for i := range results {
		if i > 0 {
			x.write(",")
		}
		if w.role.bulk {
			x.pushIndex(i)
		}
		ok := x.result(w, &results[i], read)
		if w.role.bulk {
			x.pop()
		}
		if !ok {
			return false
		}
	}
	if w.role.bulk {
		x.write("]")
	}
	return true
}

func (x *exec) result(w *writeField, r *record.Result, read *run) bool {
	x.write("{")
	tmpl := 0
	for i, p := range w.parts {
		if i > 0 {
			x.write(",")
		}
		x.out = append(append(append(x.out, '"'), p.key...), '"', ':')
		x.push(p.key)
		switch p.kind {
		case "record":
			x.written(read, r, tmpl)
			tmpl++
		case "warnings":
			x.warnings(p, r)
		case "errors":
			x.rowErrors(p, r)
		case "merge":
			x.merged(p.fields, r.Merge)
		case "value":
			x.out = appendResult(x.out, x.doc.s.cat, p.value, r.Values[p.value.Name])
		default:
			x.out = appendText(x.out, w.typ)
		}
		x.pop()
	}
	x.write("}")
	return true
}

func (x *exec) written(read *run, r *record.Result, tmpl int) {
	if read != nil && r.Err == nil {
		if row, ok := read.byID[r.ID]; ok {
			mark := len(x.out)
			if !x.record(read, row, tmpl) {
				x.undo(mark, "null")
			}
			return
		}
	}
	x.write("null")
}

func (x *exec) warnings(p writePart, r *record.Result) {
	x.write("[")
	for i, v := range r.Warnings {
		if i > 0 {
			x.write(",")
		}
		x.object(p.fields, map[string]any{"__typename": "Warning", "rule": v.Rule, "field": optional(v.Field), "message": v.Message.In(x.locale), "records": append([]string{}, v.Records...)})
	}
	x.write("]")
}

func (x *exec) rowErrors(p writePart, r *record.Result) {
	if r.Err == nil {
		x.write("null")
		return
	}
	x.write("[")
	for i, e := range append([]*errs.Error{x.svc.visible(r.Err)}, r.Err.More...) {
		if i > 0 {
			x.write(",")
		}
		var details any
		if e.Details != nil {
			details = e.Details
		}
		x.object(p.fields, map[string]any{"__typename": "WriteError", "code": e.Code, "field": optional(e.Field), "rule": optional(e.Rule),
			"message": e.Message.In(x.locale), "details": details})
	}
	x.write("]")
}

func optional(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// object writes the selected keys of a small object.
func (x *exec) object(fields []historyColumn, from map[string]any) {
	x.write("{")
	for i, f := range fields {
		if i > 0 {
			x.write(",")
		}
		x.member(f, from)
	}
	x.write("}")
}

// member writes one key with what it is selected of.
func (x *exec) member(f historyColumn, from map[string]any) {
	x.out = append(append(append(x.out, '"'), f.key...), '"', ':')
	b, err := json.Marshal(from[f.name])
	if err != nil {
		b = []byte("null")
	}
	x.out = append(x.out, b...)
}

func (x *exec) bindAggregation(g *aggregation) *errs.Error {
	b := bound{args: make([]value.Value, g.args.n)}
	if err := g.args.fill(b.args, x); err != nil {
		return err
	}
	b.limit = x.svc.lim.MaxPage
	if g.first != nil {
		n, err := pageSize(g.first(x.vars), "first", &x.svc.lim)
		if err != nil {
			return err
		}
		b.limit = n
	}
	b.args[g.limitAt] = value.Int(int64(b.limit))
	x.bound[g.index] = b
	x.spend(b.limit * (g.width + 1))
	return nil
}

// aggregate reads the groups of an aggregation and writes them.
func (x *exec) aggregate(g *aggregation) error {
	defer x.timed(clock.Start(), g.read)
	rows, err := x.tx.Query(x.ctx, g.stmt, x.bound[g.index].args)
	if err != nil {
		return err
	}
	x.write("[")
	for n := 0; rows.Next(); n++ {
		x.rows++
		if n > 0 {
			x.write(",")
		}
		for i := range g.steps {
			s := &g.steps[i]
			x.write(s.lit)
			if s.kind != valueStep {
				continue
			}
			if v := rows.Value(s.src.Col); v.IsNull() {
				x.write("null")
			} else {
				x.out = s.append(x.out, v)
			}
		}
	}
	x.write("]")
	err = rows.Err()
	if cerr := rows.Close(); err == nil {
		err = cerr
	}
	return err
}
