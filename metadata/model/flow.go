package model

import (
	"encoding/json"
	"strconv"
)

// Flow is flows/<key>.json: what happens by itself when something else has happened. Its steps are a
// tree: a sequence, of which some steps hold sequences in turn.
//
// Expressions read the fields of the record that the flow is about by name, what they were before the
// change as prior.<field>, variables as vars.<name>, and what an earlier step gave by its id.
type Flow struct {
	SchemaFile string            `json:"$schema,omitempty" doc:"JSON Schema of this file, for editors" zh:"本文件的 JSON Schema，供编辑器使用"`
	Kind       string            `json:"kind,omitempty" enum:"flow" doc:"flow" zh:"固定为 flow"`
	Key        string            `json:"key" required:"true" form:"name" doc:"name of the flow, as its file" zh:"自动化名称，与文件名一致"`
	Schema     int               `json:"schema,omitempty" doc:"version of this format: 1" zh:"格式版本：1"`
	Label      Text              `json:"label,omitempty" doc:"name for people" zh:"显示名称"`
	Trigger    FlowTrigger       `json:"trigger" required:"true" doc:"what starts a run" zh:"触发条件"`
	Settings   FlowSettings      `json:"settings,omitzero" doc:"how runs behave" zh:"运行设置"`
	Vars       map[string]string `json:"vars,omitempty" doc:"variables with their kinds: text, bool, int, decimal, date or datetime" zh:"变量及类型：text、bool、int、decimal、date、datetime"`
	Steps      []*FlowStep       `json:"steps" required:"true" doc:"what is done, in order" zh:"依次执行的步骤"`
	Errors     []ActionError     `json:"errors,omitempty" doc:"reasons for which its steps refuse" zh:"步骤拒绝的原因"`
	Tests      []TestCase        `json:"tests,omitempty" doc:"cases that hold the flow to what it promises" zh:"测试用例"`
	Pos        Positions         `json:"-"`
}

