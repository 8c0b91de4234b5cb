package flow

import (
	"maps"
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/words"
	"github.com/tenon-platform/tenon/platform/errs"
)

// hidden stands for a value that nobody is shown.
var hidden = Value{Kind: "secret"}

// Shown is a value as people may see it, by what expressions read it as.
func Shown(f *catalog.Flow, name string, v Value) Value {
	if f.Secret[name] {
		return hidden
	}
	return v
}

// shownOut is what a step gave as people may see it.
func shownOut(f *catalog.Flow, step string, out *Out) *Out {
	if out == nil || len(f.Secret) == 0 {
		return out
	}
	c := *out
	c.Values = maps.Clone(out.Values)
	for name, v := range c.Values {
		c.Values[name] = Shown(f, step+"."+name, v)
	}
	return &c
}

// edit gives variables other values, and notes which they had.
func (r *run) edit(c Command) error {
	if len(c.Vars) == 0 {
		return nil
	}
	e := Entry{Verb: "vars.edited", By: c.By, Who: c.Who}
	for _, name := range slices.Sorted(maps.Keys(c.Vars)) {
		to := c.Vars[name]
		kind, there := r.f.Vars[name]
		if !there {
			return errs.New(errs.InvalidInput, "the flow has no variable %s", "自动化没有变量 %s", name).On("vars").With("variable", name)
		}
		if to.Kind != "" && to.Kind != kind {
			return errs.New(errs.InvalidInput, "the variable %s is of the kind %s", "变量 %s 的类型为“%s”", name, words.Kind(kind)).On("vars").With("variable", name)
		}
		edit := Edit{Name: name}
		if was, had := r.st.Vars[name]; had && was.Kind != "" {
			was = Shown(r.f, catalog.VarsName+"."+name, was)
			edit.From = &was
		}
		if to.Kind != "" {
			now := Shown(r.f, catalog.VarsName+"."+name, to)
			edit.To = &now
		}
		r.st.Vars[name] = to
		e.Edits = append(e.Edits, edit)
	}
	r.note(e)
	return nil
}

// remember keeps what a variable was before a step sets it for the first time.
func (r *run) remember(step, name string) {
	if r.f.Trigger.Timing == "before" || slices.ContainsFunc(r.st.Was, func(w Was) bool { return w.Step == step && w.Var == name }) {
		return
	}
	w := Was{Step: step, Var: name}
	if v, had := r.st.Vars[name]; had {
		w.Value = &v
	}
	r.st.Was = append(r.st.Was, w)
}

// restore gives the variables that some steps have set the values that they had before.
func (r *run) restore(steps map[string]bool) {
	var left []Was
	for _, w := range slices.Backward(r.st.Was) {
		switch {
		case !steps[w.Step]:
			left = append(left, w)
		case w.Value == nil:
			delete(r.st.Vars, w.Var)
		default:
			r.st.Vars[w.Var] = *w.Value
		}
	}
	slices.Reverse(left)
	r.st.Was = left
}

// fits refuses what a step that is passed over is said to give, where the step itself could not give it.
func fits(s *catalog.FlowStep, out *Out) *errs.Error {
	if out == nil {
		return nil
	}
	gives := outOf(s)
	wrong := func(name string) *errs.Error {
		return errs.New(errs.InvalidInput, "the step %s gives no such value %s", "步骤 %s 不产生这样的 %s", s.Decl.ID, name).On("out").With("name", name)
	}
	for _, name := range slices.Sorted(maps.Keys(out.Values)) {
		if kind := gives[name]; kind == "" || name == "record" && s.Gives == nil || out.Values[name].Kind != "" && out.Values[name].Kind != kind {
			return wrong(name)
		}
	}
	if out.Record != 0 && (gives["record"] != "ref" || s.Gives != nil) {
		return wrong("record")
	}
	if out.Records != nil && (s.Decl.Type != "query" || len(out.Records) > s.Decl.Limit) {
		return wrong("records")
	}
	return nil
}
