package resolve

import (
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/value"
)

const (
	// maxOfSchedule bounds what a schedule makes up for, and after how many failures it stops.
	maxOfSchedule = 100
	maxJitter     = 12 * time.Hour
)

// schedule looks at a trigger by the clock.
func (c *flowCheck) schedule(t *model.FlowTrigger) {
	if _, err := clock.ParseCron(t.Cron); err != nil {
		c.errorf("bad-flow", "trigger.cron", "%q is no schedule: %s", "%q 不是有效的 cron 表达式：%s", t.Cron, err)
	}
	c.overlap(t)
	if t.CatchUpMax != 0 && t.CatchUp != "all" {
		c.errorf("bad-flow", "trigger.catchUpMax", "only catchUp all makes up for more than one moment", "只有 catchUp 为 all 时才会补多次")
	}
	for key, n := range map[string]int{"catchUpMax": t.CatchUpMax, "pauseAfterFailures": t.PauseAfterFailures} {
		if n < 0 || n > maxOfSchedule {
			c.errorf("bad-flow", "trigger."+key, "%s is from 1 to %d", "%s 须为 1 到 %d", key, maxOfSchedule)
		}
	}
	if t.Jitter != "" {
		p := c.period(t.Jitter, "trigger.jitter", clock.Period{})
		if p.Years != 0 || p.Months != 0 || p.Days != 0 || p.Time > maxJitter {
			c.errorf("bad-flow", "trigger.jitter", "a run begins at most 12 hours later", "运行最多推迟 12 小时")
		}
	}
	c.window(t)
	c.zone(t)
}

// overlap reads what becomes of a moment while an earlier run goes on. Runs that wait for each other share a
// limit of one, as those of settings do.
func (c *flowCheck) overlap(t *model.FlowTrigger) {
	if t.Overlap != "queue" {
		return
	}
	if c.f.Limit != nil || c.flow.Settings.Ordering != "" {
		c.errorf("bad-flow", "trigger.overlap", "runs that come one after the other need no other limit", "依次进行的运行不能再设并发限制")
		return
	}
	c.f.Limit = &catalog.FlowLimit{Max: 1, OnLimit: "queue"}
}

// window looks at for how long what was missed is made up for.
func (c *flowCheck) window(t *model.FlowTrigger) {
	if t.CatchUpWindow == "" {
		return
	}
	c.period(t.CatchUpWindow, "trigger.catchUpWindow", clock.Period{})
	if t.CatchUp == "none" {
		c.errorf("bad-flow", "trigger.catchUpWindow", "with catchUp none nothing is made up for", "catchUp 为 none 时不补运行")
	}
}

func (c *flowCheck) date(t *model.FlowTrigger) {
	if c.f.Field = c.field(c.f.Object, t.Field, "trigger.field"); c.f.Field != nil {
		if k := columnKind(c.f.Field.Store.Type); c.f.Field.Column == "" || k != value.KindDate && k != value.KindDateTime {
			c.errorf("bad-flow", "trigger.field", "%s holds no date that is stored", "%s 不是存储的日期字段", t.Field)
		}
	}
	if t.Offset != "" {
		if _, err := clock.ParsePeriod(strings.TrimPrefix(t.Offset, "-")); err != nil {
			c.errorf("bad-flow", "trigger.offset", "%q is no duration such as -P3D", "%q 不是时长，如 -P3D", t.Offset)
		}
	}
	if t.At != "" {
		if _, err := time.Parse("15:04", t.At); err != nil {
			c.errorf("bad-flow", "trigger.at", "%q is no time such as 09:00", "%q 不是时刻，如 09:00", t.At)
		}
	}
	c.window(t)
	c.zone(t)
}

func (c *flowCheck) zone(t *model.FlowTrigger) {
	if t.Zone != "" {
		if _, err := time.LoadLocation(t.Zone); err != nil || t.Zone == "Local" {
			c.errorf("bad-flow", "trigger.zone", "%q is no time zone", "%q 不是时区", t.Zone)
		}
	}
}
