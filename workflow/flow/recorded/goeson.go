package recorded

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/spec"
	"github.com/tenon-platform/tenon/workflow/connect"
	"github.com/tenon-platform/tenon/workflow/flow"
)

// pauseSpread is by what part a pause before another attempt may be longer than the one that there was.
const pauseSpread = 1.25

// goesOn are the steps that let time pass as it did, and tell of the events that the run heard of.
func (m *maker) goesOn() ([]model.TestStep, error) {
	var out []model.TestStep
	last := m.Trace[0].At
	again := false // a step failed, and was tried again
	for _, e := range m.Trace {
		gap := e.At.Sub(last)
		step := model.TestStep{}
		if gap > time.Second {
			seconds := gap.Seconds()
			if again {
				seconds *= pauseSpread
			}
			step.Advance, again = fmt.Sprintf("PT%dS", int(math.Ceil(seconds))+1), false
			last = e.At
		}
		if s := m.Flow.Steps[e.Step]; s != nil && e.Verb == "step.succeeded" && s.Decl.Event != "" && s.Decl.Type == "wait" && e.Out != nil {
			data := map[string]flow.Value{}
			for name := range s.Decl.Data {
				if v, told := e.Out.Values[name]; told {
					data[name] = v
				}
			}
			told := m.event(s.Decl.Event, s.Decl.ID, s.Record != nil && m.keys[m.State.Cause.Record] == mainKey, data, s.Decl.Data)
			step.GraphQL, step.Variables = told.GraphQL, told.Variables
		}
		if step.Advance != "" || step.GraphQL != "" {
			out = append(out, step)
		}
		again = again || e.Verb == "step.failed"
	}
	return out, nil
}

// answers are what other systems answered, by connection and in the order of the calls.
func (m *maker) answers() map[string][]model.TestAnswer {
	faults := spec.Of[model.TestAnswer]().Get("fault").Enum
	out := map[string][]model.TestAnswer{}
	for i, e := range m.Trace {
		s := m.Flow.Steps[e.Step]
		if s == nil || s.Link == nil || e.Verb != "step.sending" {
			continue
		}
		a := model.TestAnswer{}
		if came := slices.IndexFunc(m.Trace[i+1:], func(x flow.Entry) bool {
			return x.Step == e.Step && x.Lane == e.Lane && (x.Verb == "step.succeeded" || x.Verb == "step.failed" || x.Verb == "step.unknown")
		}); came >= 0 {
			a = m.answer(s, m.Trace[i+1+came], faults)
		}
		out[s.Link.Name] = append(out[s.Link.Name], a)
	}
	return out
}

func (m *maker) answer(s *catalog.FlowStep, e flow.Entry, faults []string) model.TestAnswer {
	a := model.TestAnswer{}
	if e.Verb != "step.succeeded" {
		if a.Fault = e.Code; !slices.Contains(faults, e.Code) {
			a.Fault = string(connect.Broken)
		}
		if e.Verb == "step.failed" { // the other system said so: it has not taken the call
			a.Status = map[string]int{string(connect.TimedOut): 408, string(connect.Broken): 503}[a.Fault]
		}
		return a
	}
	if e.Out == nil {
		return a
	}
	for name, v := range e.Out.Values {
		if name == "status" {
			if n := v.Value(); !n.IsNull() && n.Int() != 200 {
				a.Status = int(n.Int())
			}
			continue
		}
		if a.Values == nil {
			a.Values = map[string]string{}
		}
		if m.Flow.Secret[s.Decl.ID+"."+name] {
			m.note("the secret value %s that %s answered: another stands for it", "%[2]s 应答的保密值 %[1]s，以其他值代替", name, s.Link.Name)
			v.Text = "redacted"
		}
		a.Values[name] = v.Text
	}
	return a
}
