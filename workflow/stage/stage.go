// Package stage keeps how long records stay in their stages: for every object that declares a stage path, one
// row a stay, written in the transaction that moves the record. What stages mean, and which steps between
// them are allowed, is the packages' business.
package stage

import (
	"fmt"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/sla"
)

// History writes the stays of the records of one tenant.
type History struct{}

var _ record.Companion = History{}

// Keep lets the history follow the writes of a service, before the service is used.
func Keep(records *record.Service) { records.Accompanied(History{}) }

// Accompany ends and begins the stays of records that were written; see record.Companion. Of records that
// are loaded nobody knows how long they have been where they are: their first stay begins when they move.
func (History) Accompany(se *record.Session, es []record.Event) error {
	o := se.Catalog().Serving(catalog.RoleStageHistory)
	if o == nil || se.Loading() {
		return nil
	}
	for _, e := range es {
		path := e.Object().Path
		if path == nil {
			continue
		}
		if err := (&stay{se: se, o: o, path: path, e: e}).follow(); err != nil {
			return fmt.Errorf("stage history of %s: %w", e.Object().Name, err)
		}
	}
	return nil
}

// stay is what one write does to where one record is.
type stay struct {
	se   *record.Session
	o    *catalog.Object // whose records are stays
	path *catalog.Field
	e    record.Event
}

func (s *stay) follow() error {
	to := s.e.New.Get(s.path)
	switch s.e.Verb {
	case "create", "restore":
		return s.enter(value.Null, to)
	case "delete":
		return s.leave()
	}
	if !s.e.Changed(s.path) {
		return nil
	}
	if err := s.leave(); err != nil {
		return err
	}
	return s.enter(s.e.Prior(s.path), to)
}

// name is how the history names the record.
func (s *stay) name() string {
	return fmt.Sprintf("%s_%d", s.e.Object().IDPrefix, s.e.New.ID())
}

func (s *stay) enter(from, to value.Value) error {
	if to.IsNull() {
		return nil
	}
	vals := map[*catalog.Field]value.Value{}
	for name, v := range map[string]value.Value{"object_name": value.Text(s.e.Object().Name), "record_id": value.Text(s.name()), "field_name": value.Text(s.path.Name),
		"from_value": from, "to_value": to, "entered_at": s.se.Now()} {
		vals[s.o.Field(name)] = v
	}
	if by := s.se.Caller().Principal.UserID; by != 0 {
		vals[s.o.Field("by_user_id")] = value.Ref(by)
	}
	_, err := s.se.Create(s.o, vals)
	return err
}

// leave ends the stay that the record is in, if any is known.
func (s *stay) leave() error {
	eq := func(name string, n int) driver.Expr {
		return driver.Cmp{Op: driver.Eq, L: s.o.Field(name).Col(), R: driver.Param{N: n}}
	}
	open, err := s.se.Select("stage.open", s.o, func() driver.Expr {
		return driver.And{Args: []driver.Expr{eq("object_name", 0), eq("record_id", 1), eq("field_name", 2), driver.IsNull{Arg: s.o.Field("left_at").Col()}}}
	}, []driver.Order{{Expr: driver.Col{Name: catalog.ID}}}, value.Text(s.e.Object().Name), value.Text(s.name()), value.Text(s.path.Name))
	if err != nil || len(open) == 0 {
		return err
	}
	hours, _, err := sla.HoursOf(s.se, value.Null)
	if err != nil {
		return err
	}
	now := s.se.Now()
	for _, at := range open {
		from := at.Get(s.o.Field("entered_at")).AsTime()
		_, err := s.se.Update(at, map[*catalog.Field]value.Value{s.o.Field("left_at"): now,
			s.o.Field("wall_minutes"): value.Int(int64(now.AsTime().Sub(from) / time.Minute)),
			s.o.Field("biz_minutes"):  value.Int(int64(hours.Between(from, now.AsTime()) / time.Minute))})
		if err != nil {
			return err
		}
	}
	return nil
}
