package packtest

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/query"
)

// byExternalID finds a record by its external id; 0 when there is none.
func (s *scenario) byExternalID(ctx context.Context, o *catalog.Object, external string) (id int64, err error) {
	var cols query.Columns
	cols.Add(query.ID)
	err = s.rows(ctx, &query.Read{Object: o, Columns: &cols, Unordered: true,
		Where: []driver.Expr{is(o.Field(catalog.ExternalID).Col(), value.Text(external))}}, func(rows driver.Rows) { id = rows.Value(0).Int() })
	return id, err
}

// read reads fields of a record as the API would, virtual ones too; nil when it is not there.
func (s *scenario) read(ctx context.Context, r ref, fields []*catalog.Field) ([]value.Value, error) {
	var cols query.Columns
	cols.Add(query.ID)
	sources := make([]query.Source, len(fields))
	for i, f := range fields {
		src, err := cols.Field(f)
		if err != nil {
			return nil, err
		}
		sources[i] = src
	}
	var out []value.Value
	env := expr.Env{NowMicros: s.clock.Now().UnixMicro()}
	err := s.rows(ctx, &query.Read{Object: r.object, Columns: &cols, Unordered: true, Where: []driver.Expr{is(query.ID, value.Ref(r.id))}},
		func(rows driver.Rows) {
			out = make([]value.Value, len(fields))
			for i := range sources {
				out[i] = sources[i].Value(rows, env).Clone()
			}
		})
	return out, err
}

func is(col driver.Expr, v value.Value) driver.Expr {
	return driver.Cmp{Op: driver.Eq, L: col, R: driver.Const{Value: v}}
}

func (s *scenario) rows(ctx context.Context, r *query.Read, each func(driver.Rows)) error {
	st, err := s.db.Prepare(r.Statement(access.Everything, nil))
	if err != nil {
		return fmt.Errorf("read %s: %w", r.Object.Name, err)
	}
	return s.db.View(ctx, func(tx store.Tx) error {
		rows, err := tx.Query(ctx, st, nil)
		if err != nil {
			return err
		}
		for rows.Next() {
			each(rows)
		}
		err = rows.Err()
		if cerr := rows.Close(); err == nil {
			err = cerr
		}
		return err
	})
}

// shown is a value as the API shows it.
func shown(f *catalog.Field, v value.Value) string {
	if v.IsNull() {
		return "null"
	}
	return string(f.Type.AppendJSON(nil, v))
}

// fits says whether the value of a field is what a case expects: the same as input, or as output.
func fits(f *catalog.Field, got value.Value, want any) bool {
	if v, err := f.Type.Coerce(want); err == nil && (value.Equal(v, got) || sameJSON(shown(f, v), shown(f, got))) {
		return true
	}
	b, err := json.Marshal(want)
	return err == nil && sameJSON(string(b), shown(f, got))
}

func sameJSON(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y)
}
