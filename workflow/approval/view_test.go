package approval

import (
	"reflect"
	"testing"
	"time"
)

func TestViewOf(t *testing.T) {
	w := newWorld()
	def, err := w.add([]byte(frame(`{"id":"n1","kind":"approve","participants":[{"type":"users","ids":["u1","u2"]}],"visibleFields":["amount","reason"],"hiddenFields":["reason"],"editable":["amount"],"requiredFields":["amount"]}`, "")))
	if err != nil {
		t.Fatal(err)
	}
	st, _, _, e := Apply(nil, Command{Kind: "submit", Instance: "i", Process: "p", Record: "r", Actor: Actor{Type: "user", ID: "ann"}}, time.Now(), w)
	if e != nil {
		t.Fatal(e)
	}
	want := View{Visible: []string{"amount", "reason"}, Hidden: []string{"reason"}, Editable: []string{"amount"}, Required: []string{"amount"}}
	if got, ok := ViewOf(st, def, "u1"); !ok || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if _, ok := ViewOf(st, def, "u3"); ok {
		t.Error("somebody without a task has a view")
	}
	st, _, _, e = Apply(st, Command{Kind: "approve", Task: 1, Actor: Actor{Type: "user", ID: "u1"}}, time.Now(), w)
	if e != nil {
		t.Fatal(e)
	}
	if got, ok := ViewOf(st, def, "u1"); !ok || got.Editable != nil || len(got.Visible) != 2 {
		t.Errorf("after the decision: got %+v", got)
	}
}
