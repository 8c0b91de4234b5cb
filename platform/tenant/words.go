package tenant

import "github.com/tenon-platform/tenon/platform/diag"

// words are what people call the states of tenants.
var words = map[State]diag.Text{
	Creating:  {En: "being created", Zh: "创建中"},
	Active:    {En: "active", Zh: "运行中"},
	Suspended: {En: "suspended", Zh: "已停用"},
	Removing:  {En: "being removed", Zh: "移除中"},
}

// Words are what people call the state.
func (s State) Words() diag.Text { return words[s] }
