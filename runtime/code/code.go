// Package code holds the engines over codes: to make many at once, to find the record that a typed
// code means, and to use it up. How a code looks is platform/code's; a field that makes its own is
// the field type "code".
package code

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/engine"
	"github.com/tenon-platform/tenon/platform/code"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/action"
	"github.com/tenon-platform/tenon/runtime/record"
)

// Engines are the engines of this package.
func Engines() []action.Engine { return []action.Engine{generate{rand.Reader}, find{}, redeem{}} }

// MaxBatch is how many codes one call makes.
const MaxBatch = record.MaxOps

// maxRounds is how often codes that are taken are made again.
const maxRounds = 16

// look are the parameters that say how codes look, where their field does not.
func look() []engine.Param {
	return []engine.Param{
		{Name: "alphabet", Kind: value.KindText, Doc: diag.Text{En: "characters of codes, where the field is no code field", Zh: "字符集（字段类型不是 code 时）"}},
		{Name: "checksum", Kind: value.KindBool, Doc: diag.Text{En: "whether codes end in a check character, where the field is no code field", Zh: "是否含校验位（字段类型不是 code 时）"}},
	}
}

// formatOf is how the codes of a field look: as its type says, or as the call does.
func formatOf(c *action.Call, f *catalog.Field) (code.Format, error) {
	if own, ok := f.Type.(interface{ CodeFormat() code.Format }); ok {
		return own.CodeFormat(), nil
	}
	out := code.Format{Length: 10}
	for _, name := range []string{"prefix", "alphabet", "length", "checksum"} {
		if !c.Given(name) {
			continue
		}
		v, err := c.Value(name)
		if err != nil {
			return out, err
		}
		switch {
		case v.IsNull():
		case name == "prefix":
			out.Prefix = v.Text()
		case name == "alphabet":
			out.Alphabet = v.Text()
		case name == "length":
			out.Length = int(value.Round(v, 0).Int())
		default:
			out.Check = v.Bool()
		}
	}
	if err := out.Valid(); err != nil {
		return out, errs.New(errs.InvalidInput, "%v", "编码格式有误：%v", err)
	}
	return out, nil
}

// generate is code.generate.
type generate struct{ random io.Reader }

// Signature declares the engine.
func (generate) Signature() *engine.Signature {
	return &engine.Signature{Name: "code.generate", Doc: diag.Text{En: fmt.Sprintf("Makes records with distinct codes, at most %d in one call.", MaxBatch), Zh: fmt.Sprintf("批量生成编码互不相同的记录，每次至多 %d 条。", MaxBatch)},
		Params: append([]engine.Param{
			{Name: "of", Kind: value.KindRef, Doc: diag.Text{En: "record that they belong to; the action's own unless given", Zh: "所属记录，默认为操作的记录"}},
			{Name: "into", Form: engine.Children, In: "of", Required: true, Doc: diag.Text{En: "object of the records, over its reference", Zh: "生成记录的对象，经其引用"}},
			{Name: "field", Form: engine.Field, In: "into", Required: true, Doc: diag.Text{En: "field that gets the code; it must be a unique key", Zh: "写入编码的字段，须为唯一键"}},
			{Name: "count", Kind: value.KindInt, Required: true, Doc: diag.Text{En: "how many there shall be in all; those that exist count", Zh: "应有总数，已存在的计入"}},
			{Name: "prefix", Kind: value.KindText, Doc: diag.Text{En: "what codes begin with, where the field is no code field", Zh: "前缀（字段类型不是 code 时）"}},
			{Name: "length", Kind: value.KindInt, Doc: diag.Text{En: "random characters, where the field is no code field; 10 unless given", Zh: "随机位数（字段类型不是 code 时），默认 10"}},
			{Name: "set", Form: engine.Values, In: "into", Doc: diag.Text{En: "other values of the records", Zh: "记录的其他字段值"}}}, look()...),
		Results: []engine.Result{
			{Name: "generated", Kind: value.KindInt, Doc: diag.Text{En: "records that were made", Zh: "本次生成数"}},
			{Name: "remaining", Kind: value.KindInt, Doc: diag.Text{En: "records that are still to be made by further calls", Zh: "尚待后续调用生成的数量"}}},
		Refusals: []engine.Refusal{{Name: "no_space", Code: errs.LimitExceeded, Message: diag.Text{En: "There are not enough codes of this length.", Zh: "该长度的编码数量不足。"}}}}
}

