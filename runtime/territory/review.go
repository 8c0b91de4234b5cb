package territory

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/engine"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/action"
)

// maxRecords bounds how many records one review looks at.
const maxRecords = 10_000

// review is territory.review. A dry run of its action is a preview.
type review struct{}

// Signature declares the engine.
func (review) Signature() *engine.Signature {
	return &engine.Signature{Name: "territory.review",
		Doc: diag.Text{En: "Gives records the areas that cover their codes now, since the areas changed. Asked as a dry run it tells what would move.", Zh: "区域调整后，按编码为记录重新归属；以试运行方式调用即为预览。"},
		Params: append(among(),
			engine.Param{Name: "over", Form: engine.Field, Required: true, Doc: diag.Text{En: "field of the records that holds their code, such as site.code", Zh: "记录中编码所在字段，如 site.code"}},
			engine.Param{Name: "area", Form: engine.Field, In: "over", Required: true, Doc: diag.Text{En: "their reference to the area", Zh: "记录中指向区域的引用字段"}},
			engine.Param{Name: "of", Form: engine.ChildExpr, In: "over", Kind: value.KindBool, Doc: diag.Text{En: "condition: the other records stay where they are", Zh: "条件：其余记录不变"}}),
		Results: []engine.Result{
			{Name: "looked", Kind: value.KindInt, Doc: diag.Text{En: "records that were looked at", Zh: "检查的记录数"}},
			{Name: "moved", Kind: value.KindInt, Doc: diag.Text{En: "records that belong elsewhere", Zh: "归属变更的记录数"}},
			{Name: "moves", Kind: value.KindJSON, Doc: diag.Text{En: "how many move from where to where", Zh: "各来源与去向的记录数"}}}}
}

// move is how many records go from one area to another, by their ids; "" is none.
type move struct {
	From  string `json:"from"`
	To    string `json:"to"`
	Count int    `json:"count"`
}

// Run moves.
func (review) Run(c *action.Call) (map[string]value.Value, error) {
	over, ref := c.Arg("over"), c.Field("area")
	if target := c.Arg("codes").Object; ref.Ref == nil || ref.Ref.Many || ref.Ref.Polymorphic || ref.Ref.Target() != target {
		return nil, errs.New(errs.InvalidInput, "%s does not lead to an area", "%s 不指向区域", ref.Name)
	}
	areas, err := areasOf(c)
	if err != nil {
		return nil, err
	}
	code := over.Field
	rs, err := c.SelectSome("territory.review."+over.Object.Name+"."+code.Name, over.Object, maxRecords+1, func() driver.Expr { return driver.Not{Arg: driver.IsNull{Arg: code.Col()}} },
		[]driver.Order{{Expr: driver.Col{Name: catalog.ID}}})
	if err != nil {
		return nil, err
	}
	if len(rs) > maxRecords {
		return nil, errs.New(errs.LimitExceeded, "at most %d records can be reviewed at once", "一次最多检查 %d 条记录", maxRecords)
	}
	count, moved := map[move]int{}, 0
	for _, r := range rs {
		if c.Given("of") {
			v, err := c.Eval(c.Arg("of").Programs[0], r, nil)
			if err != nil {
				return nil, err
			}
			if v.Kind() != value.KindBool || !v.Bool() {
				continue
			}
		}
		to := value.Null
		if id := Cover(areas, strings.TrimSpace(r.Get(code).Text()), c.Word("filler")); id != 0 {
			to = value.Ref(id)
		}
		was := r.Get(ref)
		if value.Equal(was, to) && was.IsNull() == to.IsNull() {
			continue
		}
		moved++
		count[move{From: name(ref, was), To: name(ref, to)}]++
		if _, err := c.Update(r, map[*catalog.Field]value.Value{ref: to}); err != nil {
			return nil, err
		}
	}
	told, err := json.Marshal(moves(count))
	return map[string]value.Value{"looked": value.Int(int64(len(rs))), "moved": value.Int(int64(moved)), "moves": value.JSON(string(told))}, err
}

func name(ref *catalog.Field, v value.Value) string {
	if v.IsNull() {
		return ""
	}
	return fmt.Sprintf("%s_%d", ref.Ref.Target().IDPrefix, v.Int())
}

// moves are in the order of their ends.
func moves(count map[move]int) []move {
	out := make([]move, 0, len(count))
	for m, n := range count {
		m.Count = n
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b move) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	return out
}
