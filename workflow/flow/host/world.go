package host

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/action"
	"github.com/tenon-platform/tenon/runtime/query"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/flow"
)

// maxWritten is how many records one step writes.
const maxWritten = 200

// world is what a run finds in one transaction.
type world struct {
	host      *Host
	se        *record.Session
	f         *catalog.Flow
	profile   access.Profile
	own       bool // the platform itself writes
	acts      bool // it is that of who the run acts for
	simulated bool
	rec       record.Record
	before    bool // rec is about to be written
	prior     *record.Named
	lost      error // what kept the world from finding a record that an expression names
}

var _ flow.World = (*world)(nil)

// find finds the record that a run is about; it may be in the recycle bin, or gone.
func (w *world) find(st *flow.State) error {
	if w.f.Object == nil {
		return nil
	}
	prefix, id, ok := query.SplitID(st.Cause.Record)
	if !ok || prefix != w.f.Object.IDPrefix {
		return nil
	}
	var err error
	w.rec, err = w.se.Kept(w.f.Object, id)
	return err
}

// Until is the end of a wait, by the calendar of the tenant's time zone.
func (w *world) Until(s *catalog.FlowStep, from time.Time) time.Time {
	return s.For.After(from.In(w.se.Zone()))
}

// Input are the fields of the record as the run finds it; see flow.World. What is secured or personal is not kept in
// traces, and what the platform computes follows from the rest.
func (w *world) Input(*flow.State) map[string]flow.Value {
	o := w.rec.Object()
	if o == nil {
		return nil
	}
	out := map[string]flow.Value{}
	for _, f := range o.Fields {
		if f.Column == "" || f.KeyOf != nil || f.System && f.Name != catalog.Owner || f.Computed() || f.Secured || f.PII {
			continue
		}
		if v := w.rec.Get(f); !v.IsNull() {
			out[f.Name] = flow.ValueOf(v)
		}
	}
	return out
}

// Acts says whether the world is that of who the run acts for; see flow.World.
func (w *world) Acts() bool { return w.acts }

// Admits refuses a trigger that asks for too much; see flow.World.
func (w *world) Admits(st *flow.State) error {
	if w.own || w.before { // of which triggers hold is asked beforehand
		return nil
	}
	for _, x := range st.Cause.Records {
		rec, err := w.se.Kept(w.f.Object, x.ID())
		if err != nil {
			return err
		}
		if err := w.se.Readable(w.f.When, w.f.Object, rec, false, nil); err != nil {
			return err
		}
	}
	if w.f.Batch > 0 {
		return nil
	}
	return w.se.Readable(w.f.When, w.f.Object, w.rec, false, w.named(w.f.When, st, nil))
}

// Eval computes an expression; see flow.World. Who acts in somebody's name reads what that person may.
func (w *world) Eval(p *expr.Program, st *flow.State, bind map[string]int64) (value.Value, error) {
	named := w.named(p, st, bind)
	if w.lost != nil {
		return value.Null, w.lost
	}
	if !w.own {
		if err := w.se.Readable(p, w.f.About(), w.rec, w.before, named); err != nil {
			return value.Null, err
		}
	}
	if w.before {
		return w.se.Judge(p, record.Event{New: w.rec}, named)
	}
	return w.se.Eval(p, w.rec, named)
}

// named are the names that an expression knows besides the fields of the record.
func (w *world) named(p *expr.Program, st *flow.State, bind map[string]int64) map[string]record.Named {
	out := map[string]record.Named{}
	for _, in := range p.Inputs() {
		first := in.Field
		if len(in.Path) > 0 {
			first = in.Path[0]
		}
		if _, done := out[first]; done {
			continue
		}
		switch s := w.f.Steps[first]; {
		case first == catalog.VarsName:
			out[first] = record.Named{Values: values(st.Vars)}
		case first == catalog.PriorName && w.f.Batch > 0:
			out[first] = w.each(st, bind)
		case first == catalog.PriorName && w.f.Object != nil:
			out[first] = w.was(st)
		case first == catalog.EventName:
			out[first] = record.Named{Values: values(st.Cause.Data)}
		case first == catalog.RecordsName && w.f.Batch > 0:
			out[first] = record.Named{Values: map[string]value.Value{"count": value.Int(int64(len(st.Cause.Records))), "ids": listed(st.Cause.Names())}}
		case s == nil:
		case s.Call != nil || s.Link != nil || slices.Contains([]string{"approval", "task", "wait", "aggregate"}, s.Decl.Type):
			out[first] = record.Named{Values: values(st.Outs[first].Values), Objects: s.Results}
		case s.Decl.Type == "query":
			out[first] = record.Named{Values: map[string]value.Value{"count": value.Int(int64(st.Outs[first].Count))}}
		case s.Decl.Type == "loop":
			if id, ok := bind[first]; ok {
				out[first] = record.Named{Object: s.Object, ID: id}
			} else {
				out[first] = record.Named{Values: counted(st.Outs[first])}
			}
		default:
			if id := st.Outs[first].Record; id != 0 {
				out[first] = record.Named{Object: s.Object, ID: id}
			} else {
				out[first] = record.Named{}
			}
		}
	}
	return out
}

// listed are the names of records as JSON.
func listed(names []string) value.Value {
	raw, err := json.Marshal(names)
	if err != nil {
		return value.Null
	}
	return value.JSON(string(raw))
}

// counted is what a loop tells of its rounds.
func counted(o flow.Out) map[string]value.Value {
	out := values(o.Values)
	out["count"] = value.Int(int64(o.Count))
	if out["failed"].IsNull() {
		out["failed"] = value.Int(0)
	}
	return out
}

