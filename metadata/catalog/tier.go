package catalog

import (
	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/tier"
)

// TierTable is a ladder of rates.
type TierTable struct {
	Name       string
	Package    string
	Label      model.Text
	Help       model.Text
	Object     *Object // that the table is about; nil: none
	Permission string  // on the object, to ask the table through the API; "": to read it is enough
	Versions   []tier.Version
	Decl       *model.TierTable // as it was written, without places
	Digest     string           // equal for tables that compute alike
}

// Addr is the table's address.
func (t *TierTable) Addr() addr.Address { return addr.Tiers(t.Name) }

// TierTable finds a tier table by name, or gives nil.
func (c *Catalog) TierTable(name string) *TierTable {
	for _, t := range c.Tiers {
		if t.Name == name {
			return t
		}
	}
	return nil
}
