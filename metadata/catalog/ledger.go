package catalog

import (
	"slices"

	"github.com/tenon-platform/tenon/metadata/model"
)

// Ledger makes an object's records entries of accounts; see model.Ledger. Optional fields are nil
// where they are not declared; Lot and Remaining, and Status and its codes, come together.
type Ledger struct {
	Account, Amount, Type, Balance, Key *Field
	At, Lot, Remaining, Expires, Undoes *Field
	Status, Due                         *Field
	Pending, Posted, Cancelled, Expiry  string
	Decl                                *model.Ledger // as it was written
}

// Fields are the declared fields.
func (l *Ledger) Fields() []*Field {
	return slices.DeleteFunc([]*Field{l.Account, l.Amount, l.Type, l.Balance, l.Key, l.At, l.Lot, l.Remaining, l.Expires, l.Undoes, l.Status, l.Due},
		func(f *Field) bool { return f == nil })
}

// Writes says whether postings themselves write a field.
func (l *Ledger) Writes(f *Field) bool { return slices.Contains(l.Fields(), f) }
