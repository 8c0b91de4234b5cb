package approval

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/workflow/approval/approvaltest"
	"github.com/tenon-platform/tenon/workflow/calendar"
)

var update = flag.Bool("update", false, "write what the scripts give into testdata")

// TestScripts runs testdata/*.txt. A file holds comment lines, definitions (versions 1, 2, … of
// their keys) and, last, a script, all separated by lines "---". A script line is
//
//	> who command key=value …   a command; values are words, quoted strings or JSON
//	+ PT8H                      time passes; due timers fire in order
//	record field=value          the record changes behind the process's back
//	org what who=whom           the company changes: gone, manager, head, standing, role, running, broken
//
// and below each stand the audit entries, the effects (=), the error (!) and who then has what in
// the inbox (@).
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d scripts, %v", len(files), err)
	}
	codes := map[errs.Code]bool{}
	kinds := map[string]bool{}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txt"), func(t *testing.T) { runScript(t, f, codes, kinds) })
	}
	for _, c := range []errs.Code{errs.EntryNotMet, errs.ActiveInstanceExists, errs.NotAssignee, errs.NotYourTurn, errs.AlreadyDecided, errs.InvalidState,
		errs.FieldNotEditable, errs.CommentRequired, errs.InvalidReturnTarget, errs.DuplicateParticipant, errs.SelfNotAllowed, errs.TransferLimit,
		errs.DelegateLoop, errs.AddSignDepth, errs.AlreadyClaimed, errs.TooLate, errs.WithdrawNotAllowed, errs.UrgeTooSoon, errs.RecordChanged,
		errs.RecordLocked, errs.Forbidden, errs.NotFound, errs.InvalidInput, errs.ValidationFail, errs.VersionConflict, errs.MigrationNotPossible, errs.DefinitionUnavailable} {
		if !codes[c] && !t.Failed() {
			t.Errorf("no script gives %s", c)
		}
		if c.Status() == 500 {
			t.Errorf("%s has no HTTP status", c)
		}
	}
	for _, k := range Commands() {
		if !kinds[k] && !t.Failed() {
			t.Errorf("no script has the command %s", k)
		}
	}
}

type stage struct {
	t      *testing.T
	w      *world
	st     *State
	now    time.Time
	log    []Entry
	past   []step
	first  string // process of the first definition
	out    strings.Builder
	codes  map[errs.Code]bool
	kinds  map[string]bool
	boxes  string
	before string
}

type step struct {
	cmd Command
	now time.Time
}

func runScript(t *testing.T, file string, codes map[errs.Code]bool, kinds map[string]bool) {
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(raw), "\n---\n")
	s := &stage{t: t, w: newWorld(), now: time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC), codes: codes, kinds: kinds} // Monday 09:00 in Shanghai
	head := ""
	for i, p := range parts[:len(parts)-1] {
		var lines []string
		for _, l := range strings.Split(p, "\n") {
			if strings.HasPrefix(l, "#") && i == 0 {
				head += l + "\n"
				continue
			}
			lines = append(lines, l)
		}
		d, err := s.w.add([]byte(strings.Join(lines, "\n")))
		if err != nil {
			t.Fatalf("definition %d: %v", i+1, err)
		}
		if i == 0 {
			s.first = d.Key
		}
	}
	if head == "" {
		t.Errorf("the file does not say what it shows")
	}
	for _, l := range strings.Split(parts[len(parts)-1], "\n") {
		if l == "" || strings.HasPrefix(l, "  ") {
			continue
		}
		fmt.Fprintln(&s.out, l)
		s.line(l)
	}
	got := strings.Join(parts[:len(parts)-1], "\n---\n") + "\n---\n" + s.out.String()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != string(raw) {
		t.Errorf("%s differs:\n%s", file, firstDifference(string(raw), got))
	}
	s.replay()
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range g {
		if i >= len(w) || w[i] != g[i] {
			return fmt.Sprintf("line %d\nwant %s\ngot  %s", i+1, strings.Join(w[min(i, len(w)):min(i+4, len(w))], "\n     "), strings.Join(g[i:min(i+4, len(g))], "\n     "))
		}
	}
	return fmt.Sprintf("%d lines are missing", len(w)-len(g))
}

func (s *stage) printf(format string, args ...any) { fmt.Fprintf(&s.out, "  "+format+"\n", args...) }

func (s *stage) line(l string) {
	op, rest, _ := strings.Cut(l, " ")
	switch op {
	case "#":
	case ">":
		s.command(rest)
	case "+":
		s.pass(rest)
	case "record":
		name, v, _ := strings.Cut(rest, "=")
		s.w.record[name] = parseWord(v)
		s.w.rev++
	case "org":
		s.org(rest)
	default:
		s.t.Fatalf("what is %q?", l)
	}
}

