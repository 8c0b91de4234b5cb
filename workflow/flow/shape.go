package flow

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"strings"

	"github.com/tenon-platform/tenon/metadata/model"
)

// Shape is what a version of a flow declares, without what its names mean: so it is known of versions that
// name what there is no more, too.
type Shape struct {
	Decl  *model.Flow
	lists map[string][]*model.FlowStep // as catalog.Flow has them
	steps map[string]*model.FlowStep   // by id
}

// ShapeOf reads the source of a version, as it is frozen.
func ShapeOf(source []byte) (*Shape, error) {
	s := &Shape{Decl: &model.Flow{}, lists: map[string][]*model.FlowStep{}, steps: map[string]*model.FlowStep{}}
	if err := json.Unmarshal(source, s.Decl); err != nil {
		return nil, fmt.Errorf("flow: read a version: %w", err)
	}
	s.list("", s.Decl.Steps)
	return s, nil
}

func (s *Shape) list(name string, steps []*model.FlowStep) {
	s.lists[name] = steps
	for _, x := range steps {
		s.steps[x.ID] = x
		for _, b := range x.Branches {
			s.list(x.ID+"."+b.ID, b.Steps)
		}
		s.list(x.ID+".do", x.Do)
		s.list(x.ID+".recover", x.Recover)
		s.list(x.ID+".compensate", x.Compensate)
	}
}

// at is a step of a list; nil: the list is shorter.
func (s *Shape) at(list string, n int) *model.FlowStep {
	if l := s.lists[list]; n < len(l) {
		return l[n]
	}
	return nil
}

// Steps are the ids of all steps with their types.
func (s *Shape) Steps() map[string]string {
	out := map[string]string{}
	for id, x := range s.steps {
		out[id] = x.Type
	}
	return out
}

// Expects are the kinds of what waits of the version expect an event to tell, by name.
func (s *Shape) Expects(event string) map[string]string {
	out := map[string]string{}
	for _, x := range s.steps {
		if x.Type == "wait" && x.Event == event {
			maps.Copy(out, x.Data)
		}
	}
	return out
}

// renaming says what steps of one version are called in another.
type renaming map[string]string

func (n renaming) of(id string) string {
	if to, ok := n[id]; ok {
		return to
	}
	return id
}

// list is what a list is called, by the step that it belongs to.
func (n renaming) list(name string) string {
	id, part, ok := strings.Cut(name, ".")
	if !ok {
		return name
	}
	return n.of(id) + "." + part
}

// bound is what a name of a loop's record is called.
func (n renaming) bound(name string) string {
	if id, batch := strings.CutPrefix(name, "#"); batch {
		return "#" + n.of(id)
	}
	return n.of(name)
}

// text is an expression with what it calls steps by.
func (n renaming) text(s string) string {
	for from, to := range n {
		if strings.Contains(s, from) {
			s = regexp.MustCompile(`(^|[^\w.])`+regexp.QuoteMeta(from)+`\.`).ReplaceAllString(s, "${1}"+to+".")
		}
	}
	return s
}

// print is what a step does, as text: two steps with one print do the same. What people call it is no part.
func (n renaming) print(s *model.FlowStep) string {
	raw, err := json.Marshal(s)
	if err != nil {
		return "" // it was read from JSON
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return ""
	}
	out, err := json.Marshal(n.plain(v))
	if err != nil {
		return ""
	}
	return string(out)
}

func (n renaming) plain(v any) any {
	switch v := v.(type) {
	case string:
		return n.text(v)
	case []any:
		for i := range v {
			v[i] = n.plain(v[i])
		}
	case map[string]any:
		_, step := v["type"]
		id, named := v["id"].(string)
		for k, x := range v {
			v[k] = n.plain(x)
		}
		if step && named {
			v["id"] = n.of(id)
			delete(v, "label")
		}
		if in, ok := v["in"].(string); ok {
			v["in"] = n.of(in)
		}
	}
	return v
}
