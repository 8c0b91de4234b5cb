package sla

import (
	"fmt"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/engine"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/action"
	"github.com/tenon-platform/tenon/runtime/query"
	"github.com/tenon-platform/tenon/runtime/record"
)

// Engines are the engines of this package.
func Engines() []action.Engine {
	return []action.Engine{start{}, check{}, deadline{}, minutes{},
		move{"sla.pause", diag.Text{En: "Pauses the open clock of the record.", Zh: "暂停记录的时钟。"}, func(k *Clock, _ Hours, at time.Time) { k.Pause(at) }},
		move{"sla.resume", diag.Text{En: "Goes on with the paused clock of the record: what was left is left again.", Zh: "恢复记录的时钟，剩余时间不变。"}, (*Clock).Resume},
		move{"sla.stop", diag.Text{En: "Ends the open clock of the record: met up to its due time, else breached.", Zh: "结束记录的时钟：到期前为达成，否则为超时。"}, (*Clock).Stop},
		move{"sla.cancel", diag.Text{En: "Ends the open clock of the record without a verdict.", Zh: "取消记录的时钟。"}, func(k *Clock, _ Hours, _ time.Time) { k.Cancel() }},
		move{"sla.state", diag.Text{En: "Tells of the latest clock of the record.", Zh: "查询记录最近的时钟。"}, nil}}
}

// named are the parameters that say which clock.
func named(more ...engine.Param) []engine.Param {
	return append([]engine.Param{
		{Name: "policy", Form: engine.Word, Required: true, Doc: diag.Text{En: "the policy that promises, as one word", Zh: "策略名称"}},
		{Name: "milestone", Form: engine.Word, Required: true, Doc: diag.Text{En: "what is promised, as one word", Zh: "里程碑名称"}},
		{Name: "of", Kind: value.KindRef, Doc: diag.Text{En: "record that the clock is about; the action's own unless given", Zh: "时钟所属记录，默认为操作的记录"}},
	}, more...)
}

var results = []engine.Result{
	{Name: "state", Kind: value.KindText, Doc: diag.Text{En: "on_track, at_risk, paused, met, breached or cancelled; null: there is no clock", Zh: "状态：正常、预警、暂停、达成、超时或取消；空表示没有时钟"}},
	{Name: "due_at", Kind: value.KindDateTime, Doc: diag.Text{En: "when it is due", Zh: "到期时刻"}},
	{Name: "warn_at", Kind: value.KindDateTime, Doc: diag.Text{En: "when to warn", Zh: "预警时刻"}},
	{Name: "minutes_left", Kind: value.KindInt, Doc: diag.Text{En: "business minutes until it is due; below 0 when that is over; null once it has ended", Zh: "距到期的工作分钟数，已过为负；结束后为空"}},
}

// start is sla.start.
type start struct{}

// Signature declares the engine.
func (start) Signature() *engine.Signature {
	return &engine.Signature{Name: "sla.start", Serves: []string{catalog.RoleSLAClock},
		Doc: diag.Text{En: "Starts a clock for the record, unless one of the same policy and milestone is open.", Zh: "为记录启动时钟；同策略同里程碑已有未结束时钟时不再启动。"},
		Params: named(
			engine.Param{Name: "minutes", Kind: value.KindInt, Required: true, Doc: diag.Text{En: "business minutes that are promised", Zh: "承诺的工作分钟数"}},
			engine.Param{Name: "warn", Kind: value.KindInt, Doc: diag.Text{En: "per cent of them after which to warn; 75 unless given", Zh: "预警百分比，默认 75"}},
			engine.Param{Name: "calendar", Kind: value.KindRef, Doc: diag.Text{En: "calendar that counts; the default one unless given, and around the clock where there is none", Zh: "计时日历，默认为默认日历；没有则全天候"}}),
		Results: results}
}

// maxMinutes is ten years around the clock.
const maxMinutes = 10 * 366 * 24 * 60

