package host

import (
	"encoding/json"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/query"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/script"
)

// Sizes of pages.
const (
	usualPage = 50
	maxPage   = 500
)

// id reads the id of a record of o.
func id(o *catalog.Object, args []json.RawMessage, i int) (int64, error) {
	var s string
	if err := argument(args, i, &s); err != nil {
		return 0, err
	}
	n, e := query.ParseID(o, s)
	if e != nil {
		return 0, e
	}
	return n, nil
}

// read counts records that are read.
func (h *Host) read(n int) error {
	if h.rows += n; h.rows > maxRows {
		return &script.Final{Err: errs.New(errs.ScriptLimit, "the script %s read more than %d records", "脚本 %s 读取的记录超过 %d 条", h.s.Name, maxRows).With("limit", "rows")}
	}
	return nil
}

// get is (object, id).
func (h *Host) get(args []json.RawMessage) (any, error) {
	o, err := h.object(args, "read")
	if err != nil {
		return nil, err
	}
	n, err := id(o, args, 1)
	if err != nil {
		return nil, err
	}
	if err := h.read(1); err != nil {
		return nil, err
	}
	if err := h.se.Settle(); err != nil {
		return nil, err
	}
	rec, err := h.se.Visible(o, n, access.Read)
	if err != nil {
		return nil, err
	}
	return h.show(o, rec.Get), nil
}

// find is (object, unique key); null when there is none.
func (h *Host) find(args []json.RawMessage) (any, error) {
	o, err := h.object(args, "read")
	if err != nil {
		return nil, err
	}
	var key map[string]any
	if err := argument(args, 1, &key); err != nil {
		return nil, err
	}
	for name := range key { // else one could find out what one may not see
		if f := o.ByAPIName[name]; f == nil || !h.se.Profile().CanRead(f) {
			return nil, noField(o, name)
		}
	}
	if err := h.read(1); err != nil {
		return nil, err
	}
	if err := h.se.Settle(); err != nil {
		return nil, err
	}
	rec, ok, err := h.se.ByKey(o, key)
	if err != nil || !ok {
		return nil, err
	}
	return h.show(o, rec.Get), nil
}

// query is (object, {filter, orderBy, first}).
func (h *Host) query(args []json.RawMessage) (any, error) {
	o, err := h.object(args, "read")
	if err != nil {
		return nil, err
	}
	var in struct {
		Filter  map[string]any      `json:"filter"`
		OrderBy []map[string]string `json:"orderBy"`
		First   int                 `json:"first"`
	}
	if err := argument(args, 1, &in); err != nil {
		return nil, err
	}
	c := h.condition(o)
	where, err := c.filter(in.Filter, 0)
	if err != nil {
		return nil, err
	}
	order, err := c.order(in.OrderBy)
	if err != nil {
		return nil, err
	}
	if in.First == 0 {
		in.First = usualPage
	}
	if in.First < 0 || in.First > maxPage {
		return nil, errs.New(errs.InvalidInput, "first is a number from 1 to %d", "first 须为 1 至 %d 的数字", maxPage)
	}
	rs, err := h.se.Read(record.Ask{Object: o, Shape: "script." + c.shape.String(), Where: where, Order: order, Args: c.args, Limit: in.First})
	if err != nil {
		return nil, err
	}
	if err := h.read(len(rs)); err != nil {
		return nil, err
	}
	out := make([]json.RawMessage, len(rs))
	for i, r := range rs {
		out[i] = h.show(o, r.Get)
	}
	return out, nil
}

// aggregate is (object, {filter, sum, avg, min, max}): the functions name fields. The count comes
// with all.
func (h *Host) aggregate(args []json.RawMessage) (any, error) {
	o, err := h.object(args, "read")
	if err != nil {
		return nil, err
	}
	var in struct {
		Filter map[string]any `json:"filter"`
		Sum    []string       `json:"sum"`
		Avg    []string       `json:"avg"`
		Min    []string       `json:"min"`
		Max    []string       `json:"max"`
	}
	if err := argument(args, 1, &in); err != nil {
		return nil, err
	}
	c := h.condition(o)
	where, err := c.filter(in.Filter, 0)
	if err != nil {
		return nil, err
	}
	aggs, names := []driver.Agg{{Func: driver.Count}}, [][2]string{{"count", ""}}
	for _, x := range []struct {
		fn     driver.AggFunc
		fields []string
	}{{driver.Sum, in.Sum}, {driver.Avg, in.Avg}, {driver.Min, in.Min}, {driver.Max, in.Max}} {
		for _, name := range x.fields {
			f, err := c.aggregated(name, x.fn)
			if err != nil {
				return nil, err
			}
			aggs, names = append(aggs, driver.Agg{Func: x.fn, Expr: f.Col()}), append(names, [2]string{string(x.fn), name})
			c.shape.WriteString("\x00" + string(x.fn) + " " + name)
		}
	}
	if err := h.read(1); err != nil {
		return nil, err
	}
	vals, err := h.se.Summarise(record.Ask{Object: o, Shape: "script.sum." + c.shape.String(), Where: where, Args: c.args}, aggs)
	if err != nil {
		return nil, err
	}
	out := map[string]any{"sum": map[string]any{}, "avg": map[string]any{}, "min": map[string]any{}, "max": map[string]any{}}
	for i, n := range names {
		switch m, ok := out[n[0]].(map[string]any); {
		case !ok:
			out["count"] = vals[i].Int()
		case n[0] == string(driver.Min) || n[0] == string(driver.Max):
			m[n[1]] = json.RawMessage(appendJSON(nil, o.ByAPIName[n[1]].Type, vals[i]))
		case vals[i].IsNull():
			m[n[1]] = nil
		default:
			m[n[1]] = string(vals[i].AppendDecimal(nil))
		}
	}
	return out, nil
}

