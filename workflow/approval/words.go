package approval

import "github.com/tenon-platform/tenon/platform/diag"

// called is what people call the states of instances, visits and tasks.
var called = map[Status]diag.Text{
	Draft:      {En: "a draft", Zh: "草稿"},
	Running:    {En: "running", Zh: "审批中"},
	Returned:   {En: "returned", Zh: "已退回"},
	Approved:   {En: "approved", Zh: "已通过"},
	Rejected:   {En: "rejected", Zh: "已拒绝"},
	Withdrawn:  {En: "withdrawn", Zh: "已撤回"},
	Cancelled:  {En: "cancelled", Zh: "已取消"},
	Terminated: {En: "terminated", Zh: "已终止"},
	Suspended:  {En: "suspended", Zh: "已挂起"},
	Error:      {En: "stopped by a fault", Zh: "因故障停止"},

	Active:  {En: "active", Zh: "进行中"},
	Skipped: {En: "skipped", Zh: "已跳过"},

	Queued:       {En: "waiting for its turn", Zh: "排队中"},
	Claimable:    {En: "waiting to be taken", Zh: "待认领"},
	Pending:      {En: "pending", Zh: "待处理"},
	Delegated:    {En: "delegated", Zh: "已委派"},
	PendingAfter: {En: "approved, waiting for the signers added behind", Zh: "已同意，等待后加签"},
	Abstained:    {En: "abstained from", Zh: "已弃权"},
	Opined:       {En: "answered with an opinion", Zh: "已给出意见"},
	Transferred:  {En: "handed over", Zh: "已转办"},
	Closed:       {En: "closed", Zh: "已关闭"},
	AutoApproved: {En: "approved by itself", Zh: "已自动通过"},
	AutoRejected: {En: "rejected by itself", Zh: "已自动拒绝"},
	Carried:      {En: "carried over", Zh: "已沿用"},
}

// Words are what people call the state.
func (s Status) Words() diag.Text { return called[s] }