// FlowTrigger says what starts a run. Which settings mean something depends on Type.
type FlowTrigger struct {
	Type    string   `json:"type" required:"true" enum:"record,date,schedule,button,flow,approval,event,webhook" doc:"record: a record is written; date: the date in a field of a record comes; schedule: a moment comes; button: somebody asks; flow: another flow asks; approval: something happens with an approval of a record; event: a step or an administrator tells of an event; webhook: another system sends a message to a hook" zh:"record：记录写入；date：记录字段中的日期到来；schedule：定时；button：人工触发；flow：由其他自动化调用；approval：记录的审批发生变化；event：步骤或管理员发布平台事件；webhook：其他系统向入站 Webhook 发送消息"`
	Object  string   `json:"object,omitempty" doc:"object of the record that the flow is about" zh:"所针对记录的对象"`
	On      []string `json:"on,omitempty" doc:"of record: create, update, delete; of approval: submitted, node_entered, node_decided, returned, withdrawn, completed" zh:"record：create、update、delete；approval：submitted、node_entered、node_decided、returned、withdrawn、completed"`
	Timing  string   `json:"timing,omitempty" enum:"after_commit,before" doc:"of record: after_commit (the default), or before: in the caller's transaction" zh:"record：after_commit（默认）或 before（在调用方事务内）"`
	Order   int      `json:"order,omitempty" doc:"of record before: lower first" zh:"record before：顺序，小者先"`
	Changed []string `json:"changed,omitempty" doc:"of record: fields of which one must have changed" zh:"record：至少一个须发生变化的字段"`
	When    string   `json:"when,omitempty" doc:"condition; PRIOR, ISCHANGED and ISNEW tell of the change" zh:"条件，可用 PRIOR、ISCHANGED、ISNEW"`

	Cron    string `json:"cron,omitempty" doc:"of schedule: minute hour day month weekday" zh:"schedule：分 时 日 月 周"`
	Zone    string `json:"zone,omitempty" doc:"of schedule and date: IANA time zone; the tenant's unless given" zh:"schedule、date：IANA 时区，默认租户时区"`
	Overlap string `json:"overlap,omitempty" enum:"skip,queue,allow,cancel_running" doc:"of schedule, while an earlier run goes on: skip (the default), queue: begin behind it, allow, or cancel_running: end it, unless it undoes what it did" zh:"schedule：此前的运行未结束时 skip（默认）跳过、queue 排队、allow 允许，或 cancel_running 取消之前的运行（补偿中的除外）"`
	CatchUp string `json:"catchUp,omitempty" enum:"last,none,all" doc:"of schedule, moments that were missed: last (the default), none or all" zh:"schedule：错过的时刻 last（默认）、none 或 all"`

	CatchUpMax         int    `json:"catchUpMax,omitempty" doc:"of schedule with catchUp all: how many of the last are made up for, 1 to 100; 100 unless given" zh:"schedule（catchUp 为 all）：最多补运行最近几次，1 到 100，默认 100" schema:"{\"minimum\":0,\"maximum\":100}"`
	CatchUpWindow      string `json:"catchUpWindow,omitempty" doc:"of schedule and date, ISO 8601: what was missed for longer is not made up for; of date P1D unless given, of schedule any time" zh:"schedule、date：错过超过此时长（ISO 8601）则不再补；date 默认 P1D，schedule 默认不限"`
	Jitter             string `json:"jitter,omitempty" doc:"of schedule, ISO 8601, at most PT12H: each run begins up to so much later, always the same for one moment" zh:"schedule：每次运行最多推迟的时长（ISO 8601，最多 PT12H）；同一时刻的推迟量固定"`
	PauseAfterFailures int    `json:"pauseAfterFailures,omitempty" doc:"of schedule: after so many runs in a row have failed it starts none, until an administrator lets it go on; 1 to 100" zh:"schedule：连续失败达到此次数后暂停，直至管理员恢复；1 到 100" schema:"{\"minimum\":0,\"maximum\":100}"`

	Field  string `json:"field,omitempty" doc:"of date: the field that holds it" zh:"date：日期所在字段"`
	Offset string `json:"offset,omitempty" doc:"of date: how long after it, ISO 8601; with - before it: before" zh:"date：偏移时长（ISO 8601），前加 - 表示提前"`
	At     string `json:"at,omitempty" doc:"of date: time of the day, as 09:00" zh:"date：当天时刻，如 09:00"`

	Process string            `json:"process,omitempty" doc:"of approval: the process; any of the object unless given" zh:"approval：审批流程，默认该对象的任一流程"`
	Event   string            `json:"event,omitempty" form:"name" doc:"of event: its name" zh:"event：事件名称"`
	Data    map[string]string `json:"data,omitempty" doc:"of event and webhook: what it tells, names with their kinds as of variables; expressions read event.<name>" zh:"event、webhook：携带的数据，名称及类型同变量；表达式以 event.<名称> 读取"`
	Hook    string            `json:"hook,omitempty" form:"name" doc:"of webhook: the hook, which does flow" zh:"webhook：入站 Webhook，其 do 为 flow"`
	Respond string            `json:"respond,omitempty" enum:"accepted,sync" doc:"of webhook: accepted (the default): the sender hears at once that the run begins; sync: it hears how the run ended, with its variables, if that takes at most 10 seconds" zh:"webhook：accepted（默认）立即应答已受理；sync 在 10 秒内应答运行结果及变量"`

	Permission string `json:"permission,omitempty" doc:"of button: permission that the caller needs; to change the record unless given" zh:"button：所需权限，默认可修改该记录"`
}

