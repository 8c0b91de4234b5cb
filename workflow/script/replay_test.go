package script_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/workflow/script"
)

// shelf is a host with a few books that counts how often it is asked.
type shelf struct{ asked int }

func (s *shelf) Call(c script.Call) (json.RawMessage, error) {
	s.asked++
	var args []string
	if err := json.Unmarshal(c.Args, &args); err != nil || len(args) != 2 {
		return nil, errs.New(errs.InvalidInput, "two texts are needed", "需要两个文本")
	}
	switch args[1] {
	case "none":
		return nil, errs.New(errs.NotFound, "there is no such book", "没有这本书")
	case "broken":
		return nil, &script.Final{Err: errs.New(errs.ValidationFail, "the book is broken", "书已损坏").On("book")}
	case "crash":
		return nil, fmt.Errorf("the shelf fell down")
	}
	return json.Marshal(map[string]string{"name": args[1], "price": "9.90"})
}

const books = `function main(x) {
  const a = records.get('book', x.first);
  let code = '';
  try { records.get('book', 'none') } catch (e) { code = e.code }
  console.warn(a.name, {a: 1}); return {name: a.name, code, luck: Math.random(), at: Date.now()};
}`

// TestReplay: a run can be had again without its records; an edited script is answered as the old one
// was, up to the first call that it makes otherwise.
func TestReplay(t *testing.T) {
	p := open(t, script.Options{Keep: 2})
	h := &shelf{}
	j := job(books, `{"first": "emma"}`)
	j.Host = h
	first, err := p.Run(context.Background(), j)
	if err != nil {
		t.Fatal(err)
	}
	kept := p.Recordings("a", "s.js")
	if len(kept) != 1 || len(kept[0].Calls) != 2 || len(kept[0].Log) != 1 || kept[0].Log[0] != (script.LogLine{Level: "warn", Text: `emma {"a":1}`, Line: 5}) || len(p.Recordings("b", "s.js")) != 0 {
		t.Fatalf("kept %+v", kept)
	}
	text, err := json.Marshal(kept[0])
	if err != nil {
		t.Fatal(err)
	}
	var rec script.Recording
	if err := json.Unmarshal(text, &rec); err != nil {
		t.Fatal(err)
	}
	replay := func(old, new string) script.Replayed {
		return p.Replay(context.Background(), "a", strings.Replace(books, old, new, 1), &rec, script.Limits{})
	}
	asked := h.asked
	if out := replay("", ""); out.Err != nil || out.Divergence != nil || string(out.Value) != string(first.Value) {
		t.Errorf("the same script: %s, %v, %+v", out.Value, out.Err, out.Divergence)
	}
	if out := replay("name: a.name", "price: dec(a.price).mul(2)"); out.Err != nil || out.Divergence == nil || out.Divergence.Call != 0 || !strings.Contains(out.Divergence.Is, `"price":"19.80"`) {
		t.Errorf("another result: %v, %+v", out.Err, out.Divergence)
	}
	if out := replay("'none'", "'some'"); out.Divergence == nil || *out.Divergence != (script.Divergence{Call: 2, Line: 4, Was: `records.get ["book","none"]`, Is: `records.get ["book","some"]`}) {
		t.Errorf("another call: %+v", out.Divergence)
	}
	if out := replay("catch (e) { code = e.code }", "finally {}"); errs.CodeOf(out.Err) != errs.NotFound || out.Divergence == nil || out.Divergence.Is != "NOT_FOUND" {
		t.Errorf("another outcome: %v, %+v", out.Err, out.Divergence)
	}
	if out := replay("return {name", "records.get('book', 'third'); return {name"); out.Divergence == nil || out.Divergence.Call != 3 || out.Divergence.Was != "" || out.Divergence.Line != 5 {
		t.Errorf("one call more: %+v", out.Divergence)
	}
	if out := replay("try { records.get('book', 'none') }", "try {}"); out.Divergence == nil || out.Divergence.Call != 2 || out.Divergence.Is != "" {
		t.Errorf("one call less: %+v", out.Divergence)
	}
	if h.asked != asked {
		t.Error("a replay asked the host")
	}
	for range 3 {
		if _, err := p.Run(context.Background(), j); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(p.Recordings("a", "s.js")); n != 2 {
		t.Errorf("%d recordings are kept", n)
	}
}

// TestFinal: an error that ends the run cannot be caught; the platform's own errors are no business of
// scripts.
func TestFinal(t *testing.T) {
	p := open(t, script.Options{})
	for book, code := range map[string]errs.Code{"broken": errs.ValidationFail, "crash": errs.Internal} {
		j := job(`function main() { for (;;) { try { records.get('book', '`+book+`') } catch {} finally { try { records.get('book', 'x') } catch {} } } }`, "")
		h := &shelf{}
		j.Host = h
		if _, err := p.Run(context.Background(), j); errs.CodeOf(err) != code || h.asked != 1 {
			t.Errorf("%s: %v after %d calls", book, err, h.asked)
		}
	}
}

// TestCheck: what does not compile is found without running anything.
func TestCheck(t *testing.T) {
	p := open(t, script.Options{})
	if err := p.Check(context.Background(), "s.js", "for (;;);"); err != nil {
		t.Errorf("it was run: %v", err)
	}
	err := p.Check(context.Background(), "s.js", "function main() {\n  return )\n}")
	if e := errs.From(err); e == nil || e.Code != errs.ScriptFailed || e.Details["line"] != 2 {
		t.Errorf("got %v", err)
	}
}