func appendJSON(dst []byte, t field.Field, v value.Value) []byte {
	if v.IsNull() {
		return append(dst, "null"...)
	}
	return t.AppendJSON(dst, v)
}

// show is a record as a script sees it: the fields that the caller may read, by their API names.
func (h *Host) show(o *catalog.Object, get func(*catalog.Field) value.Value) json.RawMessage {
	p := h.se.Profile()
	out := []byte{'{'}
	for _, f := range o.Fields {
		if f.Column == "" || f.Name == catalog.DeletedAt || !p.CanRead(f) && !p.Masked(f) {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, '"'), f.APIName...), '"', ':')
		v := get(f)
		masker, ok := f.Type.(field.Masker)
		switch {
		case f.Name == catalog.ID:
			out = append(query.AppendID(append(out, '"'), o, v.Int()), '"')
		case p.CanRead(f):
			out = appendJSON(out, f.Type, v)
		case ok && !v.IsNull():
			out = masker.AppendMasked(out, v)
		default:
			out = append(out, "null"...)
		}
	}
	return append(out, '}')
}

// write carries out an operation. What it leaves behind when it fails is unknown, so that a script
// does not go on after a failure.
func (h *Host) write(op record.Op) (any, error) {
	if h.writes++; h.writes > maxWrites {
		return nil, &script.Final{Err: errs.New(errs.ScriptLimit, "the script %s wrote more than %d records", "脚本 %s 写入的记录超过 %d 条", h.s.Name, maxWrites).With("limit", "writes")}
	}
	res, err := h.se.Write(op)
	if err != nil {
		return nil, &script.Final{Err: err}
	}
	if op.Verb == record.Delete {
		return true, nil
	}
	return h.show(op.Object, func(f *catalog.Field) value.Value { return res.Row[f] }), nil
}

// values reads values of the record's own fields. What would write or find records of other objects
// is refused: those the script declares by themselves, or not at all.
func values(o *catalog.Object, args []json.RawMessage, i int) (map[string]any, error) {
	var in map[string]any
	if err := argument(args, i, &in); err != nil {
		return nil, err
	}
	for name, v := range in {
		f := o.ByAPIName[name]
		if _, nested := v.(map[string]any); f == nil || nested && f.Ref != nil {
			return nil, noField(o, name)
		}
	}
	return in, nil
}

// create is (object, values).
func (h *Host) create(args []json.RawMessage) (any, error) {
	o, err := h.object(args, "create")
	if err != nil {
		return nil, err
	}
	op := record.Op{Verb: record.Create, Object: o, Scripted: true}
	if op.Input, err = values(o, args, 1); err != nil {
		return nil, err
	}
	return h.write(op)
}

// update is (object, id, values).
func (h *Host) update(args []json.RawMessage) (any, error) {
	o, err := h.object(args, "update")
	if err != nil {
		return nil, err
	}
	op := record.Op{Verb: record.Update, Object: o, Scripted: true}
	if op.ID, err = id(o, args, 1); err != nil {
		return nil, err
	}
	if op.Input, err = values(o, args, 2); err != nil {
		return nil, err
	}
	return h.write(op)
}

// upsert is (object, unique key, values).
func (h *Host) upsert(args []json.RawMessage) (any, error) {
	o, err := h.object(args, "create")
	if err == nil {
		_, err = h.object(args, "update")
	}
	if err != nil {
		return nil, err
	}
	op := record.Op{Verb: record.Upsert, Object: o, Scripted: true}
	if op.Key, err = values(o, args, 1); err != nil {
		return nil, err
	}
	if op.Input, err = values(o, args, 2); err != nil {
		return nil, err
	}
	return h.write(op)
}

// remove is (object, id).
func (h *Host) remove(args []json.RawMessage) (any, error) {
	o, err := h.object(args, "delete")
	if err != nil {
		return nil, err
	}
	op := record.Op{Verb: record.Delete, Object: o}
	if op.ID, err = id(o, args, 1); err != nil {
		return nil, err
	}
	return h.write(op)
}