// FlowSettings say how runs behave.
type FlowSettings struct {
	RunAs       string           `json:"runAs,omitempty" doc:"whose rights hold, also when expressions read: the platform's (system, the default), those of who caused the run (trigger_user), or those of a user, as user:ann: by id, external id or sign-in name" zh:"运行身份（读取字段也按此权限）：system（默认）、trigger_user（触发者），或 user:ann（按编号、外部编号或登录名指定的用户）" schema:"{\"pattern\":\"^(system|trigger_user|user:.+)?$\"}"`
	Off         bool             `json:"off,omitempty" doc:"the flow is switched off: it starts no runs" zh:"已停用，不启动运行"`
	OnOff       string           `json:"onOff,omitempty" enum:"finish,drain,cancel" doc:"what becomes of its runs when it is switched off or removed, unless the plan says otherwise: they finish (the default); drain: those that have begun finish, those that wait for their turn are cancelled; cancel: all are cancelled" zh:"停用或删除时对运行的处理（计划中可另行指定）：finish（默认）执行完毕；drain 已开始的执行完毕，排队的取消；cancel 全部取消"`
	Ordering    string           `json:"ordering,omitempty" doc:"per_record: runs about one record come one after the other; key:<expression>: those for which the expression has one value" zh:"per_record：同一记录的运行依次进行；key:<表达式>：表达式取值相同的运行依次进行" schema:"{\"pattern\":\"^(none|per_record|key:.+)?$\"}"`
	Concurrency *FlowConcurrency `json:"concurrency,omitempty" doc:"how many runs go on at the same time" zh:"并发限制"`
	Batch       *FlowBatch       `json:"batch,omitempty" doc:"of record after its commit: one run for many records of one write, which its steps mean with in: records" zh:"record（提交后）：一次写入的多条记录合为一次运行，步骤以 in: records 引用"`
	Reentry     string           `json:"reentry,omitempty" enum:"skip,allow" doc:"when the flow itself caused the change of the same record: skip (the default) or allow" zh:"自身引起的同一记录变更：skip（默认）或 allow"`
	MaxSteps    int              `json:"maxSteps,omitempty" doc:"steps of one run, 2000 unless given" zh:"单次运行步骤上限，默认 2000"`
	RunTimeout  string           `json:"runTimeout,omitempty" doc:"how long a run may take, ISO 8601; P30D unless given" zh:"运行时限（ISO 8601），默认 P30D"`
	Secret      []string         `json:"secret,omitempty" doc:"values that neither traces, runs nor cases show, as expressions read them: vars.token, event.token, or ask.token of the step ask" zh:"运行记录、轨迹与用例中不显示的值，写法同表达式：vars.token、event.token，或步骤 ask 的 ask.token"`
	OnFailure   string           `json:"onFailure,omitempty" enum:"incident,compensate,ignore" doc:"when a step has failed for good: incident (the default), compensate, or ignore" zh:"步骤最终失败时：incident（默认）、compensate 或 ignore"`
	OnPoison    string           `json:"onPoison,omitempty" enum:"skip,block" doc:"of runs in an order, when one has failed and an administrator must look at it: the later ones go on (skip, the default), or wait (block) until it is retried, passed over, undone or cancelled" zh:"依次进行的运行失败并待管理员处理时：skip（默认）后续运行继续，block 后续运行等待其重试、跳过、补偿或取消"`
}

// FlowConcurrency says how many runs go on at the same time.
type FlowConcurrency struct {
	Max     int    `json:"max" required:"true" doc:"how many, 1 to 1000" zh:"最大并发数，1 到 1000" schema:"{\"minimum\":1,\"maximum\":1000}"`
	Key     string `json:"key,omitempty" doc:"expression: as many for each of its values; unless given, as many in all" zh:"表达式：每个取值各自计数；不填则合并计数"`
	OnLimit string `json:"onLimit,omitempty" enum:"queue,skip,cancel_oldest" doc:"what becomes of one more: queue (the default), skip, or cancel_oldest" zh:"超出时：queue 排队（默认）、skip 跳过、cancel_oldest 取消最早的运行"`
}

// FlowBatch says how many records of one write a run is about.
type FlowBatch struct {
	Size int `json:"size" required:"true" doc:"how many at most, 1 to 200; what is more has further runs" zh:"每次运行最多的记录数，1 到 200，超出的部分另行运行" schema:"{\"minimum\":1,\"maximum\":200}"`
}

