package catalog

import (
	"bytes"
	"encoding/json"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
)

// Setting is a typed value that administrators choose for a package.
type Setting struct {
	Key     string // "leads.daily_limit", as SETTING names it
	Name    string
	Package string
	Label   model.Text
	Help    model.Text
	Kind    string // of field
	Type    field.Field
	Default value.Value
	ByBrand bool // brands may have values of their own
	Decl    model.Setting
}

// Addr is the setting's address.
func (s *Setting) Addr() addr.Address {
	return addr.Package(s.Package).Property("settings").Property(s.Name)
}

// Read is a value that is written as JSON.
func (s *Setting) Read(raw []byte) (value.Value, *errs.Error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var in any
	if err := d.Decode(&in); err != nil {
		return value.Null, errs.New(errs.InvalidInput, "the value is no JSON", "值不是有效的 JSON").Because(err)
	}
	v, bad := s.Type.Coerce(in)
	return v.Clone(), bad
}

// Setting finds a setting by its key, or gives nil.
func (c *Catalog) Setting(key string) *Setting {
	for _, s := range c.Settings {
		if s.Key == key {
			return s
		}
	}
	return nil
}

// BrandOf is the field that leads from an object's records to their brand; nil where none does.
func (o *Object) BrandOf() *Field {
	for _, f := range o.Fields {
		if f.Ref != nil && !f.Ref.Many && !f.Ref.Polymorphic && !f.System && f.Ref.Target().Serves == ServesBrand {
			return f
		}
	}
	return nil
}
