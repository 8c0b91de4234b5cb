// Package territory finds which record of a tree of areas covers a code, and which records would
// belong elsewhere since the areas changed, for record actions. What areas and codes there are is
// said by the action that asks: nothing here knows an object.
package territory

import (
	"encoding/json"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/engine"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/action"
)

// Engines are the engines of this package.
func Engines() []action.Engine { return []action.Engine{match{}, review{}} }

// maxAreas bounds how many areas one call looks at.
const maxAreas = 20_000

// Area is a record that covers codes.
type Area struct {
	ID    int64
	Codes []string
}

// Cover finds the area that covers a code with the longest of its codes; of equals, the first. A
// covering code is a beginning of the code once fillers at its end are taken off: with the filler
// "00", 330000 covers 330106. It is 0 when none covers it.
func Cover(areas []Area, code, filler string) int64 {
	best, found := -1, int64(0)
	for _, a := range areas {
		for _, c := range a.Codes {
			c = trimmed(c, filler)
			if c != "" && len(c) > best && strings.HasPrefix(code, c) {
				best, found = len(c), a.ID
			}
		}
	}
	return found
}

func trimmed(code, filler string) string {
	for filler != "" && strings.HasSuffix(code, filler) {
		code = code[:len(code)-len(filler)]
	}
	return code
}

// among are the parameters that say what the areas are.
func among() []engine.Param {
	return []engine.Param{
		{Name: "codes", Form: engine.Field, Required: true, Doc: diag.Text{En: "JSON field with the list of codes that an area covers, such as area.codes", Zh: "区域覆盖编码列表所在的 JSON 字段，如 area.codes"}},
		{Name: "filler", Form: engine.Word, Doc: diag.Text{En: "what codes of larger areas are filled up with at their end, such as 00", Zh: "较大区域编码末尾的填充，如 00"}},
		{Name: "where", Form: engine.ChildExpr, In: "codes", Kind: value.KindBool, Doc: diag.Text{En: "condition: the other areas cover nothing", Zh: "条件：其余区域不参与"}},
	}
}

// match is territory.match.
type match struct{}

// Signature declares the engine.
func (match) Signature() *engine.Signature {
	return &engine.Signature{Name: "territory.match",
		Doc:     diag.Text{En: "Finds the area that covers a code, by the longest code of an area that the code begins with; area is null when none does.", Zh: "按最长前缀匹配查找覆盖编码的区域；无匹配时 area 为空。"},
		Params:  append(among(), engine.Param{Name: "code", Kind: value.KindText, Required: true, Doc: diag.Text{En: "the code; null gives null", Zh: "编码，空则结果为空"}}),
		Results: []engine.Result{{Name: "area", Kind: value.KindRef, In: "codes", Doc: diag.Text{En: "the area", Zh: "匹配的区域"}}}}
}

// Run finds.
func (match) Run(c *action.Call) (map[string]value.Value, error) {
	none := map[string]value.Value{"area": value.Null}
	code, err := c.Value("code")
	if err != nil || code.IsNull() {
		return none, err
	}
	areas, err := areasOf(c)
	if err != nil {
		return nil, err
	}
	if id := Cover(areas, strings.TrimSpace(code.Text()), c.Word("filler")); id != 0 {
		return map[string]value.Value{"area": value.Ref(id)}, nil
	}
	return none, nil
}

// areasOf reads the areas, the oldest first.
func areasOf(c *action.Call) ([]Area, error) {
	arg := c.Arg("codes")
	if err := c.Settle(); err != nil {
		return nil, err
	}
	f := arg.Field
	rs, err := c.SelectSome("territory."+arg.Object.Name+"."+f.Name, arg.Object, maxAreas+1, func() driver.Expr { return driver.Not{Arg: driver.IsNull{Arg: f.Col()}} },
		[]driver.Order{{Expr: driver.Col{Name: catalog.ID}}})
	if err != nil {
		return nil, err
	}
	if len(rs) > maxAreas {
		return nil, errs.New(errs.LimitExceeded, "at most %d areas can be looked at", "区域最多 %d 个", maxAreas)
	}
	out := make([]Area, 0, len(rs))
	for _, r := range rs {
		if c.Given("where") {
			v, err := c.Eval(c.Arg("where").Programs[0], r, nil)
			if err != nil {
				return nil, err
			}
			if v.Kind() != value.KindBool || !v.Bool() {
				continue
			}
		}
		a := Area{ID: r.ID()}
		if v := r.Get(f); v.Kind() != value.KindJSON || json.Unmarshal([]byte(v.Text()), &a.Codes) != nil {
			return nil, errs.New(errs.ValidationFail, "%s of an area is no list of codes", "区域的 %s 不是编码列表", f.Name)
		}
		out = append(out, a)
	}
	return out, nil
}
