package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// scheduled is a flow that makes a chore each morning at half past nine, and rests for two days.
func scheduled(trigger, settings, title string) map[string]string {
	return leads(map[string]string{"daily": fmt.Sprintf(`{"key": "daily", "trigger": {"type": "schedule", "cron": "30 9 * * *", %s}, "settings": {%s}, "steps": [
		{"id": "x", "type": "create", "object": "chore", "set": {"title": %q}}, {"id": "rest", "type": "wait", "for": "PT36H"}]}`, trigger, settings, title)})
}

// TestFlowScheduleOverlap: while an earlier run goes on, the next of a schedule is passed over, waits behind it, goes
// on beside it, or ends it.
func TestFlowScheduleOverlap(t *testing.T) {
	for overlap, want := range map[string][]string{
		"skip":           {"running", "running skipped", "succeeded skipped running", "succeeded skipped running skipped"},
		"queue":          {"running", "running queued", "succeeded running queued", "succeeded running queued queued"},
		"allow":          {"running", "running running", "succeeded running running", "succeeded succeeded running running"},
		"cancel_running": {"running", "cancelled running", "cancelled cancelled running", "cancelled cancelled cancelled running"},
	} {
		t.Run(overlap, func(t *testing.T) {
			o := newOffice(t)
			o.publish(scheduled(fmt.Sprintf(`"overlap": %q`, overlap), "", `"day"`))
			for day, want := range want {
				o.clock.Set(time.Date(2026, 3, 2+day, 1, 30, 0, 0, time.UTC)) // 09:30 in Shanghai
				o.settle()
				if got := o.statuses("daily"); got != want {
					t.Errorf("on day %d: %s, want %s", day+1, got, want)
				}
			}
		})
	}
}

// TestFlowScheduleCatchUp: after a time away a schedule makes up for as many moments as it says, not too old ones.
func TestFlowScheduleCatchUp(t *testing.T) {
	for trigger, want := range map[string]string{
		`"catchUp": "last"`:                                            "03-09",
		`"catchUp": "none"`:                                            "",
		`"catchUp": "all"`:                                             "03-02 03-03 03-04 03-05 03-06 03-07 03-08 03-09",
		`"catchUp": "all", "catchUpMax": 3`:                            "03-07 03-08 03-09",
		`"catchUp": "all", "catchUpWindow": "P2D"`:                     "03-08 03-09",
		`"catchUp": "all", "catchUpMax": 1, "catchUpWindow": "P2D"`:    "03-09",
		`"catchUp": "last", "catchUpWindow": "PT12H"`:                  "",
		`"catchUp": "all", "catchUpMax": 100, "catchUpWindow": "P10Y"`: "03-02 03-03 03-04 03-05 03-06 03-07 03-08 03-09",
	} {
		t.Run(trigger, func(t *testing.T) {
			o := newOffice(t)
			o.publish(scheduled(`"overlap": "allow", `+trigger, "", `"day"`))
			o.clock.Set(time.Date(2026, 3, 9, 14, 0, 0, 0, time.UTC))
			o.settle()
			var due []string
			for _, n := range dig(o.must("root", `{ flowRuns(flow: "daily") { nodes { cause } } }`), "flowRuns", "nodes").([]any) {
				due = append([]string{fmt.Sprint(dig(n, "cause", "due"))[5:10]}, due...)
			}
			if got := strings.Join(due, " "); got != want {
				t.Errorf("it made up for %q, want %q", got, want)
			}
		})
	}
}

