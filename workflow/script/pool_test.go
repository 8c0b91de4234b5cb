package script_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/workflow/script"
	"github.com/tenon-platform/tenon/workflow/script/scripttest"
)

func TestMain(m *testing.M) { os.Exit(scripttest.Main(m)) }

var now = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)

func open(t testing.TB, opt script.Options) *script.Pool {
	t.Helper()
	opt.Command = []string{scripttest.Binary(), "script-worker"}
	p := script.New(opt)
	t.Cleanup(p.Close)
	return p
}

func job(source, input string) script.Job {
	return script.Job{Tenant: "a", Name: "s.js", Source: source, Function: "main", Input: json.RawMessage(input), Now: now, Seed: 1}
}

func TestRun(t *testing.T) {
	p := open(t, script.Options{})
	for _, c := range [][3]string{
		{`function main(x) { return {sum: x.a + x.b} }`, `{"a": 1, "b": 2}`, `{"sum":3}`},
		{`function main() {}`, ``, `null`},
		{`async function main(x) { const y = await x; return [y, Date.now(), new Date().toISOString()] }`, `"é"`, `["é",1772413200000,"2026-03-02T01:00:00.000Z"]`},
		{`function main() { return dec("0.1").add("0.2").mul(3) }`, ``, `"0.9"`},
		{`const f = (x) => x * 2; function main(x) { return [1, 2].map(f) }`, ``, `[2,4]`},
	} {
		got, err := p.Run(context.Background(), job(c[0], c[1]))
		if err != nil || string(got.Value) != c[2] {
			t.Errorf("%s: got %s, %v, want %s", c[0], got.Value, err, c[2])
		}
	}
}

// TestKilled holds that what never ends is ended, in JavaScript and in loops of natives, and that the
// error tells where the script was.
func TestKilled(t *testing.T) {
	p := open(t, script.Options{})
	for _, src := range []string{
		"function main() {\n  let i = 0\n  for (;;) i++\n}",
		"function main() {\n\n  Array.prototype.indexOf.call({length: 2 ** 53 - 1}, 1)\n}",
	} {
		j := job(src, "")
		j.Limits.Time = 100 * time.Millisecond
		out, err := p.Run(context.Background(), j)
		var e *errs.Error
		if !errors.As(err, &e) || e.Code != errs.ScriptLimit || e.Details["limit"] != "time" || e.Details["line"] != 3 {
			t.Errorf("%s: got %v with %v", src, err, e)
		}
		if most := j.Limits.Time + script.Grace + 100*time.Millisecond; out.Elapsed > most {
			t.Errorf("%s: it took %v, more than %v", src, out.Elapsed, most)
		}
	}
	got, err := p.Run(context.Background(), job(`function main() { return 1 }`, ""))
	if err != nil || string(got.Value) != "1" {
		t.Errorf("got %s, %v", got.Value, err)
	}
}