func (s *stage) org(l string) {
	what, arg, _ := strings.Cut(l, " ")
	who, whom, _ := strings.Cut(arg, "=")
	switch what {
	case "gone":
		s.w.gone[who] = true
	case "manager":
		s.w.manager[who] = whom
	case "head":
		s.w.head[who] = whom
	case "standing":
		s.w.standing[who] = whom
	case "role":
		s.w.roles[who] = strings.Split(whom, ",")
	case "running":
		s.w.running = who
	case "broken":
		s.w.broken = who == "yes"
	default:
		s.t.Fatalf("what is org %q?", l)
	}
}

func parseWord(w string) any {
	var v any
	if json.Unmarshal([]byte(w), &v) == nil {
		return v
	}
	return w
}

// command reads "bob approve task=1 comment="fine"".
func (s *stage) command(l string) {
	words := approvaltest.Words(l)
	who, kind := words[0], words[1]
	fields := map[string]any{}
	actor := map[string]any{"type": "user", "id": who}
	switch {
	case who == "system":
		actor = map[string]any{"type": "system"}
	case strings.HasPrefix(who, "admin:"):
		actor = map[string]any{"type": "admin", "id": strings.TrimPrefix(who, "admin:")}
	}
	for _, w := range words[2:] {
		k, v, _ := strings.Cut(w, "=")
		switch {
		case k == "users" || k == "fields":
			fields[k] = strings.Split(v, ",")
		case k == "user" || k == "to" || k == "comment" || k == "reason":
			fields[k] = strings.Trim(v, `"`)
		default:
			fields[k] = parseWord(v)
		}
	}
	fields["kind"], fields["actor"] = kind, actor
	if kind == "submit" {
		for k, v := range map[string]any{"instance": "i1", "process": s.first, "record": "r1"} {
			if fields[k] == nil {
				fields[k] = v
			}
		}
	}
	raw, err := json.Marshal(fields)
	if err != nil {
		s.t.Fatal(err)
	}
	var cmd Command
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.DisallowUnknownFields()
	if err := d.Decode(&cmd); err != nil {
		s.t.Fatalf("%s: %v", l, err)
	}
	if cmd.IfFormHash == "now" {
		cmd.IfFormHash = s.st.FormHash
	}
	if cmd.IfFormHash == "before" {
		cmd.IfFormHash = s.before
	}
	s.run(cmd)
}

func (s *stage) run(cmd Command) {
	s.kinds[cmd.Kind] = true
	old := s.st
	was, _ := json.Marshal(old)
	st, audit, effects, err := Apply(old, cmd, s.now, s.w)
	if is, _ := json.Marshal(old); string(is) != string(was) {
		s.t.Errorf("%s changed the state that it was given", cmd.Kind)
	}
	if err != nil {
		s.codes[err.Code] = true
		if err.Message.En == "" || err.Message.Zh == "" || strings.Contains(err.Message.En+err.Message.Zh, "%!") {
			s.t.Errorf("the message of %s: %+v", err.Code, err.Message)
		}
		s.printf("! %s%s", err.Code, details(err))
		return
	}
	if st == old {
		s.printf("nothing happens")
		return
	}
	if old != nil && old.FormHash != st.FormHash {
		s.before = old.FormHash
	}
	s.past = append(s.past, step{cmd, s.now})
	s.st = throughJSON(s.t, st)
	s.log = append(s.log, audit...)
	for _, e := range audit {
		s.printf("%s", entryLine(e))
	}
	for _, e := range effects {
		if l := effectLine(e); l != "" {
			s.printf("= %s", l)
		}
	}
	s.w.apply(effects)
	s.check()
	if b := s.inbox(); b != s.boxes {
		s.boxes = b
		s.printf("@ %s", or(b, "nobody"))
	}
}

// check holds the state to the invariants after each command.
func (s *stage) check() {
	if err := Check(s.st, s.w.Definition(s.st.Def.Key, s.st.Def.Version)); err != nil {
		s.t.Error(err)
	}
	stored := throughJSON(s.t, &s.log)
	if err := CheckAudit(s.st, *stored); err != nil {
		s.t.Error(err)
	}
}

// replay runs the same commands against the same world again: the same state must come out. Only
// scripts that leave the world alone can be replayed.
func (s *stage) replay() {
	script := "\n" + s.out.String()
	if strings.Contains(script, "\norg ") || strings.Contains(script, "\nrecord ") || len(s.past) == 0 {
		return
	}
	w := newWorld()
	w.defs, w.latest = s.w.defs, s.w.latest
	var st *State
	for _, p := range s.past {
		next, _, effects, err := Apply(st, p.cmd, p.now, w)
		if err != nil {
			s.t.Fatalf("replay of %s: %v", p.cmd.Kind, err)
		}
		w.apply(effects)
		st = next
	}
	if got, want := mustJSON(s.t, st), mustJSON(s.t, s.st); got != want {
		s.t.Errorf("a replay ends elsewhere:\n%s\n%s", got, want)
	}
}