// Run makes records until there are as many as asked for, or the batch is full.
func (g generate) Run(c *action.Call) (map[string]value.Value, error) {
	_, parent, err := c.Parent("of")
	if err != nil {
		return nil, err
	}
	into, f := c.Arg("into"), c.Field("field")
	if !slices.ContainsFunc(f.Object.Keys, func(k *catalog.Key) bool { return len(k.Fields) == 1 && k.Fields[0] == f }) {
		return nil, errs.New(errs.InvalidInput, "%s.%s must be a unique key to hold codes", "%s.%s 须为唯一键才能存放编码", f.Object.Name, f.Name)
	}
	format, err := formatOf(c, f)
	if err != nil {
		return nil, err
	}
	count, err := c.Value("count")
	if err != nil {
		return nil, err
	}
	have, err := c.Aggregate("code.count."+into.Object.Name+"."+into.Field.Name, func() *driver.Query {
		return &driver.Query{Table: into.Object.Table, Aggs: []driver.Agg{{Func: driver.Count}}, Where: driver.And{Args: []driver.Expr{
			driver.Cmp{Op: driver.Eq, L: into.Field.Col(), R: driver.Param{N: 0}}, driver.IsNull{Arg: into.Object.Field(catalog.DeletedAt).Col()}}}}
	}, value.Ref(parent))
	if err != nil {
		return nil, err
	}
	missing := max(count.Int()-have[0].Int(), 0)
	n := min(missing, MaxBatch)
	if !format.Space(count.Int()) {
		return nil, action.Refuse("no_space")
	}
	codes, err := g.fresh(c, format, f, int(n))
	if err != nil {
		return nil, err
	}
	for _, s := range codes {
		vals, err := c.Set("set")
		if err != nil {
			return nil, err
		}
		vals[into.Field], vals[f] = value.Ref(parent), value.Text(s)
		if _, err := c.Create(into.Object, vals); err != nil {
			return nil, err
		}
	}
	return map[string]value.Value{"generated": value.Int(n), "remaining": value.Int(missing - n)}, nil
}

// fresh makes codes that no record has.
func (g generate) fresh(c *action.Call, format code.Format, f *catalog.Field, n int) ([]string, error) {
	out, seen := make([]string, 0, n), map[string]bool{}
	for range maxRounds {
		var more []string
		for tries := 0; len(out)+len(more) < n && tries < maxRounds*n; tries++ {
			s, err := format.New(g.random)
			if err != nil {
				return nil, err
			}
			if !seen[s] {
				seen[s], more = true, append(more, s)
			}
		}
		taken, err := existing(c, f, more)
		if err != nil {
			return nil, err
		}
		for _, s := range more {
			if !taken[s] {
				out = append(out, s)
			}
		}
		if len(out) == n {
			return out, nil
		}
	}
	return nil, action.Refuse("no_space")
}

// existing tells which of some codes a record has.
func existing(c *action.Call, f *catalog.Field, codes []string) (map[string]bool, error) {
	if len(codes) == 0 {
		return nil, nil
	}
	list, err := json.Marshal(codes)
	if err != nil {
		return nil, err
	}
	rs, err := c.Select("code.existing."+f.Object.Name+"."+f.Name, f.Object, func() driver.Expr { return driver.In{Arg: f.Col(), List: driver.Param{N: 0}} }, nil, value.List(string(list)))
	out := map[string]bool{}
	for _, r := range rs {
		out[r.Get(f).Text()] = true
	}
	return out, err
}
