package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// randomCases compare the engine with an evaluation of the algebra in Go, on random conditions.
func randomCases() []testCase {
	return []testCase{{"random conditions agree with the algebra", "arithmetic", func(f *fixture) {
		const seed = 20250722
		f.Logf("seed %d", seed)
		r := rand.New(rand.NewPCG(seed, 1))
		f.create(driver.Table{Name: "r", Columns: []driver.Column{
			{Name: "i", Type: driver.Int}, {Name: "d2", Type: driver.Decimal, Scale: 2}, {Name: "d4", Type: driver.Decimal, Scale: 4},
			{Name: "w", Type: driver.Decimal, Scale: 6, Precision: 38}, {Name: "s", Type: driver.Text}, {Name: "b", Type: driver.Bool},
		}})
		var rows []map[string]value.Value
		for id := range int64(40) {
			row := map[string]value.Value{"id": value.Ref(id + 1), "i": value.Int(r.Int64N(9) - 4), "d2": value.Decimal(r.Int64N(900)-450, 2), "d4": value.Decimal(r.Int64N(90000)-45000, 4),
				"w": value.Mul(value.Decimal(r.Int64N(9)-4, 0), value.Decimal(1250000, 6)), "s": value.Text(randomText(r)), "b": value.Bool(r.IntN(2) == 0)}
			var vals []value.Value
			for _, c := range []string{"id", "i", "d2", "d4", "w", "s", "b"} {
				if c != "id" && r.IntN(6) == 0 {
					row[c] = value.Null
				}
				vals = append(vals, row[c])
			}
			rows = append(rows, row)
			f.insert("r", []string{"id", "i", "d2", "d4", "w", "s", "b"}, vals)
		}
		for n := range 400 {
			g := &generator{r: r}
			where := g.condition(3)
			want := []int64{}
			for _, row := range rows {
				if v := eval(where, row, g.args); !v.IsNull() && v.Bool() {
					want = append(want, row["id"].Int())
				}
			}
			got := f.ids(driver.Query{Table: "r", Where: where, Order: []driver.Order{asc(col("id"))}}, g.args...)
			if !slices.Equal(got, want) {
				f.Fatalf("condition %d: %#v with %v: got %v, want %v", n, where, g.args, got, want)
			}
		}
	}}}
}

func randomText(r *rand.Rand) string {
	var b strings.Builder
	for range r.IntN(4) {
		b.WriteByte("aAbB%_'"[r.IntN(7)])
	}
	return b.String()
}

// generator makes conditions and the arguments they use.
type generator struct {
	r    *rand.Rand
	args []value.Value
}

func (g *generator) leaf(v value.Value) driver.Expr {
	if g.r.IntN(2) == 0 {
		return lit(v)
	}
	g.args = append(g.args, v)
	return param(len(g.args) - 1)
}

func (g *generator) condition(depth int) driver.Expr {
	pick := g.r.IntN(9)
	if depth > 0 && pick < 4 {
		switch pick {
		case 0:
			return driver.Not{Arg: g.condition(depth - 1)}
		case 1:
			return driver.And{Args: []driver.Expr{g.condition(depth - 1), g.condition(depth - 1)}}
		default:
			return driver.Or{Args: []driver.Expr{g.condition(depth - 1), g.condition(depth - 1)}}
		}
	}
	ops := []driver.CmpOp{driver.Eq, driver.Ne, driver.Lt, driver.Le, driver.Gt, driver.Ge}
	op := ops[g.r.IntN(len(ops))]
	switch g.r.IntN(6) {
	case 0:
		return driver.IsNull{Arg: col([]string{"i", "d2", "s", "b"}[g.r.IntN(4)])}
	case 1:
		return driver.Match{Mode: []string{"contains", "prefix", "suffix"}[g.r.IntN(3)], Arg: col("s"), Pattern: g.leaf(value.Text(randomText(g.r)))}
	case 2:
		return driver.In{Arg: col([]string{"i", "d2", "d4", "w"}[g.r.IntN(4)]), List: g.leaf(value.List(fmt.Sprintf(`["%d","%d.25","0.5"]`, g.r.IntN(9)-4, g.r.IntN(4))))}
	case 3:
		return cmp(col("s"), op, g.leaf(value.Text(randomText(g.r))))
	case 4:
		return cmp(g.number(2), op, g.column())
	}
	return cmp(g.column(), op, g.leaf(value.Decimal(g.r.Int64N(9000000)-4500000, uint8(2+g.r.IntN(5)))))
}

func (g *generator) column() driver.Expr { return col([]string{"i", "d2", "d4", "w"}[g.r.IntN(4)]) }

func (g *generator) number(depth int) driver.Expr {
	switch g.r.IntN(5) {
	case 0:
		return g.leaf(value.Decimal(g.r.Int64N(2000)-1000, uint8(g.r.IntN(4))))
	case 1:
		if depth > 0 {
			return driver.Arith{Op: []string{"+", "-", "*", "/", "%"}[g.r.IntN(5)], L: g.number(depth - 1), R: g.column()}
		}
	case 2:
		if depth > 0 {
			return driver.Case{Arms: []driver.Arm{{When: g.condition(0), Then: g.number(depth - 1)}}, Else: g.column()}
		}
	}
	return g.column()
}
