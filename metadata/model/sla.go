package model

// SLA is slas/<name>.json: what is promised about records of an object, and in how much business
// time. The platform starts, pauses and ends a clock for each milestone as records are written, and
// runs flows when a clock warns or is breached.
//
// A milestone starts at a moment, or while a condition is true. A moment that changes begins the
// milestone anew; one that becomes null, or a condition that becomes false, ends its clock without a
// verdict. It is met when its stop comes no later than it is due.
type SLA struct {
	Schema     string         `json:"$schema,omitempty" doc:"JSON Schema of this file, for editors" zh:"本文件的 JSON Schema，供编辑器使用"`
	Name       string         `json:"name" required:"true" form:"name" doc:"name of the policy, as its file" zh:"策略名称，与文件名一致"`
	Label      Text           `json:"label" doc:"name for people" zh:"显示名称"`
	Help       Text           `json:"help,omitempty" doc:"what is promised" zh:"承诺说明"`
	Object     string         `json:"object" required:"true" form:"name" doc:"object of the records" zh:"记录所属对象"`
	When       string         `json:"when,omitempty" doc:"condition: other records are promised nothing" zh:"条件表达式：不满足的记录不计时"`
	PauseWhen  string         `json:"pauseWhen,omitempty" doc:"condition while which clocks are paused" zh:"为真时暂停计时的条件"`
	Calendar   string         `json:"calendar,omitempty" doc:"code of the calendar that counts; that of the record's owner unless given, then the default one" zh:"计时日历编码；默认依次为记录所有者的日历、默认日历"`
	Status     string         `json:"status,omitempty" doc:"picklist of the record that shows its worst clock: none, on_track, at_risk, breached, met or paused" zh:"显示最差时钟状态的选项字段：none、on_track、at_risk、breached、met、paused"`
	Milestones []SLAMilestone `json:"milestones" required:"true" doc:"what is promised, each with a clock of its own" zh:"里程碑，各自计时" schema:"{\"minItems\":1,\"maxItems\":20}"`
	Pos        Positions      `json:"-"`
}

// SLAMilestone is one promise.
type SLAMilestone struct {
	Name     string     `json:"name" required:"true" form:"name" doc:"name of the milestone" zh:"里程碑名称"`
	Label    Text       `json:"label" doc:"name for people" zh:"显示名称"`
	Start    string     `json:"start" required:"true" doc:"moment at which the clock starts, or condition while which there is one" zh:"开始时刻，或需要计时的条件"`
	Stop     string     `json:"stop" required:"true" doc:"moment at which the promise is kept, or condition of it" zh:"达成时刻或条件"`
	Target   string     `json:"target" required:"true" doc:"business minutes that are promised, an expression; null: nothing is promised" zh:"承诺的工作分钟数（表达式），空表示不计时"`
	Calendar string     `json:"calendar,omitempty" doc:"code of the calendar that counts, in place of the policy's" zh:"计时日历编码，优先于策略"`
	Warn     int        `json:"warn,omitempty" doc:"per cent of the target after which to warn; 75 unless given" zh:"预警百分比，默认 75" schema:"{\"minimum\":0,\"maximum\":100}"`
	OnWarn   string     `json:"onWarn,omitempty" form:"name" doc:"flow that is run for the record when it is time to warn" zh:"预警时运行的自动化"`
	OnBreach string     `json:"onBreach,omitempty" form:"name" doc:"flow that is run for the record when the due time is over" zh:"超时时运行的自动化"`
	After    []SLAAfter `json:"after,omitempty" doc:"what is done while the promise stays broken, in order" zh:"超时后持续未达成时依次执行" schema:"{\"maxItems\":20}"`
}

// SLAAfter is what follows some time after a breach.
type SLAAfter struct {
	Minutes int    `json:"minutes" required:"true" doc:"business minutes after the due time" zh:"超时后的工作分钟数" schema:"{\"minimum\":1}"`
	Flow    string `json:"flow" required:"true" form:"name" doc:"flow that is run for the record" zh:"运行的自动化"`
}
