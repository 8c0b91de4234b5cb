package mongo

import (
	"errors"
	"fmt"
	"slices"

	"github.com/tenon-platform/tenon/platform/store/algebra"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// errLocal says that a condition cannot be a find filter and has to be evaluated here.
var errLocal = errors.New("mongo: not a find filter")

// slot is one place in a row: a field of the document, or what a link gives.
type slot struct {
	name  string // of the column
	field string
	typ   typ
	link  *link
}

// scope gives out the slots of the rows of one table.
type scope struct {
	schema  *schema
	table   *table
	slots   []slot
	links   []*link // in the order in which they have to be followed
	used    []int   // slots that the expression in compilation reads
	partial bool    // only what the condition of an index may have
}

var _ algebra.Scope = (*scope)(nil)

func (s *schema) scope(name string) (*scope, error) {
	t := s.tables[name]
	if t == nil || t.saved.Dropping {
		return nil, fmt.Errorf("%w: %s", driver.ErrNoTable, name)
	}
	return &scope{schema: s, table: t}, nil
}

// Column gives the slot of a column.
func (s *scope) Column(name string) (int, driver.Type, error) {
	i := slices.IndexFunc(s.slots, func(x slot) bool { return x.link == nil && x.name == name })
	if i < 0 {
		field, t, err := s.table.column(name)
		if err != nil {
			return 0, 0, err
		}
		i = len(s.slots)
		s.slots = append(s.slots, slot{name: name, field: field, typ: t})
	}
	s.used = append(s.used, i)
	return i, s.slots[i].typ.t, nil
}

// Output is for aggregations alone.
func (s *scope) Output(n int) (int, driver.Type, error) {
	return 0, 0, unsupported("output %d where there is no aggregation", n)
}

// Search gives the slots of search columns.
func (s *scope) Search(columns []string) ([]int, error) {
	names, err := s.table.searched(columns)
	if err != nil {
		return nil, err
	}
	slots := make([]int, len(names))
	for i, c := range names {
		if slots[i], _, err = s.Column(c); err != nil {
			return nil, err
		}
	}
	return slots, nil
}

// expr is a compiled expression and the slots it reads.
type expr struct {
	algebra.Compiled
	needs []int
}

func (s *scope) expr(e driver.Expr) (expr, error) {
	return s.compiled(algebra.Compile(e, s))
}

func (s *scope) condition(e driver.Expr) (expr, error) {
	return s.compiled(algebra.Condition(e, s))
}

func (s *scope) compiled(c algebra.Compiled, err error) (expr, error) {
	needs := s.used
	s.used = nil
	return expr{c, needs}, err
}

// freeScope compiles what reads no row.
type freeScope struct{}

func (freeScope) Column(string) (int, driver.Type, error)    { return 0, 0, errLocal }
func (freeScope) Link(driver.Expr) (int, driver.Type, error) { return 0, 0, errLocal }
func (freeScope) Output(int) (int, driver.Type, error)       { return 0, 0, errLocal }
func (freeScope) Search([]string) ([]int, error)             { return nil, errLocal }

// free compiles e if it reads no row.
func free(e driver.Expr) (algebra.Compiled, bool) {
	c, err := algebra.Compile(e, freeScope{})
	return c, err == nil && c.Free
}

// argument compiles an operand of a query itself, a Const or Param.
func argument(e driver.Expr) (algebra.Compiled, error) {
	c, ok := free(e)
	if !ok {
		return c, unsupported("%T where a literal or parameter is wanted", e)
	}
	return c, nil
}

// column tells the field and type of a column.
func (t *table) column(name string) (string, typ, error) {
	if name == "id" {
		return "_id", tRef, nil
	}
	ty, ok := t.types[name]
	if !ok {
		return "", typ{}, fmt.Errorf("%w: %s.%s", driver.ErrNoTable, t.def.Name, name)
	}
	return name, ty, nil
}

// eval gives the value of what reads no row, for the arguments of this execution.
func (x *exec) eval(c algebra.Compiled) (value.Value, error) {
	f := algebra.Frame{Args: x.args}
	v := c.Eval(&f)
	return v, f.Err
}
