package driver

import "github.com/tenon-platform/tenon/platform/value"

// Query is one read: filter, order, keyset page, projection; or an aggregation when Group or Aggs
// is set. Params are filled at execution, so one prepared query serves all values.
type Query struct {
	Table  string
	Select []Expr // what each row gives; empty with Aggs
	Where  Expr   // nil: all rows
	Order  []Order
	// After resumes strictly after the row whose Order expressions had these values (one Expr,
	// usually a Param, per Order). Order must end in a unique expression. Nulls sort first.
	After []Expr
	Limit Expr // Const or Param; nil: no limit
	// Per makes the query a batch: Limit counts per key, and rows come grouped by key, keys in any order.
	Per *Per
	// Group and Aggs make an aggregation: each row gives the Group expressions, then the Aggs.
	// Having and Order then refer to them through Output.
	Group  []Expr
	Aggs   []Agg
	Having Expr
}

// Per splits a query by the values of one expression, for the children of many parents at once.
type Per struct {
	By   Expr // of type Ref, e.g. Col{"account_id"}; select it to tell the groups apart
	Keys Expr // Param or Const holding a List of ids
}

// Order is one sort criterion. Nulls sort lowest: first ascending, last descending.
type Order struct {
	Expr Expr
	Desc bool
}

// AggFunc is an aggregate function.
type AggFunc string

const (
	Count         AggFunc = "count" // rows when Expr is nil, else non-null values
	CountDistinct AggFunc = "count_distinct"
	Sum           AggFunc = "sum" // exact for Int and Decimal; null over no values
	Avg           AggFunc = "avg" // Decimal, exact to 16 digits after the point, half-up
	Min           AggFunc = "min"
	Max           AggFunc = "max"
)

// Agg is one aggregate, over the rows for which Filter is true.
type Agg struct {
	Func   AggFunc
	Expr   Expr // nil only for Count
	Filter Expr // nil: all rows
}

// Expr is a scalar expression of the algebra. Conditions follow SQL's three-valued logic; a row
// matches when the condition is true.
type Expr interface{ isExpr() }

// CmpOp is a comparison.
type CmpOp string

const (
	Eq CmpOp = "="
	Ne CmpOp = "<>"
	Lt CmpOp = "<"
	Le CmpOp = "<="
	Gt CmpOp = ">"
	Ge CmpOp = ">="
)

type (
	// Col is a column of the current table; "id" is the primary key.
	Col struct{ Name string }
	// Const is a literal.
	Const struct{ Value value.Value }
	// Param is the n-th argument.
	Param struct{ N int }
	// Output is the n-th output of an aggregation (Group first, then Aggs); only in Having and Order.
	Output struct{ N int }

	And struct{ Args []Expr } // true when empty
	Or  struct{ Args []Expr } // false when empty
	Not struct{ Arg Expr }
	Cmp struct {
		Op   CmpOp
		L, R Expr
	}
	IsNull struct{ Arg Expr }
	// In is true when Arg equals an element of List, a Const or Param of kind List. Elements stand
	// for values of Arg's type: text as strings, decimals as strings in plain notation ("-12.30"),
	// everything else as the integer of value.Value.Int (days, microseconds, ids).
	In struct{ Arg, List Expr }
	// Match compares text: Mode is "contains", "prefix" or "suffix". ASCII letters match without
	// regard to case; nothing in Pattern is special.
	Match struct {
		Mode         string
		Arg, Pattern Expr
	}
	// Search is true when every word of Text, split and folded as platform/store/words says, occurs
	// in one of the table's search columns, or of those among them that Columns names, as a whole or
	// as part of a word there; false when Text has no word.
	Search struct {
		Text    Expr
		Columns []string // nil: all search columns
	}
	// Has is true when the List column Arg contains the value.
	Has struct{ Arg, Elem Expr }

	// Lookup evaluates Expr on the row of Table that Ref (an id) points to; null if there is none.
	Lookup struct {
		Ref   Expr
		Table string
		Expr  Expr
	}
	// Exists is true when Table has a row that the current row is linked with and for which Where
	// is true. Inside, Col means Table's columns.
	Exists struct {
		Table string
		Link  Link
		Where Expr // nil: any row
	}

	// Arith is +, -, *, /, %: exact decimals; null if a side is null or the divisor is zero.
	Arith struct {
		Op   string
		L, R Expr
	}
	Neg struct{ Arg Expr }
	// Case gives the first Then whose When is true, else Else (null if nil).
	Case struct {
		Arms []Arm
		Else Expr
	}
	// Func calls a function of the portable list: coalesce, lower, upper, length, trim, concat, abs,
	// round(x, scale), floor, ceil, date(datetime, zone), year, month, day, hour, quarter, week_start,
	// month_start, add_days, days_between, json_number(json, path). Engines refuse what they lack.
	// add_days(day or moment, n) drops what n has after the point, and is null where the result is
	// not within the years 1 to 9999.
	Func struct {
		Name string
		Args []Expr
	}
)

// Arm is one branch of a Case.
type Arm struct{ When, Then Expr }

// Link tells how a row of an Exists' table belongs to the current row: the value of Inner, seen
// from the inner table, equals the value of Outer, seen from the current one. With InnerList or
// OuterList that side is a List column which contains the other's value. With Prefix, Inner is
// text that equals Prefix followed by the decimal digits of Outer (polymorphic references).
type Link struct {
	Inner, Outer         Expr
	InnerList, OuterList bool
	Prefix               string
}

func (Col) isExpr()    {}
func (Const) isExpr()  {}
func (Param) isExpr()  {}
func (Output) isExpr() {}
func (And) isExpr()    {}
func (Or) isExpr()     {}
func (Not) isExpr()    {}
func (Cmp) isExpr()    {}
func (IsNull) isExpr() {}
func (In) isExpr()     {}
func (Match) isExpr()  {}
func (Has) isExpr()    {}
func (Search) isExpr() {}
func (Lookup) isExpr() {}
func (Exists) isExpr() {}
func (Arith) isExpr()  {}
func (Neg) isExpr()    {}
func (Case) isExpr()   {}
func (Func) isExpr()   {}
