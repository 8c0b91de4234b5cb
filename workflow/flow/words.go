package flow

import "github.com/tenon-platform/tenon/platform/diag"

// called is what people call the states of runs.
var called = map[Status]diag.Text{
	Queued:       {En: "waiting for its turn", Zh: "排队中"},
	Running:      {En: "running", Zh: "运行中"},
	Waiting:      {En: "waiting", Zh: "等待中"},
	Succeeded:    {En: "done", Zh: "已成功"},
	Failed:       {En: "stopped by a failure", Zh: "已失败"},
	Cancelled:    {En: "cancelled", Zh: "已取消"},
	Compensating: {En: "being undone", Zh: "补偿中"},
	Compensated:  {En: "undone", Zh: "已补偿"},
	Skipped:      {En: "skipped", Zh: "已跳过"},
}

// Words are what people call the state.
func (s Status) Words() diag.Text { return called[s] }
