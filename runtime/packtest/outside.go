package packtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/tenon-platform/tenon/metadata/model"
)

// Outside are the other systems of a case: what they answer, and what they were told. It is safe for
// concurrent use.
type Outside struct {
	mu      sync.Mutex
	answers map[string][]model.TestAnswer // by connection, in order
	sent    map[string][]Sent
	hear    func(ctx context.Context, hook string, body []byte) error
}

// Listen says how messages of other systems come in. It is called once, when the tenant is opened.
func (o *Outside) Listen(hear func(ctx context.Context, hook string, body []byte) error) {
	o.hear = hear
}

// message lets a message of another system come in.
func (s *scenario) message(ctx context.Context, st *model.TestStep) outcome {
	raw := st.Body
	if len(raw) == 0 {
		raw = json.RawMessage("{}")
	}
	body, err := s.value(ctx, raw)
	if err == nil && s.outside.hear == nil {
		err = errors.New("nobody hears messages here")
	}
	if err == nil {
		err = s.outside.hear(ctx, st.Hook, []byte(compact(body)))
	}
	if err != nil {
		return outcome{errs: flat(err)}
	}
	return outcome{}
}

// Sent is what another system was told.
type Sent struct {
	To, Subject, Body string
	Values            map[string]json.RawMessage
}

// expect says what is answered, by connection and in order.
func (o *Outside) expect(answers map[string][]model.TestAnswer) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.answers = map[string][]model.TestAnswer{}
	for name, list := range answers {
		o.answers[name] = append([]model.TestAnswer(nil), list...)
	}
}

// Call remembers a call and gives its answer; the zero answer where the case says nothing of it.
func (o *Outside) Call(connection string, s Sent) model.TestAnswer {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.sent == nil {
		o.sent = map[string][]Sent{}
	}
	o.sent[connection] = append(o.sent[connection], s)
	list := o.answers[connection]
	if len(list) == 0 {
		return model.TestAnswer{}
	}
	o.answers[connection] = list[1:]
	return list[0]
}

func (o *Outside) told(connection string) []Sent {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.sent[connection]
}

// calls holds what other systems were told against what is expected.
func (s *scenario) calls(ctx context.Context, want map[string][]map[string]json.RawMessage, path string) error {
	for _, name := range sortedKeys(want) {
		got, at := s.outside.told(name), path+"."+name
		if len(got) != len(want[name]) {
			s.fail("expectation-failed", at, "%s was called %d times, want %d", "%s 被调用 %d 次，应为 %d 次", name, len(got), len(want[name]))
			continue
		}
		for i, call := range want[name] {
			for _, key := range sortedKeys(call) {
				v, err := s.value(ctx, call[key])
				if err != nil {
					return err
				}
				if g, w := got[i].shown(key), compact(v); g != w {
					s.fail("expectation-failed", at+"."+strconv.Itoa(i)+"."+key, "got %s, want %s", "实际为 %s，应为 %s", g, w)
				}
			}
		}
	}
	return nil
}

// shown is a part of what was told as JSON.
func (x Sent) shown(key string) string {
	if raw, ok := x.Values[key]; ok {
		var v any
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		if d.Decode(&v) == nil {
			return compact(v)
		}
	}
	switch key {
	case "to":
		return compact(x.To)
	case "subject":
		return compact(x.Subject)
	case "body":
		return compact(x.Body)
	}
	return "null"
}

func compact(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

// runs holds the states of the runs of a flow against what is expected, oldest first.
func (s *scenario) runs(ctx context.Context, flow string, want []string, path string) error {
	ctx, err := s.as(ctx, nil)
	if err != nil {
		return err
	}
	out := s.execute(ctx, "query($f: String!) { flowRuns(flow: $f, first: 100) { nodes { status reason } } }", map[string]any{"f": flow})
	if len(out.errs) > 0 {
		return out.errs[0]
	}
	var data struct {
		FlowRuns struct {
			Nodes []struct{ Status, Reason string }
		}
	}
	if err := json.Unmarshal(out.data, &data); err != nil {
		return err
	}
	var got, why []string
	for _, n := range data.FlowRuns.Nodes {
		got = append([]string{n.Status}, got...)
		if n.Reason != "" {
			why = append([]string{n.Reason}, why...)
		}
	}
	if g, w := strings.Join(got, " "), strings.Join(want, " "); g != w {
		s.fail("expectation-failed", path, "the runs are %q, want %q (%s)", "运行状态为 %q，应为 %q（%s）", g, w, strings.Join(why, "; "))
	}
	return nil
}
