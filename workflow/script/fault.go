package script

import (
	"strings"

	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/workflow/script/wire"
)

// limitTexts say which limit a run broke.
var limitTexts = map[wire.Reason]diag.Text{
	wire.Time:   {En: "ran longer than it may", Zh: "运行超时"},
	wire.Memory: {En: "used more memory than it may", Zh: "内存超限"},
	wire.Stack:  {En: "nested its calls deeper than it may", Zh: "调用嵌套过深"},
	wire.Output: {En: "gave a result that is too large", Zh: "返回结果过大"},
	gone:        {En: "broke the limits of its process", Zh: "超出进程限制"},
	calls:       {En: "made more calls than it may", Zh: "调用次数超限"},
}

// Reasons that a worker does not give: that it asked the host too often, and that it is gone.
const (
	calls wire.Reason = "calls"
	gone  wire.Reason = "process"
)

// limit is the error of a run that broke a limit.
func limit(j *Job, why wire.Reason, line, column int) *errs.Error {
	t := limitTexts[why]
	e := &errs.Error{Code: errs.ScriptLimit, Message: diag.Text{En: "the script " + j.Name + " " + t.En, Zh: "脚本 " + j.Name + " " + t.Zh}}
	return placed(e, j, line, column).With("limit", string(why))
}

// failed is the error of a script that ended by an exception, or does not compile.
func failed(j *Job, message string, line, column int) *errs.Error {
	if message = strings.ToValidUTF8(message, "\ufffd"); len(message) > maxMessage {
		message = strings.ToValidUTF8(message[:maxMessage], "") + "…"
	}
	e := errs.New(errs.ScriptFailed, "the script %s failed: %s", "脚本 %s 执行失败：%s", j.Name, message)
	return placed(e, j, line, column)
}

// maxMessage bounds what an error tells of an exception, in bytes.
const maxMessage = 1000

func placed(e *errs.Error, j *Job, line, column int) *errs.Error {
	if e.With("script", j.Name); line > 0 {
		e.With("line", line)
	}
	if column > 0 {
		e.With("column", column)
	}
	return e
}

// died says why a worker that ended without an answer did: by what its last words were, for a limit
// that the system or the language's own runtime holds ends it without any of ours.
func died(j *Job, last string) *errs.Error {
	switch {
	case strings.Contains(last, "stack exceeds") || strings.Contains(last, "stack overflow"):
		return limit(j, wire.Stack, 0, 0)
	case strings.Contains(last, "memory"):
		return limit(j, wire.Memory, 0, 0)
	}
	return limit(j, gone, 0, 0)
}
