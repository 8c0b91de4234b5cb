// Package lookup is the field type "lookup": a reference to a record of one object.
package lookup

import (
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/field/fieldkit"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/spec"
)

// Type is the field type.
type Type struct{}

var _ field.Type = Type{}

func (Type) Kind() string { return "lookup" }
func (Type) Doc() diag.Text {
	return diag.Text{En: "A reference to a record of one object.", Zh: "引用某个对象的一条记录。"}
}

type settings struct {
	To       string `json:"to" required:"true" doc:"the object" zh:"目标对象"`
	OnDelete string `json:"onDelete" doc:"when the target is deleted: setNull (the default), restrict (the default when required) or cascade" zh:"目标被删除时：setNull（默认）、restrict（必填时默认）或 cascade" enum:"setNull,restrict,cascade"`
	Inverse  string `json:"inverse" form:"name" doc:"name of the reverse relation" zh:"反向关系的名称"`
}

func (Type) Spec() *spec.Spec { return spec.Of[settings]() }

func (Type) New(decl model.Field, env field.Env) field.Field {
	var s settings
	if !fieldkit.Settings(decl, env, &s) {
		return nil
	}
	del := field.Deletion(s.OnDelete)
	switch {
	case del == "" && decl.Required:
		del = field.Restrict
	case del == "":
		del = field.SetNull
	case del == field.SetNull && decl.Required:
		env.Errorf("conflicting-settings", "onDelete", diag.Textf("a required field cannot be cleared; use restrict or cascade", "必填字段不能被清空；请使用 restrict 或 cascade"), nil)
		return nil
	case del != field.SetNull && del != field.Restrict && del != field.Cascade:
		env.Errorf("bad-setting", "onDelete", diag.Textf("onDelete must be setNull, restrict or cascade", "onDelete 必须是 setNull、restrict 或 cascade"), nil)
		return nil
	}
	return fieldkit.NewReference(s.To, s.Inverse, del, false, env)
}
