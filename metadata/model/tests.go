package model

import "encoding/json"

// Tests is tests/<name>.json: cases that hold a package to what it promises. Each case runs on a
// tenant of its own, which has the package, those that it requires, and their seed records.
type Tests struct {
	Schema string        `json:"$schema,omitempty" doc:"JSON Schema of this file, for editors" zh:"本文件的 JSON Schema，供编辑器使用"`
	At     string        `json:"at,omitempty" doc:"moment at which the cases begin, RFC 3339; 2026-01-05T09:00:00+08:00 unless given" zh:"用例开始的时刻（RFC 3339），默认 2026-01-05T09:00:00+08:00" schema:"{\"format\":\"date-time\"}"`
	Given  []GivenRecord `json:"given,omitempty" doc:"records that every case of the file begins with" zh:"每个用例开始时已有的记录"`
	Cases  []TestCase    `json:"cases" required:"true" doc:"the cases" zh:"用例"`
	Pos    Positions     `json:"-"`
	// OfProcess says that an approval or a flow carries the cases: they hold it back when they fail.
	OfProcess bool `json:"-"`
}

// TestCase is one case: given some records, when something is done, then this is so.
type TestCase struct {
	Name  string                  `json:"name" required:"true" doc:"what the case shows; no other case of the file has it" zh:"用例名称，在文件内唯一" schema:"{\"minLength\":1}"`
	At    string                  `json:"at,omitempty" doc:"moment at which the case begins, RFC 3339" zh:"用例开始的时刻（RFC 3339）" schema:"{\"format\":\"date-time\"}"`
	As    *TestUser               `json:"as,omitempty" doc:"who acts; an administrator unless given" zh:"操作人，默认为管理员"`
	Given []GivenRecord           `json:"given,omitempty" doc:"records that are there before" zh:"预先存在的记录"`
	Mocks map[string][]TestAnswer `json:"mocks,omitempty" doc:"what other systems answer, by connection and in order; what is not said is a sample" zh:"按连接依次给出的对方应答；未给出的取样例值"`
	When  []TestStep              `json:"when" required:"true" doc:"what is done, in order; all steps but the last must succeed" zh:"依次执行的步骤；除最后一步外均须成功" schema:"{\"minItems\":1}"`
	Then  Expectation             `json:"then" required:"true" doc:"what must come of it; {}: the last step succeeds" zh:"期望结果；{} 表示最后一步成功"`
}

// TestAnswer is what another system answers a call, or how the call goes wrong.
type TestAnswer struct {
	Status int               `json:"status,omitempty" doc:"status of HTTP, 200 unless given" zh:"HTTP 状态，默认 200"`
	Values map[string]string `json:"values,omitempty" doc:"what the connection or the step keeps of the answer, by name" zh:"所保留的应答内容，按名称"`
	Fault  string            `json:"fault,omitempty" enum:"CREDENTIALS,TIMEOUT,THROTTLED,TOO_LARGE,BLOCKED,TLS,UNREACHABLE,BROKEN,REJECTED,MISCONFIGURED" doc:"the call goes wrong in this way" zh:"调用失败的方式"`
}

// TestUser is who acts in a case: no administrator. With roles, be they none ([]), the step is under
// permissions and sharing as it is for anybody who has them; without the key only who it is counts.
type TestUser struct {
	User  string   `json:"user,omitempty" doc:"key of the user's record" zh:"用户记录的键"`
	Roles []string `json:"roles,omitempty" doc:"roles that the user has, besides those assigned by records; with this key, permissions and sharing are asked, without it they are not" zh:"用户拥有的角色（另含记录中分配的角色）；给出本键时按权限与共享规则执行，否则不检查权限"`
}

// GivenRecord is a record that is there when a case begins. In values, as in seed records,
// {"ref": "key"} is another record and "=TODAY-30" a relative moment.
type GivenRecord struct {
	Object string                     `json:"object" required:"true" doc:"object of the record" zh:"记录所属对象"`
	Key    string                     `json:"key" required:"true" doc:"name of the record within the case" zh:"记录在用例内的名称" schema:"{\"minLength\":1}"`
	Values map[string]json.RawMessage `json:"values,omitempty" doc:"values by field; {\"ref\": \"key\"} is another record, =TODAY-30 and =NOW-2h are relative moments" zh:"字段值；{\"ref\": \"键\"} 引用其他记录，=TODAY-30、=NOW-2h 为相对时间"`
}

