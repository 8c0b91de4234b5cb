package flow

import "github.com/tenon-platform/tenon/metadata/catalog"

// Remedies are what administrators may give a run that has stopped.
type Remedies struct {
	Vars map[string]string // kinds of its variables, by name
	Out  map[string]string // kinds of what the step gives at which it stands; record and records are those it writes or finds
	From []string          // steps that it can go back to, in the order of the flow
}

// RemediesOf tells what a run that has stopped can be given; nil: it has not, or its flow is there no more.
func RemediesOf(f *catalog.Flow, st *State) *Remedies {
	if f == nil || st.Status != Failed && st.Status != Cancelled {
		return nil
	}
	out := &Remedies{Vars: map[string]string{}, Out: map[string]string{}, From: []string{}}
	for name, kind := range f.Vars {
		out.Vars[name] = kind
	}
	if in := st.Incident; in != nil && in.Lane != 0 && f.Steps[in.Step] != nil {
		out.Out = outOf(f.Steps[in.Step])
	}
	r := &run{f: f, st: st}
	if !st.Undone && len(st.Lanes) > 0 {
		r.places("", &out.From)
	}
	return out
}

// outOf names what a step gives, by the kinds of it.
func outOf(s *catalog.FlowStep) map[string]string {
	out := map[string]string{}
	switch s.Decl.Type {
	case "loop":
	case "create", "upsert":
		out["record"] = "ref"
	case "query":
		out["records"] = "list"
	default:
		for name, t := range s.Gives {
			out[name] = kindNames[t.Kind]
		}
	}
	return out
}

// places adds the steps of a sequence to which a run can go back, and those of branches that it took.
func (r *run) places(list string, to *[]string) {
	for _, s := range r.f.Lists[list] {
		way, no := r.wayTo(s.Decl.ID)
		if no == nil {
			no = r.reached(way, s.Decl.ID)
		}
		if no != nil {
			return // those behind it are further away still
		}
		*to = append(*to, s.Decl.ID)
		if s.Decl.Type == "condition" || s.Decl.Type == "switch" {
			for _, b := range s.Decl.Branches {
				r.places(s.Decl.ID+"."+b.ID, to)
			}
		}
	}
}
