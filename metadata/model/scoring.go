package model

// Scoring is scorings/<name>.json: how records of an object are scored: how well they fit, by rules
// about the record, and how engaged they are, by points of events that fade. The engine
// score.compute computes it. Numbers are decimals as texts.
type Scoring struct {
	Schema string       `json:"$schema,omitempty" doc:"JSON Schema of this file, for editors" zh:"本文件的 JSON Schema，供编辑器使用"`
	Name   string       `json:"name" required:"true" form:"name" doc:"name of the model, as its file" zh:"评分模型名称，与文件名一致"`
	Label  Text         `json:"label" doc:"name for people" zh:"显示名称"`
	Object string       `json:"object" required:"true" form:"name" doc:"object whose records are scored" zh:"被评分的对象"`
	Fit    []ScoreFit   `json:"fit,omitempty" doc:"rules about the record: the points of those that are met are summed, and held between 0 and 100" zh:"画像规则：满足者积分相加，并限于 0 到 100"`
	Grades []ScoreBand  `json:"grades,omitempty" doc:"grades of the fit, from the highest down" zh:"画像等级，自高至低"`
	Groups []ScoreGroup `json:"groups,omitempty" doc:"groups of events" zh:"事件分组"`
	Events []ScoreRule  `json:"events,omitempty" doc:"rules of events, by the name that events carry" zh:"事件规则，按事件所带名称"`
	Min    string       `json:"min,omitempty" doc:"least engagement" zh:"行为分下限"`
	Max    string       `json:"max,omitempty" doc:"most engagement" zh:"行为分上限"`
	Total  string       `json:"total" required:"true" doc:"expression for the score, of fit and engagement; rounded to two digits" zh:"综合分表达式，可用 fit 与 engagement，保留两位小数"`
	Bands  []ScoreBand  `json:"bands,omitempty" doc:"bands of the score, from the highest down" zh:"综合分档，自高至低"`
	Pos    Positions    `json:"-"`
}

// ScoreFit is a rule about the record.
type ScoreFit struct {
	Name   string `json:"name" required:"true" form:"name" doc:"name of the rule" zh:"规则名称"`
	When   string `json:"when" required:"true" doc:"condition over the record" zh:"记录条件表达式"`
	Points string `json:"points" required:"true" doc:"points, also below 0" zh:"积分，可为负"`
}

// ScoreBand is a name for scores from a bound up.
type ScoreBand struct {
	Name string `json:"name" required:"true" doc:"name of the band, such as A" zh:"档位名称，如 A" schema:"{\"minLength\":1}"`
	Min  string `json:"min" required:"true" doc:"least score, this included" zh:"下限（含）"`
}

// ScoreGroup is a group of events that fade alike.
type ScoreGroup struct {
	Name          string `json:"name" required:"true" form:"name" doc:"name of the group" zh:"分组名称"`
	Cap           string `json:"cap,omitempty" doc:"the most that the group adds" zh:"分组上限"`
	Decay         string `json:"decay,omitempty" enum:"none,exponential,linear,window" doc:"how points fade; none unless given" zh:"衰减方式，默认不衰减"`
	Days          string `json:"days,omitempty" doc:"half-life, period or window, in days" zh:"半衰期、周期或窗口（天）"`
	Rate          string `json:"rate,omitempty" doc:"share of the points that goes in each period, where they fade linearly" zh:"线性衰减每周期的比例"`
	DecayNegative bool   `json:"decayNegative,omitempty" doc:"points below 0 fade, too" zh:"负分同样衰减"`
}

// ScoreRule is a rule of events.
type ScoreRule struct {
	Name  string `json:"name" required:"true" form:"name" doc:"name that events carry" zh:"事件所带的规则名称"`
	Group string `json:"group" required:"true" form:"name" doc:"group that the events are in" zh:"所属分组"`
	Cap   string `json:"cap,omitempty" doc:"the most that events of the rule add" zh:"规则上限"`
}
