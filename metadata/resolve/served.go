package resolve

import (
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/words"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/store/driver"
)

// servedFields are the fields that the platform reads and writes of the objects that serve it.
var servedFields = map[string][]roleField{
	catalog.RoleCounter: {{"key", driver.Text, "text"}, {"used", driver.Decimal, "decimal"}, {"limit_value", driver.Decimal, "decimal"},
		{"window_start", driver.DateTime, "datetime"}},
	catalog.RoleDuplicateCase: {{"object_name", driver.Text, "text"}, {"record_a", driver.Text, "text"}, {"record_b", driver.Text, "text"},
		{"rule_code", driver.Text, "text"}, {"score", driver.Decimal, "decimal"}, {"status", driver.Text, "picklist"}},
	catalog.RoleMergeLog: {{"object_name", driver.Text, "text"}, {"master_id", driver.Text, "text"}, {"loser_ids", driver.JSON, "json"},
		{"field_decisions", driver.JSON, "json"}, {"reparented", driver.JSON, "json"}, {"merged_at", driver.DateTime, "datetime"},
		{"undo_until", driver.DateTime, "datetime"}, {"undone_at", driver.DateTime, "datetime"}},
	catalog.RoleSLAClock: {{"policy_code", driver.Text, "text"}, {"milestone", driver.Text, "text"}, {"object_name", driver.Text, "text"}, {"record_id", driver.Text, "text"},
		{"calendar_id", driver.Ref, "lookup"}, {"target_minutes", driver.Int, "int"}, {"started_at", driver.DateTime, "datetime"}, {"warn_at", driver.DateTime, "datetime"},
		{"due_at", driver.DateTime, "datetime"}, {"paused_at", driver.DateTime, "datetime"}, {"consumed_minutes", driver.Decimal, "decimal"}, {"completed_at", driver.DateTime, "datetime"},
		{"status", driver.Text, "picklist"}, {"breached_at", driver.DateTime, "datetime"}, {"owner_at_breach_id", driver.Ref, "lookup"}, {"escalation_level", driver.Int, "int"}},
	catalog.RoleStageHistory: {{"object_name", driver.Text, "text"}, {"record_id", driver.Text, "text"}, {"field_name", driver.Text, "text"}, {"from_value", driver.Text, "text"}, {"to_value", driver.Text, "text"},
		{"entered_at", driver.DateTime, "datetime"}, {"left_at", driver.DateTime, "datetime"}, {"wall_minutes", driver.Int, "int"}, {"biz_minutes", driver.Int, "int"}, {"by_user_id", driver.Ref, "lookup"}},
	catalog.RoleCaptureForm: {{"token", driver.Text, "text"}, {"capture", driver.Text, "text"}, {"user_id", driver.Ref, "lookup"}, {"status", driver.Text, "picklist"}, {"valid_until", driver.DateTime, "datetime"},
		{"per_minute", driver.Int, "int"}, {"captcha", driver.Bool, "bool"}},
	catalog.RoleListView:            {{"object_name", driver.Text, "text"}, {"adjusts", driver.Text, "text"}, {"definition", driver.JSON, "json"}, {"shared", driver.Bool, "bool"}},
	catalog.ServesCalendar:          {{"code", driver.Text, "text"}, {"timezone", driver.Text, "text"}, {"weekly_hours", driver.JSON, "json"}, {"is_default", driver.Bool, "bool"}},
	catalog.ServesCalendarException: {{"calendar_id", driver.Ref, "master"}, {"on_date", driver.Date, "date"}, {"kind", driver.Text, "picklist"}, {"hours", driver.JSON, "json"}},
	catalog.RoleCurrency:            {{"code", driver.Text, "text"}, {"decimals", driver.Int, "int"}, {"is_base", driver.Bool, "bool"}},
	catalog.RoleRate:                {{"currency_code", driver.Text, "text"}, {"rate", driver.Decimal, "decimal"}, {"effective_from", driver.Date, "date"}},
}

type roleField struct {
	name   string
	stored driver.Type
	kind   string // of field, as authors write it
}

// serving holds the objects that play a role of the platform against what the role needs.
func (r *resolver) serving() {
	for _, o := range r.cat.Objects {
		for _, need := range servedFields[o.Serves] {
			f := o.ByName[need.name]
			if f == nil || f.Store.Type != need.stored || f.Column == "" {
				r.errorf("bad-role", o.Addr(), r.decls.get(o.Name).def.Pos.At("serves"),
					diag.Textf("an object that serves %s needs the stored field %s of type %s (%s)", "承担 %s 角色的对象需要类型为“%[3]s”（%[4]s）的存储字段 %[2]s", o.Serves, need.name, words.FieldType(need.kind), need.kind))
			}
		}
		if o.Serves == catalog.RoleCounter {
			o.Guarded = true
		}
	}
}