// TestFlowScheduleJitter: a run begins somewhat later than its moment, by the same time whoever starts it when, and
// by another one for another moment; what was missed meanwhile begins at once.
func TestFlowScheduleJitter(t *testing.T) {
	began := func(o *office) (out []string) {
		for _, n := range dig(o.must("root", `{ flowRuns(flow: "daily") { nodes { startedAt } } }`), "flowRuns", "nodes").([]any) {
			out = append([]string{fmt.Sprint(dig(n, "startedAt"))}, out...)
		}
		return out
	}
	var first []string
	for round := range 2 {
		o := newOffice(t)
		o.publish(scheduled(`"overlap": "allow", "jitter": "PT1H"`, "", `"day"`))
		for range 2 {
			o.clock.Set(o.clock.Now().Truncate(24 * time.Hour).Add(time.Hour + 30*time.Minute))
			o.settle()
			if n := len(began(o)); n != len(o.runs("daily")) || round == 0 && n > 1 {
				t.Fatalf("%d have begun", n)
			}
			for range 60 {
				o.clock.Advance(time.Minute)
				o.settle()
			}
			o.clock.Set(o.clock.Now().Truncate(24 * time.Hour).Add(24 * time.Hour))
		}
		got := began(o)
		if len(got) != 2 || got[0][11:] == got[1][11:] || got[0] < "2026-03-02T01:30" || got[0] > "2026-03-02T02:30" || got[1] < "2026-03-03T01:30" || got[1] > "2026-03-03T02:30" {
			t.Fatalf("they began at %v", got)
		}
		if round == 0 {
			first = got
		} else if fmt.Sprint(got) != fmt.Sprint(first) {
			t.Errorf("they began at %v, before at %v", got, first)
		}
		o.clock.Set(time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC))
		o.settle()
		if got := began(o); len(got) != 3 || got[2] != "2026-03-05T12:00:00.000Z" {
			t.Errorf("after a day away: %v", got)
		}
	}
}

// TestFlowSchedulePause: a schedule whose runs fail in a row starts no more; administrators are told by an incident, in
// their language, and let it go on.
func TestFlowSchedulePause(t *testing.T) {
	o := newOffice(t)
	flow := leads(map[string]string{"daily": `{"key": "daily", "trigger": {"type": "schedule", "cron": "30 9 * * *", "pauseAfterFailures": 2}, "steps": [
		{"id": "some", "type": "query", "object": "lead", "limit": 1}, {"id": "x", "type": "update", "in": "some", "set": {"note": "IF(1 = 1, \"poison\", \"\")"}}]}`})
	o.publish(flow)
	next := func() {
		o.clock.Set(o.clock.Now().Truncate(24 * time.Hour).Add(25*time.Hour + 30*time.Minute))
		o.settle()
	}
	o.settle()
	next() // there is no lead: it succeeds
	id := o.lead("root", "score: 1")
	next()
	o.must("root", `mutation { deleteLead(id: %q) { lead { id } } }`, id)
	next() // succeeds: failures count in a row
	o.must("root", `mutation { restoreLead(id: %q) { lead { id } } }`, id)
	next()
	const show = `{ flowSchedules { flow cron zone next failures paused since run } }`
	if d := o.must("root", show); dig(d, "flowSchedules", 0, "failures") != 1.0 || dig(d, "flowSchedules", 0, "paused") != false || dig(d, "flowSchedules", 0, "next") == nil || dig(d, "flowSchedules", 0, "zone") != "Asia/Shanghai" {
		t.Fatalf("before: %v", d)
	}
	next()
	d := o.must("root", show)
	if got := o.statuses("daily"); got != "succeeded failed succeeded failed failed failed" || dig(d, "flowSchedules", 0, "paused") != true || dig(d, "flowSchedules", 0, "failures") != 2.0 || dig(d, "flowSchedules", 0, "next") != nil {
		t.Fatalf("after two failures in a row: %s, %v", got, d)
	}
	told := dig(d, "flowSchedules", 0, "run")
	for locale, want := range map[string]string{"en": "2 runs in a row have failed: the schedule is paused until somebody lets it go on", "zh-CN": "连续 2 次运行失败：该定时已暂停，待管理员恢复"} {
		if d := o.read(locale, `{ flowRun(id: %q) { status incident { code message } } }`, told); dig(d, "flowRun", "incident", "code") != "SCHEDULE_PAUSED" || dig(d, "flowRun", "incident", "message") != want {
			t.Errorf("the incident in %s: %v", locale, d)
		}
	}
	o.consistent()
	next()
	next()
	if n := len(o.runs("daily")); n != 6 {
		t.Errorf("%d runs while it is paused", n)
	}
	if a := o.do("ann", show); a.code() != "FORBIDDEN" {
		t.Errorf("shown to somebody: %s", a.raw)
	}
	for who, want := range map[string]string{"ann": "FORBIDDEN", "root": ""} {
		if a := o.do(who, `mutation { resumeFlowSchedule(flow: "daily", reason: "mended") { paused next failures run } }`); a.code() != want {
			t.Errorf("let go on by %s: %s", who, a.raw)
		}
	}
	if a := o.do("root", `mutation { resumeFlowSchedule(flow: "daily", reason: "again") { paused } }`); a.code() != "INVALID_STATE" {
		t.Errorf("let go on twice: %s", a.raw)
	}
	if got := o.run(told); got["status"] != "cancelled" || got["incident"] != nil || got["reason"] != "mended" {
		t.Errorf("what told of the pause: %v", got)
	}
	next()
	if n, d := len(o.runs("daily")), o.must("root", show); n != 7 || dig(d, "flowSchedules", 0, "failures") != 1.0 {
		t.Errorf("%d runs after it goes on, %v", n, d)
	}
	if status, out, _ := o.plain("root", http.MethodPost, "/api/flows/daily/pause", `{"reason": "holidays"}`, nil); status != http.StatusOK || dig(out, "data", "paused") != true {
		t.Fatalf("paused by hand: %d %v", status, out)
	}
	next()
	if status, out, _ := o.plain("root", http.MethodGet, "/api/flows/schedules", "", nil); status != http.StatusOK || dig(out, "data", 0, "run") != nil || len(o.runs("daily")) != 7 {
		t.Errorf("paused by hand: %d %v, %d runs", status, out, len(o.runs("daily")))
	}
	if status, out, _ := o.plain("root", http.MethodPost, "/api/flows/daily/resume", `{"reason": "back"}`, nil); status != http.StatusOK || dig(out, "data", "paused") != false {
		t.Errorf("back: %d %v", status, out)
	}
}

