package model

import "encoding/json"

// Action is objects/<object>/actions/<name>.json: a verb that the API offers on the records of an
// object. Its checks and steps run in one transaction; when one refuses, nothing has happened.
//
// Expressions of an action read the fields of the record by name, what the caller gave as
// input.<name>, and what an earlier step named s has given as s.<name>.
type Action struct {
	Schema      string            `json:"$schema,omitempty" doc:"JSON Schema of this file, for editors" zh:"本文件的 JSON Schema，供编辑器使用"`
	Name        string            `json:"name" required:"true" form:"name" doc:"name of the action, as its file" zh:"操作名称，与文件名一致"`
	Label       Text              `json:"label" doc:"name for people" zh:"显示名称"`
	Help        Text              `json:"help,omitempty" doc:"what the action does" zh:"操作说明"`
	On          string            `json:"on,omitempty" enum:"record,object" doc:"what it is done with: one record (the default), or the object as a whole" zh:"操作目标：单条记录（默认）或整个对象"`
	Permission  string            `json:"permission,omitempty" form:"name" doc:"permission that the caller needs; unless given, whoever may change the record may do it" zh:"所需权限；不填则凡可修改该记录者均可执行"`
	Input       []Field           `json:"input,omitempty" doc:"what the caller gives, as fields" zh:"调用者提供的输入，按字段声明"`
	Errors      []ActionError     `json:"errors,omitempty" doc:"reasons for which the action refuses" zh:"操作拒绝执行的原因"`
	Checks      []ActionCheck     `json:"checks,omitempty" doc:"preconditions, in order: the first that fails is answered" zh:"前置检查，按顺序执行，返回首个不通过项"`
	Steps       []ActionStep      `json:"steps,omitempty" doc:"what is done, in order" zh:"依次执行的步骤"`
	ExtendAfter string            `json:"extendAfter,omitempty" doc:"name of the step after which the steps of extensions go; after the last unless given" zh:"扩展步骤所跟随的步骤名称，默认在最后"`
	Result      map[string]string `json:"result,omitempty" doc:"what is answered besides the record: expressions by name" zh:"除记录外返回的结果：名称对应表达式"`
	Object      string            `json:"-"` // from the path
	Pos         Positions         `json:"-"`
}

// ActionExtension is what an extension adds to an action of another package: further input, and steps
// that belong to the same transaction. Its expressions read all that the action's own do at that point.
type ActionExtension struct {
	Input  []Field           `json:"input,omitempty" doc:"further input; none of it is required" zh:"新增输入，均不可必填"`
	Errors []ActionError     `json:"errors,omitempty" doc:"further reasons to refuse" zh:"新增拒绝原因"`
	Checks []ActionCheck     `json:"checks,omitempty" doc:"further preconditions, after the action's own" zh:"新增前置检查，位于原有检查之后"`
	Steps  []ActionStep      `json:"steps,omitempty" doc:"further steps: after the step that the action says, else after its own" zh:"新增步骤：位于操作所指定的步骤之后，否则在其全部步骤之后"`
	Result map[string]string `json:"result,omitempty" doc:"further answers: expressions by name" zh:"新增结果：名称对应表达式"`
}

// ActionError is a declared reason to refuse.
type ActionError struct {
	Code    string `json:"code" required:"true" form:"code" doc:"what programs know the reason by, such as SOLD_OUT" zh:"供程序识别的原因代码，如 SOLD_OUT"`
	Message Text   `json:"message" required:"true" doc:"what to say" zh:"提示信息"`
}

// ActionCheck refuses the action while its condition is true.
type ActionCheck struct {
	When  string `json:"when" required:"true" doc:"condition that is true of what is refused" zh:"为真时拒绝的条件表达式"`
	Error string `json:"error" required:"true" doc:"code of the declared error" zh:"所声明错误的代码"`
}

// ActionStep does one thing: calls an engine, writes a record, or refuses.
type ActionStep struct {
	Name   string                     `json:"name,omitempty" form:"name" doc:"what later expressions call its results by" zh:"后续表达式引用本步骤结果的名称"`
	When   string                     `json:"when,omitempty" doc:"condition without which the step is left out" zh:"仅当条件为真时执行"`
	Call   string                     `json:"call,omitempty" doc:"engine that is called, such as counter.take" zh:"调用的引擎，如 counter.take"`
	With   map[string]json.RawMessage `json:"with,omitempty" doc:"arguments of the engine, by name" zh:"引擎参数，按名称"`
	Errors map[string]string          `json:"errors,omitempty" doc:"refusals of the engine, each with the code of the declared error that is answered" zh:"引擎拒绝原因与所声明错误代码的对应"`
	Create string                     `json:"create,omitempty" doc:"object of which a record is created" zh:"创建记录的对象"`
	Update string                     `json:"update,omitempty" doc:"expression for the record that is changed: id for the action's own, or a lookup" zh:"被修改记录的表达式：id 表示操作的记录，或查找字段"`
	Delete string                     `json:"delete,omitempty" doc:"expression for the record that is deleted" zh:"被删除记录的表达式"`
	Set    map[string]string          `json:"set,omitempty" doc:"values that are written: expressions by field" zh:"写入的值：字段对应表达式"`
	Refuse string                     `json:"refuse,omitempty" doc:"condition that is true of what is refused here" zh:"为真时在此拒绝的条件表达式"`
	Error  string                     `json:"error,omitempty" doc:"code of the declared error of refuse" zh:"refuse 所用错误的代码"`
}
