package graph

import (
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/query"
)

// told selects a formula over lookups for a caller who does not reach all records that it may look
// at: null where it looks at one that is not the caller's.
func (c *compiler) told(lv *level, w *writer, f *catalog.Field, t *ref, s *selected) *errs.Error {
	p := &rolledUp{f: f, own: access.NewValues(1), append: c.output(f, t, s)}
	cols := &query.Columns{}
	cols.Add(query.ID)
	var err error
	if p.src, err = cols.Field(f); err != nil {
		return errs.From(err)
	}
	where := []driver.Expr{driver.In{Arg: query.ID, List: driver.Param{N: 0}}}
	if told := access.Told(c.s.profile, f, p.own.Bind); told != nil {
		where = append(where, told)
	}
	if p.stmt, err = c.db.Prepare(&driver.Query{Table: f.Object.Table, Select: cols.All(), Where: driver.And{Args: where}}); err != nil {
		return errs.From(err)
	}
	c.hole(lv, w, &child{key: s.key, kind: rollChild, src: query.Source{Col: lv.cols.Add(query.ID)}, roll: p})
	return nil
}