func mustJSON(t testing.TB, v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func throughJSON[T any](t testing.TB, v *T) *T {
	out := new(T)
	if err := json.Unmarshal([]byte(mustJSON(t, v)), out); err != nil {
		t.Fatal(err)
	}
	return out
}

// pass lets time go by and fires timers when they are due.
func (s *stage) pass(d string) {
	dur, err := calendar.ParseDuration(d)
	if err != nil {
		s.t.Fatal(err)
	}
	end := s.now.Add(dur)
	for s.st != nil {
		var next *Timer
		for i := range s.st.Timers {
			if x := &s.st.Timers[i]; !x.At.After(end) && (next == nil || x.At.Before(next.At)) {
				next = x
			}
		}
		if next == nil {
			break
		}
		if next.At.After(s.now) {
			s.now = next.At
		}
		s.printf("%s timer %s", s.now.In(s.w.cal.Zone()).Format("Mon 15:04"), next.Key)
		s.run(Command{Kind: "timer", Actor: System, Timer: next.Key})
	}
	s.now = end
}

func (s *stage) inbox() string {
	var parts []string
	for _, u := range slices.Sorted(slices.Values(people)) {
		for _, t := range s.st.Inbox(u) {
			x := u + ":t" + strconv.Itoa(t.ID)
			if t.Status == Claimable {
				x += "?"
			}
			parts = append(parts, x)
		}
	}
	return strings.Join(parts, " ")
}

func details(e *errs.Error) string {
	var parts []string
	for _, k := range slices.Sorted(func(yield func(string) bool) {
		for k := range e.Details {
			if !yield(k) {
				return
			}
		}
	}) {
		if k == "formHash" || k == "rev" {
			continue
		}
		parts = append(parts, fmt.Sprintf("%s=%v", k, e.Details[k]))
	}
	if e.Field != "" {
		parts = append([]string{"on " + e.Field}, parts...)
	}
	if len(parts) == 0 {
		return ""
	}
	return " " + strings.Join(parts, " ")
}

func entryLine(e Entry) string {
	var b strings.Builder
	b.WriteString(e.Verb)
	if e.Node != "" {
		b.WriteString(" " + e.Node)
		if e.Visit > 0 {
			fmt.Fprintf(&b, "#%d", e.Visit)
		}
	}
	if e.Task > 0 {
		fmt.Fprintf(&b, " t%d", e.Task)
	}
	if e.Actor.Type == "system" && e.Task > 0 {
		b.WriteString(" by=system")
	}
	if e.Reason != "" {
		fmt.Fprintf(&b, " (%s)", e.Reason)
	}
	for _, k := range []string{"assignee", "user", "from", "to", "replacedBy", "kind", "status", "decision", "opinion", "round", "branches", "conditions", "rules", "users", "type", "method", "via", "code", "phase", "resume", "why", "mode", "cause", "fields", "child", "event", "incident"} {
		if v, ok := e.Data[k]; ok && v != nil && v != "" {
			fmt.Fprintf(&b, " %s=%v", k, v)
		}
	}
	if e.Comment != "" {
		fmt.Fprintf(&b, " %q", e.Comment)
	}
	return b.String()
}

func effectLine(e Effect) string {
	switch e.Kind {
	case SetTimer:
		return fmt.Sprintf("timer %s %s", e.Timer, e.At.In(newWorld().cal.Zone()).Format("Mon 15:04"))
	case DropTimer:
		return "drop timer " + e.Timer
	case SetLock:
		return "lock " + e.Lock
	case WriteRecord:
		return fmt.Sprintf("write %v for t%d", e.Data, e.Task)
	case RunActions:
		return fmt.Sprintf("actions %s visit=%d", or(e.Phase, e.Node), e.Visit)
	case StartChild:
		return fmt.Sprintf("start %s of %s as %s", e.Process, e.Record, e.Child)
	case EndChild:
		return "end " + e.Child
	case ChildDone:
		return fmt.Sprintf("tell %s: %s is %s", e.Parent, e.Child, e.Status)
	case SetStatus:
		return "status " + string(e.Status)
	case AddComment:
		return fmt.Sprintf("comment %v", e.Data["text"])
	case Notify:
		if e.Name != "task" && e.Name != "claimable" {
			return fmt.Sprintf("notify %s %v", e.Name, e.Users)
		}
	}
	return ""
}
