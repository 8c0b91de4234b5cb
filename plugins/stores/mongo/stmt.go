package mongo

import (
	"sync/atomic"

	"github.com/tenon-platform/tenon/platform/store/driver"
)

// stmt is a prepared query, compiled against the schema that it was last used with.
type stmt struct {
	db   *db
	q    *driver.Query
	last atomic.Pointer[planned]
}

type planned struct {
	schema *schema
	plan   *plan
}

// Prepare compiles q, which must not change afterwards.
func (d *db) Prepare(q *driver.Query) (driver.Stmt, error) {
	s := &stmt{db: d, q: q}
	_, err := s.plan(d.schema.Load())
	return s, err
}

func (s *stmt) plan(now *schema) (*plan, error) {
	if last := s.last.Load(); last != nil && last.schema == now {
		return last.plan, nil
	}
	p, err := now.plan(s.q)
	if err != nil {
		return nil, err
	}
	s.last.Store(&planned{now, p})
	return p, nil
}
