package approval

import "slices"

// View is what a user sees of the record through an instance, and may write by deciding.
type View struct {
	Visible  []string // nil: all fields of the snapshot
	Hidden   []string // of those
	Editable []string
	Required []string
}

// ViewOf tells what a user sees: for assignees what their nodes say, whatever the user may see of
// the record otherwise; several open tasks add up. ok is false for people without a task.
func ViewOf(st *State, def *Definition, user string) (view View, ok bool) {
	all := false
	var hidden [][]string
	for _, t := range st.Tasks {
		v := st.Visit(t.Visit)
		if v == nil || t.Assignee != user && !slices.Contains(t.Pool, user) || user == "" {
			continue
		}
		n := def.node(v.Node)
		if n == nil {
			continue
		}
		ok = true
		all = all || len(n.VisibleFields) == 0
		view.Visible = append(view.Visible, n.VisibleFields...)
		hidden = append(hidden, n.HiddenFields)
		if t.Status == Pending && t.Assignee == user && t.Kind == Ordinary {
			view.Editable = append(view.Editable, n.Editable...)
			view.Required = append(view.Required, n.RequiredFields...)
		}
	}
	if !ok {
		return View{}, false
	}
	view.Visible, view.Editable, view.Required = distinct(view.Visible), distinct(view.Editable), distinct(view.Required)
	if all {
		view.Visible = nil
	}
	for _, f := range hidden[0] { // hidden is what every one of the nodes hides
		if !slices.ContainsFunc(hidden[1:], func(h []string) bool { return !slices.Contains(h, f) }) {
			view.Hidden = append(view.Hidden, f)
		}
	}
	return view, true
}

func distinct(in []string) []string {
	slices.Sort(in)
	return slices.Compact(in)
}
