package flow

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/errs"
)

// calling is a flow of one call, and a run that waits for it.
func calling(t *testing.T) (*catalog.Flow, *State, time.Time) {
	t.Helper()
	s := &catalog.FlowStep{Decl: &model.FlowStep{ID: "ask", Type: "http"}, Retry: catalog.Retry{Max: 5, Initial: time.Second, Cap: time.Second, Factor: 1}}
	f := &catalog.Flow{Key: "f", Lists: map[string][]*catalog.FlowStep{"": {s}}, Steps: map[string]*catalog.FlowStep{"ask": s}, Set: model.FlowSettings{MaxSteps: 10}}
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	st, _, _, err := Apply(f, nil, Command{Kind: "start", Cause: &Cause{}}, "r", now, &counted{})
	if err != nil || st.Lanes[0].Status != Waiting {
		t.Fatalf("%+v, %v", st, err)
	}
	return f, st, now
}

// TestAnswerTooLarge: an answer that is more than a run keeps fails the step, and the call is not made again.
func TestAnswerTooLarge(t *testing.T) {
	f, st, now := calling(t)
	with := func(n int) *Out {
		return &Out{Values: map[string]Value{"v": {Kind: "text", Text: strings.Repeat("x", n)}}}
	}
	answer := Command{Kind: "answered", Lane: 1, Turn: st.Lanes[0].Turn}
	answer.Out = with(MaxPayload - len("v") - len("text"))
	if next, _, _, err := Apply(f, st, answer, "r", now, &counted{}); err != nil || next.Status != Succeeded {
		t.Errorf("one that is just small enough: %v, %v", next.Status, err)
	}
	answer.Out = with(MaxPayload - len("v") - len("text") + 1)
	next, _, effects, err := Apply(f, st, answer, "r", now, &counted{})
	if err != nil || next.Status != Failed || next.Incident.Code != "PAYLOAD_TOO_LARGE" || len(next.Outs) > 0 {
		t.Fatalf("one that is too large: %+v, %v", next, err)
	}
	for _, e := range effects {
		if e.Kind == "run" || e.Kind == "call" {
			t.Errorf("it goes on: %+v", e)
		}
	}
	var no *errs.Error
	if _, _, _, err := Apply(f, next, Command{Kind: "skip", Reason: "r", Out: answer.Out}, "r", now, &counted{}); !errors.As(err, &no) || no.Code != errs.LimitExceeded {
		t.Errorf("an administrator gives as much: %v", err)
	}
}

// TestRecordsFit: as many records as a query finds at most are no more than a run keeps.
func TestRecordsFit(t *testing.T) {
	if err := (&Out{Records: make([]int64, 10_000), Count: 10_000}).fits(); err != nil {
		t.Error(err)
	}
}

// TestCauseFits: what a run is given is as little.
func TestCauseFits(t *testing.T) {
	half := map[string]Value{"a": {Kind: "text", Text: strings.Repeat("x", MaxPayload/2-5)}}
	c := &Cause{Data: half, Prior: half}
	if no := c.Fit(); no != nil || c.Data == nil {
		t.Errorf("what fits: %+v", no)
	}
	c.Verb = "update"
	c.Prior = map[string]Value{"a": half["a"], "b": {Kind: "bool", Text: "1"}}
	if no := c.Fit(); no == nil || no.Status != Failed || no.Reason != "PAYLOAD_TOO_LARGE" || c.Data != nil || c.Prior != nil || c.Verb != "update" {
		t.Errorf("what does not: %+v, %+v", no, c)
	}
}
