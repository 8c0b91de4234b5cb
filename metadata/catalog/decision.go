package catalog

import (
	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/decide"
	"github.com/tenon-platform/tenon/metadata/model"
)

// Decision is a decision table.
type Decision struct {
	Name       string
	Package    string
	Label      model.Text
	Help       model.Text
	Object     *Object // that the table is about; nil: none
	Permission string  // on the object, to ask the table through the API; "": to read it is enough

	// Inputs and Outputs hold the fields. They are objects without a table.
	Inputs, Outputs *Object
	Table           *decide.Table
	Decl            *model.Decision // as it was written, without places
	Digest          string          // equal for tables that decide alike
}

// Addr is the table's address.
func (d *Decision) Addr() addr.Address { return addr.Decision(d.Name) }

// Decision finds a decision table by name, or gives nil.
func (c *Catalog) Decision(name string) *Decision {
	for _, d := range c.Decisions {
		if d.Name == name {
			return d
		}
	}
	return nil
}
