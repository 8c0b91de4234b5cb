package host

import (
	"maps"
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/flow"
)

// notify tells people; what a step has told it does not tell again.
func (w *world) notify(s *catalog.FlowStep, st *flow.State, bind map[string]int64) (flow.Out, error) {
	to, err := w.addressees(s, st, bind)
	if err != nil || len(to) == 0 {
		return flow.Out{}, err
	}
	rec := w.rec
	if s.Record != nil {
		v, err := w.Eval(s.Record, st, bind)
		if err != nil {
			return flow.Out{}, err
		}
		if rec, err = w.reached(s.Object, v); err != nil {
			return flow.Out{}, err
		}
	}
	if rec.Object() == nil {
		return flow.Out{}, errs.New(errs.NotFound, "there is no record to tell of", "没有可通知的记录")
	}
	if err := w.mayTell(s, rec); err != nil {
		return flow.Out{}, err
	}
	key := st.ID + "/" + s.Decl.ID
	if l := st.Lane(w.lane(st, s)); l != nil {
		key = st.CallKey(l, s.Decl.ID)
	}
	return flow.Out{Count: len(to)}, w.se.Notify(s.Decl.Message, rec, to, key)
}

// mayTell refuses a message that tells what whom the run acts for may not read.
func (w *world) mayTell(s *catalog.FlowStep, rec record.Record) error {
	if w.own {
		return nil
	}
	for _, by := range []map[string]catalog.Template{s.Message.Subject, s.Message.Body} {
		for _, lang := range slices.Sorted(maps.Keys(by)) {
			for _, part := range by[lang] {
				if part.Value == nil {
					continue
				}
				if err := w.se.Readable(part.Value, rec.Object(), rec, false, nil); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// reached finds the record that an expression leads to, as far as whom the run acts for sees it.
func (w *world) reached(o *catalog.Object, v value.Value) (record.Record, error) {
	if v.IsNull() {
		return record.Record{}, nil
	}
	if !w.own {
		return w.se.Visible(o, v.Int(), access.Read)
	}
	rec, _, err := w.se.Find(o, v.Int())
	return rec, err
}

func (w *world) addressees(s *catalog.FlowStep, st *flow.State, bind map[string]int64) ([]int64, error) {
	if s.In != nil {
		ids := st.Outs[s.In.Decl.ID].Records
		if len(ids) > maxWritten {
			return nil, errs.New(errs.LimitExceeded, "a step tells at most %d people: use a loop", "一个步骤最多通知 %d 人，请使用循环", maxWritten).With("limit", maxWritten)
		}
		return ids, nil
	}
	v, err := w.Eval(s.To, st, bind)
	if err != nil || v.IsNull() {
		return nil, err
	}
	return []int64{v.Int()}, nil
}