// Run starts.
func (start) Run(c *action.Call) (map[string]value.Value, error) {
	t, err := find(c)
	if err != nil {
		return nil, err
	}
	minutes, err := c.Value("minutes")
	if err != nil {
		return nil, err
	}
	warn, err := c.ValueOr("warn", value.Int(75))
	if err != nil {
		return nil, err
	}
	cal, err := c.Value("calendar")
	if err != nil {
		return nil, err
	}
	if t.found && (t.clock.Status == Running || t.clock.Status == Paused) {
		return t.results()
	}
	if minutes.IsNull() || minutes.Int() < 0 || minutes.Int() > maxMinutes || warn.Int() < 0 || warn.Int() > 100 {
		return nil, errs.New(errs.InvalidInput, "a clock promises 0 to %d minutes, and warns after 0 to 100 per cent of them", "时钟承诺 0 到 %d 分钟，预警百分比为 0 到 100", maxMinutes)
	}
	if t.hours, t.calendar, err = HoursOf(c.Session, cal); err != nil {
		return nil, err
	}
	t.found = false
	t.clock = Start(t.hours, c.Now().AsTime(), time.Duration(minutes.Int())*time.Minute, int(warn.Int()))
	if err := t.save(); err != nil {
		return nil, err
	}
	return t.results()
}

// move is an engine that moves the open clock of a record on. Without one it does nothing.
type move struct {
	name string
	doc  diag.Text
	to   func(k *Clock, h Hours, at time.Time) // nil: it only tells
}

// Signature declares the engine.
func (m move) Signature() *engine.Signature {
	return &engine.Signature{Name: m.name, Serves: []string{catalog.RoleSLAClock}, Doc: m.doc, Params: named(), Results: results}
}

// Run moves.
func (m move) Run(c *action.Call) (map[string]value.Value, error) {
	t, err := find(c)
	if err != nil || !t.found {
		return map[string]value.Value{}, err
	}
	if open := t.clock.Status == Running || t.clock.Status == Paused || t.clock.Status == Breached && t.clock.Stopped.IsZero(); m.to != nil && open {
		was := t.clock
		if m.to(&t.clock, t.hours, c.Now().AsTime()); t.clock != was {
			if err := t.save(); err != nil {
				return nil, err
			}
		}
	}
	return t.results()
}

// check is sla.check.
type check struct{}

// Signature declares the engine.
func (check) Signature() *engine.Signature {
	return &engine.Signature{Name: "sla.check", Serves: []string{catalog.RoleSLAClock},
		Doc:     diag.Text{En: "Breaches a clock whose due time is over, and keeps who owned the record then. The clock is the action's record.", Zh: "将已过期的时钟置为超时并记录当时的负责人；时钟即操作的记录。"},
		Results: append([]engine.Result{{Name: "breached", Kind: value.KindBool, Doc: diag.Text{En: "it was breached now", Zh: "本次是否置为超时"}}}, results...)}
}

// Run checks.
func (check) Run(c *action.Call) (map[string]value.Value, error) {
	t := &task{c: c.Session, obj: c.Catalog().Serving(catalog.RoleSLAClock)}
	if c.Record.Object() != t.obj {
		return nil, errs.New(errs.InvalidInput, "the action's record is no clock", "操作的记录不是时钟")
	}
	if err := t.take(c.Record); err != nil {
		return nil, err
	}
	now := t.clock.Check(c.Now().AsTime())
	if now {
		if err := t.save(); err != nil {
			return nil, err
		}
	}
	out, err := t.results()
	out["breached"] = value.Bool(now)
	return out, err
}

// task is one clock being worked on.
type task struct {
	c        *record.Session
	obj      *catalog.Object
	found    bool
	rec      record.Record
	clock    Clock
	hours    Hours
	calendar value.Value // id; null: around the clock

	policy, milestone, object, record string
}

// find finds the latest clock of the record, by its policy and milestone.
func find(c *action.Call) (*task, error) {
	t := &task{c: c.Session, obj: c.Catalog().Serving(catalog.RoleSLAClock), policy: c.Word("policy"), milestone: c.Word("milestone")}
	o, id, err := c.Parent("of")
	if err != nil {
		return nil, err
	}
	t.object, t.record = o.Name, fmt.Sprintf("%s_%d", o.IDPrefix, id)
	eq := func(name string, n int) driver.Expr {
		return driver.Cmp{Op: driver.Eq, L: t.obj.Field(name).Col(), R: driver.Param{N: n}}
	}
	rs, err := c.Select("sla.clock", t.obj, func() driver.Expr {
		return driver.And{Args: []driver.Expr{eq("object_name", 0), eq("record_id", 1), eq("policy_code", 2), eq("milestone", 3)}}
	}, []driver.Order{{Expr: driver.Col{Name: catalog.ID}}}, value.Text(t.object), value.Text(t.record), value.Text(t.policy), value.Text(t.milestone))
	if err != nil || len(rs) == 0 {
		return t, err
	}
	return t, t.take(rs[len(rs)-1])
}

