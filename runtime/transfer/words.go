package transfer

import "github.com/tenon-platform/tenon/platform/diag"

// words are what people call the states of imports.
var words = map[Status]diag.Text{
	Uploading: {En: "being uploaded", Zh: "上传中"},
	Ready:     {En: "ready", Zh: "就绪"},
	Checking:  {En: "being checked", Zh: "检查中"},
	Checked:   {En: "checked", Zh: "已检查"},
	Running:   {En: "running", Zh: "导入中"},
	Reverting: {En: "being taken back", Zh: "回滚中"},
	Done:      {En: "done", Zh: "已完成"},
	Failed:    {En: "stopped by a failure", Zh: "已失败"},
	Canceled:  {En: "cancelled", Zh: "已取消"},
	Undoing:   {En: "being undone", Zh: "撤销中"},
	Undone:    {En: "undone", Zh: "已撤销"},
	Deleting:  {En: "being deleted", Zh: "删除中"},
}

// Words are what people call the state.
func (s Status) Words() diag.Text { return words[s] }
