package model

// NoOverlap holds records apart in time: no two with the same keys have ranges that overlap. Ranges
// of dates include both ends, ranges of moments begin with the first and end before the last; an
// empty end is open.
type NoOverlap struct {
	Name    string   `json:"name" required:"true" form:"name" doc:"name of the constraint" zh:"约束名称"`
	Fields  []string `json:"fields,omitempty" doc:"fields that two records must share to collide" zh:"判定冲突所须相同的字段"`
	Trees   []string `json:"trees,omitempty" doc:"lookups into trees: records at or below one another's place share it" zh:"指向树的查找字段：同节点或上下级视为相同"`
	From    string   `json:"from" required:"true" doc:"field with the first date or moment" zh:"起始日期或时刻字段"`
	To      string   `json:"to" required:"true" doc:"field with the last date, or the moment after the end" zh:"截止日期，或结束后的时刻字段"`
	Where   string   `json:"where,omitempty" doc:"condition: only records that meet it are held apart" zh:"条件表达式：仅对满足条件的记录生效"`
	When    string   `json:"when,omitempty" doc:"condition over both records, the one that is there being other: only then do they collide" zh:"涉及两条记录的条件（已有记录为 other）：仅当为真时冲突"`
	Message Text     `json:"message,omitempty" doc:"what to say" zh:"冲突时的提示"`
}
