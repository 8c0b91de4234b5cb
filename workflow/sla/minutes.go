package sla

import (
	"time"

	"github.com/tenon-platform/tenon/metadata/engine"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/action"
)

// minutes is calendar.minutes.
type minutes struct{}

// Signature declares the engine.
func (minutes) Signature() *engine.Signature {
	return &engine.Signature{Name: "calendar.minutes",
		Doc: diag.Text{En: "Counts the business minutes between two moments.", Zh: "计算两个时刻之间的工作分钟数。"},
		Params: []engine.Param{
			{Name: "from", Kind: value.KindDateTime, Required: true, Doc: diag.Text{En: "the earlier moment; null gives null", Zh: "较早时刻，空则结果为空"}},
			{Name: "to", Kind: value.KindDateTime, Doc: diag.Text{En: "the later one; now unless given", Zh: "较晚时刻，默认当前"}},
			{Name: "calendar", Kind: value.KindRef, Doc: diag.Text{En: "calendar that counts; the default one unless given, and around the clock where there is none", Zh: "计时日历，默认为默认日历；没有则全天候"}}},
		Results: []engine.Result{{Name: "minutes", Kind: value.KindInt, Doc: diag.Text{En: "whole business minutes", Zh: "整工作分钟数"}}}}
}

// Run counts.
func (minutes) Run(c *action.Call) (map[string]value.Value, error) {
	from, err := c.Value("from")
	if err != nil || from.IsNull() {
		return map[string]value.Value{"minutes": value.Null}, err
	}
	to, err := c.ValueOr("to", c.Now())
	if err != nil {
		return nil, err
	}
	cal, err := c.Value("calendar")
	if err != nil {
		return nil, err
	}
	h, _, err := HoursOf(c.Session, cal)
	if err != nil {
		return nil, err
	}
	return map[string]value.Value{"minutes": value.Int(int64(h.Between(from.AsTime(), to.AsTime()) / time.Minute))}, nil
}
