package graph

import (
	"encoding/json"
	"maps"
	"math"
	"strconv"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/query"
	"github.com/tenon-platform/tenon/runtime/record"
)

// historyLevel reads the changes of many records with one statement.
type historyLevel struct {
	stmt  driver.Stmt
	first func(vars map[string]any) any
	after func(vars map[string]any) any
	sig   []byte // of its cursors
	cols  []historyColumn
	// hidden are the fields that the caller may not read; their changes are left out.
	hidden map[string]bool
}

type historyColumn struct{ key, name string }

// logRun is the entries of each record as JSON, newest first.
type logRun struct{ entries map[int64][]byte }

// history makes the type of an entry.
func (b *builder) history() {
	t := b.typ(objectKind, "HistoryEntry", "One change of a record.")
	t.field("version", "Int", "The record's version after the change.", nil)
	t.field("at", "DateTime!", "", nil)
	t.field("by", "ID", "The user who made it; null for the platform itself.", nil)
	t.field("verb", "String!", "create, update, delete, restore, purge or compute", nil)
	t.field("changes", "JSON!", "Field → [before, after].", nil)
	t.field("cursor", "String!", "Where the entry stands, for after.", nil)
}

// historyColumns are the columns of record.HistoryTable that entries show, in the statement's order; the id of the
// entry, which its cursor holds, comes last.
var historyColumns = [...]string{"record", "version", "at", "by", "verb", "changes", catalog.ID}

const historyID = len(historyColumns) - 1

func (c *compiler) historyField(lv *level, w *writer, m *member, s *selected) *errs.Error {
	fields, err := c.collect("HistoryEntry", s.sets())
	if err != nil {
		return err
	}
	h := &historyLevel{hidden: map[string]bool{}}
	for _, f := range lv.obj.Fields {
		if !c.s.profile.CanRead(f) {
			h.hidden[f.APIName] = true
		}
	}
	for _, f := range fields {
		h.cols = append(h.cols, historyColumn{f.key, f.first().Name})
	}
	if in, ok := c.argument(s.first().Arguments, m.arg("first")); ok && !in.isNull() {
		h.first = in.getter()
	}
	if in, ok := c.argument(s.first().Arguments, m.arg("after")); ok && !in.isNull() {
		h.after = in.getter()
	}
	order := []driver.Order{{Expr: query.ID, Desc: true}}
	h.sig = query.Signature(record.HistoryTable+" "+lv.obj.Table, order)
	q := &driver.Query{Table: record.HistoryTable, Limit: driver.Param{N: 1},
		Where: driver.And{Args: []driver.Expr{
			driver.Cmp{Op: driver.Eq, L: driver.Col{Name: "object"}, R: driver.Const{Value: value.Text(lv.obj.Table)}},
			driver.Cmp{Op: driver.Lt, L: query.ID, R: driver.Param{N: 2}}}},
		Order: order,
		Per:   &driver.Per{By: driver.Col{Name: "record"}, Keys: driver.Param{N: 0}}}
	for _, col := range historyColumns {
		q.Select = append(q.Select, driver.Col{Name: col})
	}
	st, perr := c.db.Prepare(q)
	if perr != nil {
		return errs.From(perr)
	}
	h.stmt = st
	c.hole(lv, w, &child{key: s.key, kind: logChild, src: query.Source{Col: lv.cols.Add(query.ID)}, log: h})
	return nil
}

// history reads the entries of the records with these ids.
func (x *exec) history(h *historyLevel, keys value.Value) (*logRun, error) {
	limit := x.svc.lim.PageSize
	if h.first != nil {
		n, err := pageSize(h.first(x.vars), "first", &x.svc.lim)
		if err != nil {
			return nil, err
		}
		limit = n
	}
	before, perr := x.before(h)
	if perr != nil {
		return nil, perr
	}
	rows, err := x.tx.Query(x.ctx, h.stmt, []value.Value{keys, value.Int(int64(limit)), before})
	if err != nil {
		return nil, err
	}
	out := &logRun{entries: map[int64][]byte{}}
	for rows.Next() {
		x.rows++
		id := rows.Value(0).Int()
		b := out.entries[id]
		if b != nil {
			b = append(b, ',')
		}
		out.entries[id] = x.entry(b, h, rows)
	}
	err = rows.Err()
	if cerr := rows.Close(); err == nil {
		err = cerr
	}
	return out, err
}

// before gives the id that entries are older than: that of the cursor, else one that no entry has.
func (x *exec) before(h *historyLevel) (value.Value, *errs.Error) {
	if h.after != nil {
		if text, ok := h.after(x.vars).(string); ok {
			vals, err := x.svc.cursors.Parse(text, h.sig, 1)
			if err != nil {
				return value.Null, err.On("after")
			}
			return vals[0], nil
		}
	}
	return value.Int(math.MaxInt64), nil
}

func (x *exec) entry(b []byte, h *historyLevel, rows driver.Rows) []byte {
	b = append(b, '{')
	for i, c := range h.cols {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), c.key...), '"', ':')
		b = x.entryValue(b, h, c.name, rows)
	}
	return append(b, '}')
}

func (x *exec) entryValue(b []byte, h *historyLevel, name string, rows driver.Rows) []byte {
	if name == "__typename" {
		return append(b, `"HistoryEntry"`...)
	}
	if name == "cursor" {
		return append(x.svc.cursors.Append(append(b, '"'), h.sig, []value.Value{rows.Value(historyID)}), '"')
	}
	v := value.Null
	for i, col := range historyColumns {
		if col == name {
			v = rows.Value(i)
		}
	}
	switch {
	case v.IsNull():
		return append(b, "null"...)
	case name == "version":
		return strconv.AppendInt(b, v.Int(), 10)
	case name == "at":
		return append(v.AsTime().AppendFormat(append(b, '"'), instantFormat), '"')
	case name == "by":
		return x.userID(b, v.Int())
	case name == "changes":
		return h.changes(b, v.Text())
	}
	return appendText(b, v.Text())
}

const instantFormat = "2006-01-02T15:04:05.999999Z07:00"

// userID appends the id of a user; null for the platform itself.
func (x *exec) userID(b []byte, id int64) []byte {
	if id == 0 {
		return append(b, "null"...)
	}
	if users := x.svc.tenant.Catalog().Serving("user"); users != nil {
		return appendRef(b, `"`+users.IDPrefix+"_", id)
	}
	return append(strconv.AppendInt(append(b, '"'), id, 10), '"')
}

// changes appends {"field": [before, after]} without hidden fields.
func (h *historyLevel) changes(dst []byte, text string) []byte {
	if len(h.hidden) == 0 {
		return append(dst, text...)
	}
	var all map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &all) != nil {
		return append(dst, "{}"...)
	}
	maps.DeleteFunc(all, func(name string, _ json.RawMessage) bool { return h.hidden[name] })
	b, err := json.Marshal(all)
	if err != nil {
		return append(dst, "{}"...)
	}
	return append(dst, b...)
}

// log writes the entries of one record.
func (x *exec) log(_ *historyLevel, r *logRun, id int64) {
	x.write("[")
	if r != nil {
		x.out = append(x.out, r.entries[id]...)
	}
	x.write("]")
}
