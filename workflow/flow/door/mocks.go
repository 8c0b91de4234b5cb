package door

import (
	"fmt"
	"maps"
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/workflow/connect"
	"github.com/tenon-platform/tenon/workflow/flow"
)

// mocked makes what a simulation tells a run of each call that it makes, by step: what the mocks say, else
// a sample of what the step keeps of an answer.
func mocked(f *catalog.Flow, mocks map[string]any) (map[string]flow.Command, error) {
	out := map[string]flow.Command{}
	for id, s := range f.Steps {
		if s.Link == nil {
			continue
		}
		sample := map[string]flow.Value{"status": {Kind: "int", Text: "200"}}
		for name := range kept(s) {
			sample[name] = flow.Value{Kind: "text", Text: name}
		}
		out[id] = flow.Command{Kind: "answered", Out: &flow.Out{Count: 1, Values: sample}}
	}
	for _, id := range slices.Sorted(maps.Keys(mocks)) {
		c, there := out[id]
		given, is := mocks[id].(map[string]any)
		if s := f.Steps[id]; is && s != nil && s.Decl.Type == "wait" && s.Decl.Event != "" {
			data, err := told(s.Decl.Event, s.Decl.Data, given)
			if err != nil {
				return nil, err
			}
			out[id] = flow.Command{Kind: "heard", Data: data}
			continue
		}
		if !there || !is {
			return nil, wrongMock(id)
		}
		for _, name := range slices.Sorted(maps.Keys(given)) {
			text := fmt.Sprint(given[name])
			switch _, known := c.Out.Values[name]; {
			case name == "fault" && connect.Kind(text).Text().En != "":
				k := connect.Kind(text)
				c = flow.Command{Kind: "failed", Code: text, Text: k.Text(), Out: c.Out}
			case known:
				c.Out.Values[name] = flow.Value{Kind: c.Out.Values[name].Kind, Text: text}
			default:
				return nil, wrongMock(id)
			}
		}
		out[id] = c
	}
	return out, nil
}

func wrongMock(step string) *errs.Error {
	return errs.New(errs.InvalidInput, "there is no such mock for the step %s: it takes status, fault and what the step keeps of an answer", "步骤 %s 的模拟应答无效：可含 status、fault 以及该步骤保留的应答内容", step).On("mocks")
}

// kept is what a step keeps of an answer.
func kept(s *catalog.FlowStep) map[string]string {
	q := s.Decl.Request
	if q == nil {
		q = s.Link.Decl.Request
	}
	out := map[string]string{}
	for _, x := range []*model.ConnectionRequest{q, s.Decl.Check} {
		if x != nil {
			maps.Copy(out, x.Result)
		}
	}
	return out
}
