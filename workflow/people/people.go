// Package people finds the users that processes name. Who may do what is none of its business.
package people

import (
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/query"
	"github.com/tenon-platform/tenon/runtime/record"
)

// Find finds the live user that a definition names: by id, external id or sign-in name; 0: there is none.
func Find(se *record.Session, name string) (int64, error) {
	users := se.Catalog().Serving(catalog.ServesUser)
	if users == nil {
		return 0, nil
	}
	if prefix, n, ok := query.SplitID(name); ok && prefix == users.IDPrefix {
		return n, nil
	}
	for _, at := range []struct{ field, is string }{{catalog.ExternalID, name}, {catalog.ExternalID, users.Package + ":" + name}, {"username", name}} {
		f := users.Field(at.field)
		if f == nil || f.Column == "" {
			continue
		}
		found, err := se.Select("people "+users.Name+"."+at.field, users, func() driver.Expr { return driver.Cmp{Op: driver.Eq, L: f.Col(), R: driver.Param{N: 0}} },
			[]driver.Order{{Expr: query.ID}}, value.Text(at.is))
		if err != nil || len(found) > 0 {
			return first(found), err
		}
	}
	return 0, nil
}

func first(rs []record.Record) int64 {
	if len(rs) == 0 {
		return 0
	}
	return rs[0].ID()
}

// Active is Find of a user who may act.
func Active(se *record.Session, name string) (int64, error) {
	id, err := Find(se, name)
	if err != nil || id == 0 {
		return 0, err
	}
	r, ok, err := se.Find(se.Catalog().Serving(catalog.ServesUser), id)
	if err != nil || !ok || !Works(r) {
		return 0, err
	}
	return id, nil
}

// Works says whether a user's record is that of somebody who may act.
func Works(r record.Record) bool {
	f := r.Object().Field("status")
	if f == nil || f.Column == "" {
		return true
	}
	v := r.Get(f)
	return v.Kind() != value.KindText || v.Text() == "" || v.Text() == "active"
}
