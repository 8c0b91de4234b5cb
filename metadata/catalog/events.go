package catalog

import (
	"maps"
	"slices"
)

// Ear is a flow that an event starts, or that waits for one.
type Ear struct {
	Flow   *Flow
	Object *Object           // of the record that the event is expected with; nil: with any or none
	Data   map[string]string // what the event is expected to tell: names with their kinds
}

// Awaited says whether an approval waits for an event.
func (c *Catalog) Awaited(event string) bool {
	return slices.ContainsFunc(c.Approvals, func(a *Approval) bool { return slices.Contains(a.Events, event) })
}

// Heard finds who hears of an event, in the order of their keys.
func (c *Catalog) Heard(event string) (out []Ear) {
	for _, f := range c.Flows {
		if !f.Set.Off && f.Trigger.Type == "event" && f.Trigger.Event == event {
			out = append(out, Ear{f, f.Object, f.Trigger.Data})
		}
		for _, id := range slices.Sorted(maps.Keys(f.Steps)) {
			if s := f.Steps[id]; s.Decl.Type == "wait" && s.Decl.Event == event {
				out = append(out, Ear{f, s.Object, s.Decl.Data})
			}
		}
	}
	return out
}
