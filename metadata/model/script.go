package model

// Script is scripts/<name>.json: what the JavaScript beside it, scripts/<name>.js, is for and what it
// may do. Actions call it as the engine script.<name>.
type Script struct {
	Schema      string         `json:"$schema,omitempty" doc:"JSON Schema of this file, for editors" zh:"本文件的 JSON Schema，供编辑器使用"`
	Name        string         `json:"name" required:"true" form:"name" doc:"name of the script, as its files" zh:"脚本名称，与文件名一致"`
	Label       Text           `json:"label" doc:"name for people" zh:"显示名称"`
	Help        Text           `json:"help,omitempty" doc:"what the script does" zh:"脚本说明"`
	Function    string         `json:"function,omitempty" doc:"function at the top of the script that is called; main unless given" zh:"被调用的顶层函数，默认 main"`
	Input       []ScriptValue  `json:"input,omitempty" doc:"what the function is given, as the properties of its argument" zh:"函数参数对象的各项输入"`
	Output      []ScriptValue  `json:"output,omitempty" doc:"what the function gives, as the properties of its result" zh:"函数返回对象的各项输出"`
	Errors      []ActionError  `json:"errors,omitempty" doc:"reasons for which the script refuses, each by refuse(code)" zh:"脚本通过 refuse(code) 拒绝的原因"`
	Records     []ScriptAccess `json:"records,omitempty" doc:"objects whose records the script may use, within what its caller may" zh:"脚本可使用的对象，且不超出调用者的权限"`
	Connections []string       `json:"connections,omitempty" doc:"connections that the script may send messages through" zh:"脚本可通过其发送消息的连接"`
	Messages    []string       `json:"messages,omitempty" doc:"messages that the script may tell people" zh:"脚本可用于通知用户的消息模板"`
	Calendar    bool           `json:"calendar,omitempty" doc:"true: the script may compute with business calendars" zh:"是否可使用工作日历"`
	Limits      *ScriptLimits  `json:"limits,omitempty" doc:"limits of a run, where the usual ones do not do" zh:"单次运行的限制，缺省使用默认值"`
	Pos         Positions      `json:"-"`
}

// ScriptValue is one value that a script is given or gives.
type ScriptValue struct {
	Name     string `json:"name" required:"true" form:"name" doc:"name of the value" zh:"名称"`
	Type     string `json:"type" required:"true" enum:"text,int,decimal,bool,date,datetime,json,record" doc:"what it is; records are given by their ids, decimals as text" zh:"类型；记录以编号表示，小数以文本表示"`
	Required bool   `json:"required,omitempty" doc:"true: it must be given" zh:"是否必填"`
	Help     Text   `json:"help,omitempty" doc:"what it means" zh:"含义"`
}

// ScriptAccess is what a script may do with the records of an object.
type ScriptAccess struct {
	Object string   `json:"object" required:"true" form:"name" doc:"name of the object" zh:"对象名称"`
	May    []string `json:"may,omitempty" enum:"read,create,update,delete" doc:"what the script may do with them: read unless given" zh:"允许的操作，默认 read"`
}

// ScriptLimits are limits of one run.
type ScriptLimits struct {
	Time  int `json:"time,omitempty" doc:"milliseconds, 500 unless given and at most 5000" zh:"毫秒，默认 500，最大 5000" schema:"{\"minimum\":0,\"maximum\":5000}"`
	Heap  int `json:"heap,omitempty" doc:"megabytes of memory, 64 unless given and at most 128" zh:"内存兆字节，默认 64，最大 128" schema:"{\"minimum\":0,\"maximum\":128}"`
	Calls int `json:"calls,omitempty" doc:"calls of the platform, 200 unless given and at most 2000" zh:"平台调用次数，默认 200，最大 2000" schema:"{\"minimum\":0,\"maximum\":2000}"`
}