func values(of map[string]flow.Value) map[string]value.Value {
	out := make(map[string]value.Value, len(of))
	for name, v := range of {
		out[name] = v.Value()
	}
	return out
}

// Do carries out a step; see flow.World.
func (w *world) Do(s *catalog.FlowStep, st *flow.State, bind map[string]int64) (flow.Out, error) {
	switch s.Decl.Type {
	case "create":
		return w.create(s, st, bind)
	case "query":
		return w.query(s, st, bind)
	case "upsert":
		return w.upsert(s, st, bind)
	case "aggregate":
		return w.aggregate(s, st, bind)
	case "script", "call":
		return w.call(s, st, bind)
	case "approval", "task":
		return w.submit(s, st, bind)
	case "emit":
		return w.emit(s, st, bind)
	case "notify":
		return w.notify(s, st, bind)
	}
	if w.before {
		vals, err := w.values(s.Set, st, bind)
		if err != nil {
			return flow.Out{}, err
		}
		if !w.own {
			if err := w.se.Sets(vals); err != nil {
				return flow.Out{}, err
			}
		}
		return flow.Out{}, w.se.Put(w.rec, vals)
	}
	ids, err := w.targets(s, st, bind)
	if err != nil {
		return flow.Out{}, err
	}
	for _, id := range ids {
		if err := w.write(s, id, st, bind); err != nil {
			return flow.Out{}, err
		}
	}
	out := flow.Out{Count: len(ids)}
	if len(ids) == 1 {
		out.Record = ids[0]
	}
	return out, nil
}

// targets are the records that a step writes.
func (w *world) targets(s *catalog.FlowStep, st *flow.State, bind map[string]int64) ([]int64, error) {
	gone := errs.New(errs.NotFound, "the step found no %s to write", "步骤未找到要写入的 %s", s.Object.Name)
	switch {
	case s.In != nil:
		ids := st.Outs[s.In.Decl.ID].Records
		if len(ids) > maxWritten {
			return nil, errs.New(errs.LimitExceeded, "a step writes at most %d records: use a loop", "一个步骤最多写入 %d 条记录，请使用循环", maxWritten).With("limit", maxWritten)
		}
		return ids, nil
	case s.Record != nil:
		v, err := w.Eval(s.Record, st, bind)
		if err != nil {
			return nil, err
		}
		if v.IsNull() {
			return nil, gone
		}
		return []int64{v.Int()}, nil
	case w.rec.Object() == nil:
		return nil, gone
	}
	return []int64{w.rec.ID()}, nil
}

// act carries out a record action, with all that it checks.
func (w *world) act(s *catalog.FlowStep, id int64, vals map[*catalog.Field]value.Value) error {
	return w.host.deps.Actions.Within(w.se, w.profile, action.Request{Action: s.Action, ID: id, Input: input(vals)})
}

func (w *world) write(s *catalog.FlowStep, id int64, st *flow.State, bind map[string]int64) error {
	vals, err := w.values(s.Set, st, bind)
	if err != nil {
		return err
	}
	if s.Action != nil {
		return w.act(s, id, vals)
	}
	remove := s.Decl.Type == "delete"
	if !w.own {
		op := record.Op{Verb: record.Update, Object: s.Object, ID: id, Input: input(vals)}
		if remove {
			op = record.Op{Verb: record.Delete, Object: s.Object, ID: id}
		}
		_, err := w.se.Write(op)
		return err
	}
	rec, ok, err := w.se.Find(s.Object, id)
	switch {
	case err != nil:
		return err
	case !ok:
		return errs.New(errs.NotFound, "the step found no %s to write", "步骤未找到要写入的 %s", s.Object.Name)
	case remove:
		return w.se.Delete(rec)
	}
	_, err = w.se.Update(rec, vals)
	return err
}

func (w *world) create(s *catalog.FlowStep, st *flow.State, bind map[string]int64) (flow.Out, error) {
	vals, err := w.values(s.Set, st, bind)
	if err != nil {
		return flow.Out{}, err
	}
	if !w.own {
		res, err := w.se.Write(record.Op{Verb: record.Create, Object: s.Object, Input: input(vals)})
		return flow.Out{Record: res.ID, Count: 1}, err
	}
	rec, err := w.se.Create(s.Object, vals)
	if err != nil {
		return flow.Out{}, err
	}
	return flow.Out{Record: rec.ID(), Count: 1}, nil
}

func (w *world) values(set []*catalog.Assign, st *flow.State, bind map[string]int64) (map[*catalog.Field]value.Value, error) {
	out := make(map[*catalog.Field]value.Value, len(set))
	for _, x := range set {
		v, err := w.Eval(x.Value, st, bind)
		if err != nil {
			return nil, err
		}
		if x.Object != nil && !v.IsNull() {
			v = value.Text(fmt.Sprintf("%s_%d", x.Object.IDPrefix, v.Int()))
		}
		out[x.Field] = v
	}
	return out, nil
}

// input are values as a caller would give them.
func input(vals map[*catalog.Field]value.Value) map[string]any {
	out := make(map[string]any, len(vals))
	for f, v := range vals {
		if v.IsNull() {
			out[f.APIName] = nil
			continue
		}
		d := json.NewDecoder(bytes.NewReader(f.Type.AppendJSON(nil, v)))
		d.UseNumber()
		var x any
		if d.Decode(&x) == nil {
			out[f.APIName] = x
		}
	}
	return out
}
