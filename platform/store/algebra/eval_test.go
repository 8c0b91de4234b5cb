package algebra

import (
	"errors"
	"fmt"
	"testing"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// columns is a scope whose slots are the columns in order; "link" stands for any Lookup or Exists.
type columns []driver.Column

func (cs columns) Column(name string) (int, driver.Type, error) {
	for i, c := range cs {
		if c.Name == name {
			return i, c.Type, nil
		}
	}
	return 0, 0, fmt.Errorf("%w: %s", driver.ErrNoTable, name)
}

func (cs columns) Link(driver.Expr) (int, driver.Type, error) { return cs.Column("link") }
func (cs columns) Search(names []string) (slots []int, err error) {
	for _, n := range names {
		slot, _, err := cs.Column(n)
		if err != nil {
			return nil, err
		}
		slots = append(slots, slot)
	}
	return slots, nil
}
func (cs columns) Output(n int) (int, driver.Type, error) { return n, cs[n].Type, nil }

var (
	scope = columns{{Name: "n", Type: driver.Int}, {Name: "d", Type: driver.Decimal}, {Name: "s", Type: driver.Text}, {Name: "day", Type: driver.Date},
		{Name: "at", Type: driver.DateTime}, {Name: "tags", Type: driver.List}, {Name: "ref", Type: driver.Ref}, {Name: "doc", Type: driver.JSON},
		{Name: "link", Type: driver.Text}, {Name: "none", Type: driver.Int}, {Name: "b", Type: driver.Bool}}
	row = []value.Value{value.Int(7), value.Decimal(150, 2), value.Text(" AbÄ"), value.Date(20514), value.DateTime(1772442000000000),
		value.List(`["x",3]`), value.Ref(9), value.JSON(`{"a":{"b":2.5}}`), value.Text("linked"), value.Null, value.Bool(true)}
)

func TestEval(t *testing.T) {
	col := func(n string) driver.Expr { return driver.Col{Name: n} }
	lit := func(v value.Value) driver.Expr { return driver.Const{Value: v} }
	text := func(s string) driver.Expr { return lit(value.Text(s)) }
	num := func(n int64) driver.Expr { return lit(value.Int(n)) }
	fn := func(name string, args ...driver.Expr) driver.Expr { return driver.Func{Name: name, Args: args} }
	cmp := func(l driver.Expr, op driver.CmpOp, r driver.Expr) driver.Expr { return driver.Cmp{Op: op, L: l, R: r} }
	null, yes, no := lit(value.Null), lit(value.Bool(true)), lit(value.Bool(false))
	and := func(es ...driver.Expr) driver.Expr { return driver.And{Args: es} }
	or := func(es ...driver.Expr) driver.Expr { return driver.Or{Args: es} }
	is, isNot := value.Bool(true), value.Bool(false)
	for i, c := range []struct {
		e    driver.Expr
		want value.Value
	}{
		{and(yes, null), value.Null}, {and(null, no), isNot}, {or(null, yes), is}, {or(no, null), value.Null}, {and(), is}, {or(), isNot},
		{driver.Not{Arg: null}, value.Null}, {driver.Not{Arg: col("b")}, isNot}, {driver.IsNull{Arg: col("none")}, is},
		{cmp(col("none"), driver.Eq, col("none")), value.Null}, {cmp(col("n"), driver.Gt, col("d")), is}, {cmp(col("ref"), driver.Eq, num(9)), is},
		{driver.In{Arg: col("d"), List: lit(value.List(`["1.5"]`))}, is}, {driver.In{Arg: col("none"), List: lit(value.List(`[]`))}, value.Null},
		{driver.In{Arg: col("ref"), List: driver.Param{N: 0}}, is}, {driver.In{Arg: col("day"), List: lit(value.List(`[1]`))}, isNot},
		{driver.Has{Arg: col("tags"), Elem: text("x")}, is}, {driver.Has{Arg: col("tags"), Elem: num(3)}, is}, {driver.Has{Arg: col("tags"), Elem: text("3")}, isNot},
		{driver.Match{Mode: "contains", Arg: col("s"), Pattern: text("aB")}, is}, {driver.Match{Mode: "suffix", Arg: col("s"), Pattern: text("ä")}, isNot},
		{driver.Arith{Op: "/", L: col("n"), R: num(0)}, value.Null}, {driver.Arith{Op: "*", L: col("n"), R: col("d")}, value.Decimal(1050, 2)}, {driver.Neg{Arg: col("n")}, value.Int(-7)},
		{driver.Case{Arms: []driver.Arm{{When: null, Then: num(1)}, {When: yes, Then: num(2)}}, Else: num(3)}, value.Int(2)}, {driver.Case{}, value.Null},
		{driver.Search{Text: text("bä linke"), Columns: []string{"s", "link"}}, is}, {driver.Search{Text: text("bä linke"), Columns: []string{"s"}}, isNot}, {driver.Search{Text: text(" ."), Columns: []string{"s"}}, isNot},
		{driver.Search{Text: null, Columns: []string{"s"}}, isNot}, {driver.Lookup{}, value.Text("linked")}, {driver.Output{N: 0}, value.Int(7)},
		{fn("coalesce", col("none"), col("n")), value.Int(7)}, {fn("lower", col("s")), value.Text(" abÄ")}, {fn("upper", col("s")), value.Text(" ABÄ")},
		{fn("trim", col("s")), value.Text("AbÄ")}, {fn("length", col("s")), value.Int(4)}, {fn("concat", col("n"), null, text("x"), col("ref")), value.Text("7x9")},
		{fn("abs", num(-3)), value.Int(3)}, {fn("floor", col("d")), value.Int(1)}, {fn("ceil", col("d")), value.Int(2)}, {fn("round", col("d")), value.Int(2)},
		{fn("date", col("at"), text("Asia/Shanghai")), value.Date(20514)}, {fn("hour", col("at"), text("Asia/Shanghai")), value.Int(17)}, {fn("hour", col("at")), value.Int(9)},
		{fn("year", col("day")), value.Int(2026)}, {fn("quarter", col("day")), value.Int(1)}, {fn("week_start", col("day")), value.Date(20514)}, {fn("month_start", col("day")), value.Date(20513)},
		{fn("add_days", col("day"), num(-1)), value.Date(20513)}, {fn("add_days", col("at"), num(1)), value.DateTime(1772528400000000)},
		{fn("days_between", col("day"), lit(value.Date(20520))), value.Int(6)}, {fn("json_number", col("doc"), text("a.b")), value.Decimal(25, 1)},
	} {
		got, err := Compile(c.e, scope)
		if err != nil {
			t.Errorf("%d %#v: %v", i, c.e, err)
			continue
		}
		f := Frame{Row: row, Args: []value.Value{value.List("[8,9]")}}
		if v := got.Eval(&f); !value.Equal(v, c.want) || f.Err != nil {
			t.Errorf("%d %#v: got %+v, %v, want %+v", i, c.e, v, f.Err, c.want)
		}
	}
	for _, e := range []driver.Expr{col("unknown"), cmp(col("n"), driver.Eq, col("s")), cmp(col("n"), "~", num(1)), fn("soundex", col("s")), fn("trim"), fn("concat", col("day")),
		driver.Arith{Op: "^", L: num(1), R: num(1)}, driver.Neg{Arg: col("s")}, driver.Match{Mode: "like", Arg: col("s"), Pattern: text("")}, driver.In{Arg: col("n"), List: col("tags")}, and(col("s")),
		driver.Case{Arms: []driver.Arm{{When: yes, Then: num(1)}}, Else: text("x")}, driver.Param{N: -1}} {
		if _, err := Compile(e, scope); !errors.Is(err, driver.ErrUnsupported) && !errors.Is(err, driver.ErrNoTable) {
			t.Errorf("%#v: got %v", e, err)
		}
	}
	for _, e := range []driver.Expr{driver.Param{N: 1}, cmp(driver.Param{N: 0}, driver.Eq, col("n")), fn("date", col("at"), text("Nowhere")), driver.In{Arg: col("n"), List: lit(value.List(`["x"]`))}} {
		c, err := Compile(e, scope)
		f := Frame{Row: row, Args: []value.Value{value.Text("x")}}
		if err != nil || !c.Eval(&f).IsNull() && f.Err == nil || f.Err == nil {
			t.Errorf("%#v: the failure is not told (%v)", e, err)
		}
	}
}

func TestMean(t *testing.T) {
	third, err := value.ParseDecimal("0.6666666666666667")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		sum  value.Value
		n    int64
		want value.Value
	}{{value.Decimal(100, 2), 4, value.Decimal(25, 2)}, {value.Int(2), 3, third}, {value.Int(200), 2, value.Decimal(100, 0)}, {value.Int(1), 0, value.Null}} {
		if got := Mean(c.sum, c.n); got != c.want {
			t.Errorf("mean of %+v over %d: got %+v, want %+v", c.sum, c.n, got, c.want)
		}
	}
}