// FlowStep is one step. Which settings mean something depends on Type; others are findings.
type FlowStep struct {
	ID         string      `json:"id" required:"true" form:"name" doc:"name of the step within the flow" zh:"步骤标识"`
	Type       string      `json:"type" required:"true" enum:"set,create,update,upsert,delete,query,aggregate,condition,switch,loop,parallel,wait,flow,action,script,call,approval,task,emit,notify,http,send,raise,end" doc:"what the step does" zh:"步骤类型"`
	Label      Text        `json:"label,omitempty" doc:"name for people" zh:"显示名称"`
	When       string      `json:"when,omitempty" doc:"condition without which the step is passed over" zh:"不满足则跳过的条件"`
	Retry      *FlowRetry  `json:"retry,omitempty" doc:"how often it is tried" zh:"重试"`
	OnError    string      `json:"onError,omitempty" enum:"fail,continue" doc:"when it has failed for good: fail (the default), or continue with the next step" zh:"最终失败时：fail（默认）或 continue"`
	Recover    []*FlowStep `json:"recover,omitempty" doc:"steps that are done in place of one that has failed for good" zh:"最终失败后执行的步骤"`
	Compensate []*FlowStep `json:"compensate,omitempty" doc:"steps that undo it when the run fails later" zh:"运行失败时的补偿步骤"`

	Set    map[string]string `json:"set,omitempty" doc:"expressions by variable (of set) or field" zh:"变量（set）或字段对应的表达式"`
	Object string            `json:"object,omitempty" doc:"of create, upsert, query and aggregate: the object" zh:"create、upsert、query、aggregate：对象"`
	Record string            `json:"record,omitempty" doc:"of update, delete, action, flow, approval, task, emit and notify: expression for the record; the flow's own unless given; of wait: the event must be about this record" zh:"update、delete、action、flow、approval、task、emit、notify：记录表达式，默认为流程自身的记录；wait：事件须关于该记录"`
	In     string            `json:"in,omitempty" doc:"of loop, update, delete and notify: query step whose records are meant, loop with a batch, or records, those that a flow with batch is about" zh:"loop、update、delete、notify：所用的 query 步骤、分批的循环，或 records（batch 自动化所针对的记录）"`

	Match map[string]string `json:"match,omitempty" doc:"of query and aggregate: values that fields must have, expressions by field; of a reference, or id, also the name of a query step or records: any of those" zh:"query、aggregate：字段须等于的表达式；引用字段或 id 也可填 query 步骤名或 records，表示其中任一记录"`
	Where string            `json:"where,omitempty" doc:"of query and aggregate: condition over the object's own fields" zh:"query、aggregate：针对该对象字段的条件"`
	Sort  string            `json:"sort,omitempty" doc:"of query: field to sort by; -field for the greatest first" zh:"query：排序字段，-field 为降序"`
	Limit int               `json:"limit,omitempty" doc:"of query: most records, at most 10000" zh:"query：最多记录数，上限 10000"`

	Key     []string              `json:"key,omitempty" doc:"of upsert: fields of a unique key, which set gives: the record that has it is changed, or else made" zh:"upsert：唯一键字段（由 set 给出），有则修改，无则新建"`
	Figures map[string]FlowFigure `json:"figures,omitempty" doc:"of aggregate: what is computed over all records, by name; later expressions read it by the step's id, beside count" zh:"aggregate：对全部记录计算的值，按名称；后续表达式以步骤标识读取，另有 count"`

	Branches []*FlowBranch `json:"branches,omitempty" doc:"of condition: the first that is true; of switch: the one of the value; of parallel: all" zh:"condition：首个为真的分支；switch：与值匹配的分支；parallel：全部分支"`
	Value    string        `json:"value,omitempty" doc:"of switch: expression that decides on the branch" zh:"switch：决定分支的表达式"`
	Do       []*FlowStep   `json:"do,omitempty" doc:"of loop: what is done with each record, which its steps call by the loop's id" zh:"loop：对每条记录执行的步骤，以循环的 id 引用该记录"`

	Batch       int    `json:"batch,omitempty" doc:"of loop: rounds are over so many records, which steps mean with in, instead of one; at most 200" zh:"loop：每轮处理的记录数（最多 200），步骤以 in 引用，而非逐条"`
	Parallel    int    `json:"parallel,omitempty" doc:"of loop: so many rounds go on at once, at most 20; one unless given" zh:"loop：同时进行的轮数，最多 20，默认 1"`
	OnItemError string `json:"onItemError,omitempty" enum:"stop,continue" doc:"of loop, when a step of a round has failed for good: stop (the default) the run, or continue with the next round; id.failed counts those" zh:"loop：某轮的步骤最终失败时：stop（默认）或 continue 继续下一轮，以 步骤标识.failed 计数"`

	Task *FlowTask `json:"task,omitempty" doc:"of task: who does what" zh:"task：由谁办理、办理什么"`

	Action string            `json:"action,omitempty" doc:"of action: name of the record action that is carried out" zh:"action：执行的记录操作"`
	With   map[string]string `json:"with,omitempty" doc:"of action: its input, expressions by field; of script: its arguments; of emit: what the event tells; of http and send: what {{name}} stands for in the request" zh:"action：输入，字段对应表达式；script：参数；emit：事件数据；http、send：请求模板中 {{名称}} 的取值"`

	Script string                     `json:"script,omitempty" doc:"of script: the script that is run; later expressions read its results by the step's id" zh:"script：运行的脚本，后续表达式以步骤标识读取其结果"`
	Call   string                     `json:"call,omitempty" doc:"of call: engine that is called, as steps of actions call it, such as assign.pick; later expressions read its results by the step's id" zh:"call：调用的引擎（同操作步骤），如 assign.pick；后续表达式以步骤标识读取其结果"`
	Args   map[string]json.RawMessage `json:"args,omitempty" doc:"of call: arguments of the engine, by name" zh:"call：引擎参数，按名称"`
	Errors map[string]string          `json:"errors,omitempty" doc:"of script and call: refusals, each with the code of the declared error that the run tells" zh:"script、call：拒绝原因与所声明错误代码的对应"`

	Process string `json:"process,omitempty" doc:"of approval: process that the record is submitted to" zh:"approval：提交到的审批流程"`
	Async   bool   `json:"async,omitempty" doc:"of approval: go on without waiting for the end; else id.status tells how it ended" zh:"approval：不等待结束；否则以 步骤标识.status 读取结果"`
	Event   string `json:"event,omitempty" form:"name" doc:"of emit: name of the event that is told; of wait: of the event that is waited for" zh:"emit：发布的事件名称；wait：等待的事件名称"`

	Message string `json:"message,omitempty" doc:"of notify: name of the message that people are told" zh:"notify：消息模板名称"`
	To      string `json:"to,omitempty" doc:"of notify: expression for the user, null for nobody; of send: for the address of a person" zh:"notify：接收用户表达式，空则不通知；send：收件地址表达式"`

	Connection  string             `json:"connection,omitempty" doc:"of http and send: the connection through which another system is called" zh:"http、send：所用连接"`
	Subject     string             `json:"subject,omitempty" doc:"of send: expression for the first line" zh:"send：标题表达式"`
	Body        string             `json:"body,omitempty" doc:"of send: expression for the rest" zh:"send：正文表达式"`
	Request     *ConnectionRequest `json:"request,omitempty" doc:"of http: the request, in place of the connection's own; what its result keeps later expressions read by the step's id, beside status" zh:"http：请求，替代连接自身的请求；其 result 保留的内容及 status 供后续表达式以步骤标识读取"`
	Idempotency string             `json:"idempotency,omitempty" enum:"none,check,native_key" doc:"of http and send, when nobody knows whether a call was taken: none (the default): an administrator decides; check: the other system is asked first; native_key: it is called again, and knows the call by its Idempotency-Key" zh:"http、send：调用结果不明时：none（默认）由管理员处理；check 先向对方查询；native_key 以相同 Idempotency-Key 重发"`
	Check       *ConnectionRequest `json:"check,omitempty" doc:"of check: the request that asks for the call; an answer says that it was taken, 404 that it was not" zh:"check：查询请求；有应答表示已受理，404 表示未受理"`

	For      string            `json:"for,omitempty" doc:"of wait: how long, ISO 8601; beside event, or until with a condition, how long at most: id.timed_out tells" zh:"wait：时长（ISO 8601）；与 event 或条件同用时为最长等待，以 步骤标识.timed_out 判断"`
	Until    string            `json:"until,omitempty" doc:"of wait: until when, an expression; with reactive also a condition" zh:"wait：截至时刻表达式；reactive 时也可为条件"`
	Reactive bool              `json:"reactive,omitempty" doc:"of wait: until is looked at again whenever the flow's record changes" zh:"wait：流程的记录变更时重新判断 until"`
	Data     map[string]string `json:"data,omitempty" doc:"of wait: what the event tells, names with their kinds as of variables; expressions read id.<name>" zh:"wait：事件携带的数据，名称及类型同变量；表达式以 步骤标识.<名称> 读取"`
	If       string            `json:"if,omitempty" doc:"of wait: condition that the event must meet, over id.<name>" zh:"wait：事件须满足的条件，可用 步骤标识.<名称>"`

	Flow  string `json:"flow,omitempty" doc:"of flow: the flow that is run, and waited for" zh:"flow：被调用并等待的自动化"`
	Error string `json:"error,omitempty" doc:"of raise: code of the declared error" zh:"raise：所声明错误的代码"`
}