// TestStep does one thing, or lets time pass, or both.
type TestStep struct {
	At        string                     `json:"at,omitempty" doc:"moment to which the clock is set before, RFC 3339" zh:"执行前将时钟设为该时刻（RFC 3339）" schema:"{\"format\":\"date-time\"}"`
	Advance   string                     `json:"advance,omitempty" doc:"time that passes before, ISO 8601: P3D, PT8H" zh:"执行前经过的时间（ISO 8601），如 P3D、PT8H" schema:"{\"format\":\"duration\"}"`
	Create    string                     `json:"create,omitempty" doc:"object of which a record is created" zh:"创建记录的对象"`
	Key       string                     `json:"key,omitempty" doc:"name of the created record within the case" zh:"所建记录在用例内的名称"`
	Update    string                     `json:"update,omitempty" doc:"key of a record that is changed" zh:"被修改记录的键"`
	Delete    string                     `json:"delete,omitempty" doc:"key of a record that is deleted" zh:"被删除记录的键"`
	Restore   string                     `json:"restore,omitempty" doc:"key of a deleted record that is brought back" zh:"被恢复记录的键"`
	Values    map[string]json.RawMessage `json:"values,omitempty" doc:"values that create or update writes" zh:"创建或修改时写入的值"`
	As        *TestUser                  `json:"as,omitempty" doc:"who does it; as the case says unless given" zh:"本步骤的操作人，默认同用例"`
	Submit    string                     `json:"submit,omitempty" doc:"approval process that a record is submitted to" zh:"提交到的审批流程"`
	Act       string                     `json:"act,omitempty" doc:"command on the approval of a record: approve, reject, return, withdraw …" zh:"对记录审批执行的命令：approve、reject、return、withdraw 等"`
	Record    string                     `json:"record,omitempty" doc:"key of the record that submit or act is about" zh:"submit 或 act 所针对记录的键"`
	With      map[string]json.RawMessage `json:"with,omitempty" doc:"further arguments of submit or act, such as comment, data or user" zh:"submit 或 act 的其他参数，如 comment、data、user"`
	Hook      string                     `json:"hook,omitempty" doc:"hook at which a message comes in, in the name of who does the step" zh:"收到消息的入站 Webhook，以本步骤操作人的身份"`
	Body      json.RawMessage            `json:"body,omitempty" doc:"body of the message; {\"ref\": \"key\"} is the id of a record" zh:"消息正文；{\"ref\": \"键\"} 为记录编号"`
	GraphQL   string                     `json:"graphql,omitempty" doc:"GraphQL operation" zh:"GraphQL 操作"`
	Variables map[string]json.RawMessage `json:"variables,omitempty" doc:"variables of the operation; {\"ref\": \"key\"} is the id of a record" zh:"操作变量；{\"ref\": \"键\"} 为记录编号"`
}

// Expectation is what must come of the last step of a case.
type Expectation struct {
	Error    *ExpectedError                          `json:"error,omitempty" doc:"the step is refused like this" zh:"步骤被拒绝"`
	Warnings []string                                `json:"warnings,omitempty" doc:"rules that warn" zh:"给出警告的规则"`
	Data     json.RawMessage                         `json:"data,omitempty" doc:"data of the GraphQL answer, whole" zh:"GraphQL 响应的完整 data"`
	Records  map[string]map[string]json.RawMessage   `json:"records,omitempty" doc:"values of records afterwards, by key and field" zh:"事后记录的值，按键与字段"`
	Approval *ExpectedApproval                       `json:"approval,omitempty" doc:"how the newest approval of a record stands" zh:"记录最近一次审批的状态"`
	Calls    map[string][]map[string]json.RawMessage `json:"calls,omitempty" doc:"all calls of other systems, by connection and in order: values of with, and to, subject and body; what a call leaves out may be anything" zh:"对其他系统的全部调用，按连接依次给出：with 的取值及 to、subject、body；未给出的不比较"`
	Runs     map[string][]string                     `json:"runs,omitempty" doc:"states of all runs of a flow, oldest first" zh:"自动化全部运行的状态，按先后"`
	Gone     []string                                `json:"gone,omitempty" doc:"keys of records that are not there afterwards" zh:"事后不存在的记录的键"`
}

// ExpectedApproval is how the newest approval of a record stands.
type ExpectedApproval struct {
	Record string              `json:"record" required:"true" doc:"key of the record" zh:"记录的键"`
	Status string              `json:"status,omitempty" doc:"status of the approval" zh:"审批状态"`
	Waits  map[string][]string `json:"waits,omitempty" doc:"keys of the people whose answers it waits for, by node; no others" zh:"按节点列出等待处理的人员的键，且仅此"`
}

// ExpectedError is a refusal; what it leaves out may be anything.
type ExpectedError struct {
	Code  string `json:"code" required:"true" enum:"UNAUTHENTICATED,FORBIDDEN,NOT_FOUND,INVALID_INPUT,VALIDATION_FAILED,DUPLICATE,VERSION_CONFLICT,RECORD_LOCKED,LIMIT_EXCEEDED,COST_EXCEEDED,TIMEOUT,IDEMPOTENCY_KEY_REUSED,SCRIPT_FAILED,SCRIPT_LIMIT,UNAVAILABLE,ENTRY_NOT_MET,ACTIVE_INSTANCE_EXISTS,NOT_ASSIGNEE,NOT_YOUR_TURN,ALREADY_DECIDED,INVALID_STATE,FIELD_NOT_EDITABLE,COMMENT_REQUIRED,FINAL_ACTION_FAILED,INVALID_RETURN_TARGET,DUPLICATE_PARTICIPANT,SELF_NOT_ALLOWED,TRANSFER_LIMIT,DELEGATE_LOOP,ADD_SIGN_DEPTH,ALREADY_CLAIMED,TOO_LATE,WITHDRAW_NOT_ALLOWED,URGE_TOO_SOON,RECORD_CHANGED,MIGRATION_NOT_POSSIBLE,DEFINITION_UNAVAILABLE" doc:"code of the error" zh:"错误代码"`
	Field string `json:"field,omitempty" doc:"field at fault" zh:"出错的字段"`
	Rule  string `json:"rule,omitempty" doc:"rule that refuses" zh:"拒绝写入的规则"`
}
