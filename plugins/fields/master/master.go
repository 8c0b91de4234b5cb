// Package master is the field type "master": the master that a detail record belongs to.
package master

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

func (Type) Kind() string { return "master" }
func (Type) Doc() diag.Text {
	return diag.Text{En: "The master that this record belongs to: it shares its access and its end.", Zh: "主记录：本记录继承其权限并随其删除。"}
}

type settings struct {
	To      string `json:"to" required:"true" doc:"the object" zh:"目标对象"`
	Inverse string `json:"inverse" form:"name" doc:"name of the reverse relation" zh:"反向关系的名称"`
}

func (Type) Spec() *spec.Spec { return spec.Of[settings]() }

func (Type) New(decl model.Field, env field.Env) field.Field {
	var s settings
	if !fieldkit.Settings(decl, env, &s) {
		return nil
	}
	return fieldkit.NewReference(s.To, s.Inverse, field.Cascade, true, env)
}
