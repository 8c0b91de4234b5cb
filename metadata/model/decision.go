package model

import "encoding/json"

// Decision is tables/<name>.json: a decision table, which gives outputs for inputs by the rows
// that hit. Expressions ask it by DECIDE, clients by decide.
//
// A cell of a row is a test of its input: an operator and what it compares with (">= 100",
// "in ('a', 'b')", "between 1 and 5", "is null"), "blank" or "not blank", a value ("'a'", "30"),
// or any condition over the inputs. An empty cell and "-" hold for everything. What a row gives
// are expressions over the inputs.
type Decision struct {
	Schema     string            `json:"$schema,omitempty" doc:"JSON Schema of this file, for editors" zh:"本文件的 JSON Schema，供编辑器使用"`
	Name       string            `json:"name" required:"true" form:"name" doc:"name of the table, as its file" zh:"决策表名称，与文件名一致"`
	Label      Text              `json:"label" doc:"name for people" zh:"显示名称"`
	Help       Text              `json:"help,omitempty" doc:"what the table decides" zh:"决策内容说明"`
	Object     string            `json:"object,omitempty" form:"name" doc:"object that the table is about: who may read its records may ask the table through the API; unless given, those who manage metadata" zh:"决策表所属对象：可读取其记录者可通过 API 查询；不填则仅元数据管理者"`
	Permission string            `json:"permission,omitempty" form:"name" doc:"permission on the object that is needed to ask the table through the API" zh:"通过 API 查询所需的对象权限"`
	Hit        string            `json:"hit" required:"true" enum:"unique,first,priority,rule_order,collect,collect_sum,collect_min,collect_max,collect_count" doc:"which rows count: the only one that hits, the first, the one with the highest priority, or all: as a list, in the order of the rows, summed, the least, the greatest or their number" zh:"命中策略：唯一、首个、优先级最高，或全部（列表、按行序、求和、最小、最大、计数）"`
	Inputs     []Field           `json:"inputs" required:"true" doc:"what the table is asked with, as fields" zh:"输入，按字段声明" schema:"{\"minItems\":1,\"maxItems\":32}"`
	Outputs    []Field           `json:"outputs" required:"true" doc:"what the table gives, as fields" zh:"输出，按字段声明" schema:"{\"minItems\":1,\"maxItems\":32}"`
	Rows       []DecisionRow     `json:"rows,omitempty" doc:"the rows that hold until the first version" zh:"首个版本生效前适用的规则行"`
	Versions   []DecisionVersion `json:"versions,omitempty" doc:"rows that replace all earlier ones from a day on" zh:"自某日起取代此前规则行的版本"`
	Otherwise  map[string]string `json:"otherwise,omitempty" doc:"what is given when no row hits: expressions by output" zh:"无命中时的输出：输出对应表达式"`
	Cases      []DecisionCase    `json:"cases,omitempty" doc:"cases that the table is held to before every publish" zh:"发布前必须通过的用例"`
	Pos        Positions         `json:"-"`
}

// DecisionVersion are the rows from a day on.
type DecisionVersion struct {
	From string        `json:"from" required:"true" doc:"first day, such as 2026-01-01, in the tenant's time zone" zh:"生效日（租户时区），如 2026-01-01"`
	Rows []DecisionRow `json:"rows" required:"true" doc:"the rows" zh:"规则行"`
}

// DecisionRow is one row.
type DecisionRow struct {
	Name     string            `json:"name" required:"true" form:"name" doc:"name of the row, which traces tell" zh:"规则行名称，用于追踪"`
	When     map[string]string `json:"when,omitempty" doc:"tests by input; an input without one may have any value" zh:"各输入的条件；未列出的输入不限"`
	Then     map[string]string `json:"then" required:"true" doc:"what the row gives: expressions by output" zh:"输出：输出对应表达式"`
	Priority int               `json:"priority,omitempty" doc:"of rows that hit, that with the highest counts; 0 unless given" zh:"优先级，高者优先，默认 0"`
}

// DecisionCase is one case of a table.
type DecisionCase struct {
	Given map[string]json.RawMessage `json:"given" required:"true" doc:"values by input" zh:"各输入的值"`
	On    string                     `json:"on,omitempty" doc:"day on which the table is asked, such as 2026-01-01; only for tables with versions" zh:"查询日，仅用于有版本的表"`
	Rows  []string                   `json:"rows,omitempty" doc:"names of the rows that must hit" zh:"应命中的规则行"`
	Then  map[string]json.RawMessage `json:"then,omitempty" doc:"values that must come out, by output" zh:"应得到的输出"`
}
