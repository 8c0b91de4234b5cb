package catalog

import (
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
)

// Words are what people call the object. A text with the object itself as argument tells of it by its label, in
// either language; one with its name is for those who write the name.
func (o *Object) Words() diag.Text { return called(o.Label, o.Name) }

// Words are what people call the field.
func (f *Field) Words() diag.Text { return called(f.Label, f.Name) }

// Words are what people call the permission set.
func (s *PermissionSet) Words() diag.Text { return called(s.Label, s.Name) }

// Words are what people call the rule.
func (r *SharingRule) Words() diag.Text { return called(r.Label, r.Name) }

// Words are what people call the restriction.
func (r *Restriction) Words() diag.Text { return called(r.Label, r.Name) }

func called(label model.Text, name string) diag.Text {
	t := diag.Text{En: label.In("en"), Zh: label.In("zh-CN")}
	if t.En == "" {
		return diag.Text{En: name, Zh: name}
	}
	return t
}
