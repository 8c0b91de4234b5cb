package record

import (
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
)

// appendOnly refuses to write entries of a ledger otherwise than by Enter and Amend, which
// runtime/ledger alone calls: nothing else keeps balances and lots right.
func appendOnly(o *catalog.Object) error {
	if o.Ledger == nil {
		return nil
	}
	return errs.New(errs.Forbidden, "%s is a ledger: entries are posted, and never changed or deleted", "%s 是账本：流水只能记账，不能修改或删除", o.Name)
}

// Enter appends an entry to a ledger. That the account's record is locked does not stop it: the
// record itself stays as it is.
func (s *Session) Enter(o *catalog.Object, vals map[*catalog.Field]value.Value) (Record, error) {
	return s.create(o, vals, func(*row) error { return nil })
}

// Amend changes what may change of an entry: what is left of its lot, and, once, whether it counts.
func (s *Session) Amend(rec Record, vals map[*catalog.Field]value.Value) (Record, error) {
	return s.update(rec, vals, func(*row, *row) error { return nil })
}