// FlowFigure is one value over many records.
type FlowFigure struct {
	Do string `json:"do" required:"true" enum:"count,sum,avg,min,max" doc:"how it is computed; count: of records, or of those that have a value" zh:"计算方式；count 为记录数或非空数"`
	Of string `json:"of,omitempty" doc:"field that it is computed over" zh:"所计算的字段"`
}

// FlowTask is work that people do; the run waits until it is done, and id.status tells how it ended. It
// is a node of the kind handle of an approval: in the same inbox, with the same rules.
type FlowTask struct {
	Participants   []Participant  `json:"participants" required:"true" doc:"who is asked" zh:"办理人"`
	Vote           *TaskVote      `json:"vote,omitempty" doc:"whether one, several or all must do it" zh:"须由一人、多人或全部办理"`
	Empty          *EmptyPolicy   `json:"empty,omitempty" doc:"what happens where nobody is left to ask" zh:"无办理人时的处理"`
	OnLeave        string         `json:"onLeave,omitempty" enum:"to_manager,to_admin,empty" doc:"who takes over from somebody who has left: to_manager unless given" zh:"办理人离职时，默认 to_manager"`
	Timeouts       []TimeoutStage `json:"timeouts,omitempty" doc:"what happens when nobody does it" zh:"超时处理"`
	Calendar       string         `json:"calendar,omitempty" doc:"code of the business calendar that times are counted by; the default calendar unless given" zh:"计时所用工作日历的编码，默认为默认日历"`
	VisibleFields  []string       `json:"visibleFields,omitempty" doc:"fields that they see; all unless given" zh:"可见字段，默认全部"`
	Editable       []string       `json:"editable,omitempty" doc:"fields that they fill" zh:"可填写的字段"`
	RequiredFields []string       `json:"requiredFields,omitempty" doc:"fields that must have values before it is done" zh:"完成前必填的字段"`
	Actions        *TaskActions   `json:"actions,omitempty" doc:"what else may be done with the task" zh:"任务可执行的其他操作"`
	Admins         []Participant  `json:"admins,omitempty" doc:"who administers it" zh:"管理员"`
}