// take reads a clock from its record.
func (t *task) take(rec record.Record) error {
	get := func(name string) value.Value { return rec.Get(t.obj.Field(name)) }
	moment := func(name string) time.Time {
		if v := get(name); !v.IsNull() {
			return v.AsTime()
		}
		return time.Time{}
	}
	t.found, t.rec = true, rec
	t.clock = Clock{Target: time.Duration(get("target_minutes").Int()) * time.Minute, Status: Status(get("status").Text()), Started: moment("started_at"),
		Warn: moment("warn_at"), Due: moment("due_at"), Paused: moment("paused_at"), Stopped: moment("completed_at"), Breached: moment("breached_at")}
	t.object, t.record = get("object_name").Text(), get("record_id").Text()
	t.hours, t.calendar = Always{}, get("calendar_id")
	var err error
	if !t.calendar.IsNull() {
		t.hours, _, err = HoursOf(t.c, t.calendar)
	}
	return err
}

// save writes the clock to its record.
func (t *task) save() error {
	moment := func(at time.Time) value.Value {
		if at.IsZero() {
			return value.Null
		}
		return value.Instant(at)
	}
	k := &t.clock
	used := k.Used(t.hours, t.c.Now().AsTime())
	byName := map[string]value.Value{"status": value.Text(string(k.Status)), "warn_at": moment(k.Warn), "due_at": moment(k.Due), "paused_at": moment(k.Paused),
		"completed_at": moment(k.Stopped), "breached_at": moment(k.Breached),
		"consumed_minutes": value.Div(value.Int(used.Microseconds()), value.Int(time.Minute.Microseconds()))}
	if k.Status == Breached && t.found && t.rec.Get(t.obj.Field("status")).Text() != string(Breached) {
		owner, err := t.owner()
		if err != nil {
			return err
		}
		byName["owner_at_breach_id"] = owner
	}
	if !t.found {
		for name, v := range map[string]value.Value{"policy_code": value.Text(t.policy), "milestone": value.Text(t.milestone), "object_name": value.Text(t.object),
			"record_id": value.Text(t.record), "calendar_id": t.calendar, "target_minutes": value.Int(int64(k.Target / time.Minute)), "started_at": moment(k.Started)} {
			byName[name] = v
		}
	}
	vals := map[*catalog.Field]value.Value{}
	for name, v := range byName {
		vals[t.obj.Field(name)] = v
	}
	var err error
	if t.found {
		t.rec, err = t.c.Update(t.rec, vals)
	} else {
		t.rec, err = t.c.Create(t.obj, vals)
		t.found = err == nil
	}
	return err
}

// owner is who owns the record that the clock is about; null when it is gone.
func (t *task) owner() (value.Value, error) {
	_, id, ok := query.SplitID(t.record)
	o := t.c.Catalog().Object(t.object)
	if !ok || o == nil {
		return value.Null, nil
	}
	rec, ok, err := t.c.Find(o, id)
	if err != nil || !ok {
		return value.Null, err
	}
	return rec.Get(o.Field(catalog.Owner)), nil
}

func (t *task) results() (map[string]value.Value, error) {
	now := t.c.Now().AsTime()
	out := map[string]value.Value{"state": value.Text(t.clock.State(now)), "due_at": value.Instant(t.clock.Due), "warn_at": value.Instant(t.clock.Warn), "minutes_left": value.Null}
	if t.clock.Status == Running || t.clock.Status == Paused {
		left := t.clock.Target - t.clock.Used(t.hours, now)
		minutes := int64(left / time.Minute)
		if left < 0 && left%time.Minute != 0 {
			minutes--
		}
		out["minutes_left"] = value.Int(minutes)
	}
	return out, nil
}