// TestFlowDateWindow: a date that has come while nothing ran counts as long as the flow says.
func TestFlowDateWindow(t *testing.T) {
	o := newOffice(t)
	trigger := func(key, window string) string {
		return fmt.Sprintf(`{"key": %q, "trigger": {"type": "date", "object": "lead", "field": "due" %s}, "steps": [{"id": "x", "type": "update", "set": {"note": "\"seen\""}}]}`, key, window)
	}
	o.publish(leads(map[string]string{"usual": trigger("usual", ""), "long": trigger("long", `, "catchUpWindow": "P3D"`), "short": trigger("short", `, "catchUpWindow": "PT1H"`)}))
	o.settle()
	o.lead("root", `due: "2026-03-03T01:00:00Z"`)
	statuses := func() string {
		return strings.Join([]string{o.statuses("long"), o.statuses("usual"), o.statuses("short")}, ", ")
	}
	o.clock.Set(time.Date(2026, 3, 3, 3, 0, 0, 0, time.UTC))
	o.settle()
	if got := statuses(); got != "succeeded, succeeded, skipped" {
		t.Errorf("two hours late: %s", got)
	}
	o.lead("root", `due: "2026-03-04T01:00:00Z"`)
	o.clock.Set(time.Date(2026, 3, 6, 1, 0, 0, 0, time.UTC))
	o.settle()
	if got := statuses(); got != "succeeded succeeded, succeeded skipped, skipped skipped" {
		t.Errorf("two days late: %s", got)
	}
}

// TestFlowScheduleFindings: settings of schedules that mean nothing are found.
func TestFlowScheduleFindings(t *testing.T) {
	o := newOffice(t)
	for trigger, want := range map[string]string{
		`"catchUpMax": 3`:                           "only catchUp all",
		`"catchUp": "all", "catchUpMax": 101`:       "from 1 to 100",
		`"pauseAfterFailures": -1`:                  "from 1 to 100",
		`"jitter": "P1D"`:                           "at most 12 hours",
		`"jitter": "soon"`:                          "no duration",
		`"catchUpWindow": "soon"`:                   "no duration",
		`"catchUp": "none", "catchUpWindow": "P1D"`: "nothing is made up for",
		`"overlap": "replace"`:                      "replace",
		`"offset": "P1D"`:                           "has no offset",
	} {
		if p := o.propose(scheduled(trigger, "", `"x"`)); p.Findings.Err() == nil || !strings.Contains(p.Findings.Err().Error(), want) {
			t.Errorf("%s: %v", trigger, p.Findings.Err())
		}
	}
	if p := o.propose(scheduled(`"overlap": "queue"`, `"concurrency": {"max": 2}`, `"x"`)); p.Findings.Err() == nil {
		t.Error("two limits of what goes on at once")
	}
}