func TestSavedConditions(t *testing.T) {
	for _, e := range []driver.Expr{
		driver.And{Args: []driver.Expr{driver.Not{Arg: driver.IsNull{Arg: driver.Col{Name: "a"}}}, driver.Or{Args: []driver.Expr{driver.Cmp{Op: driver.Ge, L: driver.Col{Name: "b"}, R: driver.Const{Value: value.Decimal(-15, 1)}}}}}},
		driver.In{Arg: driver.Col{Name: "a"}, List: driver.Const{Value: value.List(`["x"]`)}},
		driver.Match{Mode: "prefix", Arg: driver.Col{Name: "a"}, Pattern: driver.Const{Value: value.Text("x")}},
	} {
		saved, err := SaveCondition(e)
		if err != nil {
			t.Fatal(err)
		}
		back, err := LoadCondition(saved)
		if err != nil || fmt.Sprintf("%#v", back) != fmt.Sprintf("%#v", e) || !Uses(back, "a") || Uses(back, "z") {
			t.Errorf("%s came back as %#v (%v)", saved, back, err)
		}
	}
	if _, err := SaveCondition(driver.Neg{Arg: driver.Col{Name: "a"}}); !errors.Is(err, driver.ErrUnsupported) {
		t.Errorf("got %v", err)
	}
}

// TestDeepExpressionsCompileOnce: the time grows with the size of an expression, not with its depth.
func TestDeepExpressionsCompileOnce(t *testing.T) {
	e := driver.Expr(driver.Const{Value: value.Int(7)})
	for range 60 {
		e = driver.Neg{Arg: driver.Func{Name: "abs", Args: []driver.Expr{e}}}
	}
	c, err := Compile(e, scope)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Eval(&Frame{}); got != value.Int(-7) {
		t.Errorf("got %+v", got)
	}
}
