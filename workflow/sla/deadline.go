package sla

import (
	"time"

	"github.com/tenon-platform/tenon/metadata/engine"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/action"
	"github.com/tenon-platform/tenon/workflow/calendar"
)

// deadline is calendar.deadline.
type deadline struct{}

// Signature declares the engine.
func (deadline) Signature() *engine.Signature {
	return &engine.Signature{Name: "calendar.deadline",
		Doc: diag.Text{En: "Tells when days, in calendar or business days, or business minutes from a moment are over.", Zh: "计算自某时刻起若干自然日、工作日或工作分钟后的时刻。"},
		Params: []engine.Param{
			{Name: "from", Kind: value.KindDateTime, Required: true, Doc: diag.Text{En: "the moment; null gives null", Zh: "起始时刻，空则结果为空"}},
			{Name: "days", Kind: value.KindInt, Doc: diag.Text{En: "days; null gives null", Zh: "天数，空则结果为空"}},
			{Name: "business", Kind: value.KindBool, Doc: diag.Text{En: "condition: the days are business days", Zh: "条件：按工作日计算"}},
			{Name: "minutes", Kind: value.KindInt, Doc: diag.Text{En: "business minutes, in place of days", Zh: "工作分钟数，代替天数"}},
			{Name: "calendar", Kind: value.KindRef, Doc: diag.Text{En: "calendar that counts; the default one unless given, and around the clock where there is none", Zh: "计时日历，默认为默认日历；没有则全天候"}}},
		Results: []engine.Result{
			{Name: "at", Kind: value.KindDateTime, Doc: diag.Text{En: "the end", Zh: "截止时刻"}},
			{Name: "over", Kind: value.KindBool, Doc: diag.Text{En: "that is reached", Zh: "是否已到"}}}}
}

// maxDays is a hundred years.
const maxDays = 36_600

// Run computes.
func (deadline) Run(c *action.Call) (map[string]value.Value, error) {
	got := map[string]value.Value{}
	for _, name := range []string{"from", "days", "business", "minutes", "calendar"} {
		v, err := c.Value(name)
		if err != nil {
			return nil, err
		}
		got[name] = v
	}
	none := map[string]value.Value{"at": value.Null, "over": value.Bool(false)}
	from, days, minutes := got["from"], got["days"], got["minutes"]
	if from.IsNull() || days.IsNull() && minutes.IsNull() {
		return none, nil
	}
	if days.Int() < 0 || days.Int() > maxDays || minutes.Int() < 0 || minutes.Int() > maxMinutes {
		return nil, errs.New(errs.InvalidInput, "a deadline is 0 to %d days or 0 to %d minutes away", "截止时间须在 0 到 %d 天或 0 到 %d 分钟内", maxDays, maxMinutes)
	}
	at := from.AsTime()
	h, _, err := HoursOf(c.Session, got["calendar"])
	if err != nil {
		return nil, err
	}
	cal, has := h.(*calendar.Calendar)
	business := got["business"].Kind() == value.KindBool && got["business"].Bool()
	switch {
	case !minutes.IsNull():
		at = h.Add(at, time.Duration(minutes.Int())*time.Minute)
	case business && has:
		at = cal.AddDays(at, int(days.Int()))
	default:
		at = at.In(c.Zone()).AddDate(0, 0, int(days.Int())).UTC()
	}
	return map[string]value.Value{"at": value.Instant(at), "over": value.Bool(!c.Now().AsTime().Before(at))}, nil
}