// TaskVote says how many must do a task. Nobody rejects one.
type TaskVote struct {
	Mode        string `json:"mode,omitempty" enum:"all,any,sequential,ratio,weighted,count,random,claim" doc:"all unless given" zh:"办理方式，默认 all"`
	N           int    `json:"n,omitempty" doc:"percent of ratio and weighted, number of count" zh:"ratio、weighted 的百分比，count 的人数"`
	EarlyFinish *bool  `json:"earlyFinish,omitempty" doc:"false waits for all answers" zh:"false 表示等待全部答复"`
}

// FlowBranch is one way through a step.
type FlowBranch struct {
	ID    string      `json:"id" required:"true" form:"name" doc:"name of the branch within its step" zh:"分支标识"`
	When  string      `json:"when,omitempty" doc:"of condition: when it is taken; none: otherwise" zh:"condition：分支条件，无则为其他情况"`
	Is    []string    `json:"is,omitempty" doc:"of switch: expressions for the values that it is taken for; none: otherwise" zh:"switch：匹配的值（表达式），无则为其他情况"`
	Steps []*FlowStep `json:"steps" required:"true" doc:"its steps, in order" zh:"分支步骤"`
}

// FlowRetry says how often a step is tried.
type FlowRetry struct {
	Max     int    `json:"max,omitempty" doc:"attempts in all, 5 unless given" zh:"总尝试次数，默认 5"`
	Initial string `json:"initial,omitempty" doc:"pause before the second attempt, ISO 8601; PT10S unless given" zh:"首次重试间隔，默认 PT10S"`
	Factor  int    `json:"factor,omitempty" doc:"by which each pause is longer, 2 unless given" zh:"间隔倍数，默认 2"`
	Cap     string `json:"cap,omitempty" doc:"longest pause, PT10M unless given" zh:"最长间隔，默认 PT10M"`

	RetryOn []string `json:"retryOn,omitempty" doc:"failures after which it is tried again, in place of those that may pass by themselves (network, throttled, server, lock): such classes, also refused and invalid, codes as incidents tell them, and codes of declared errors" zh:"可重试的失败，替代默认的可自行恢复者（network、throttled、server、lock）：上述类别及 refused、invalid，事件所示的错误代码，或所声明错误的代码"`
}

// Canonical is the definition as it is frozen, with sorted keys and without blanks: without its tests
// and what only files hold.
func (f *Flow) Canonical() []byte {
	c := *f
	c.SchemaFile, c.Kind, c.Schema, c.Tests = "", "flow", 1, nil
	return canonical(&c)
}

// WalkFlow calls fn for every step with its path in the document, such as "steps.0.branches.1.steps.2".
func WalkFlow(steps []*FlowStep, path string, fn func(s *FlowStep, path string)) {
	for i, s := range steps {
		if s == nil {
			continue
		}
		at := path + "." + strconv.Itoa(i)
		fn(s, at)
		for j, b := range s.Branches {
			if b != nil {
				WalkFlow(b.Steps, at+".branches."+strconv.Itoa(j)+".steps", fn)
			}
		}
		WalkFlow(s.Do, at+".do", fn)
		WalkFlow(s.Recover, at+".recover", fn)
		WalkFlow(s.Compensate, at+".compensate", fn)
	}
}
