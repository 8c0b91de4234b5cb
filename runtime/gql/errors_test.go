package gql

import (
	"strings"
	"testing"
	"unicode"

	graphql "github.com/graph-gophers/graphql-go"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/tenon-platform/tenon/platform/errs"
)

const sdl = `
	type Query { it(id: ID!, n: Int, f: Float, b: Boolean, s: String, c: Color, in: In, l: [Int!]): Thing  any: Any }
	interface Any { id: ID! }
	type Thing implements Any { id: ID! name(long: Boolean): String other: Thing color: String }
	type Other implements Any { id: ID! name: String! }
	enum Color { RED GREEN }
	input In { a: Int! b: [In!] }`

// TestFindingsInBothLanguages validates every kind of mistake with the library itself, so that a
// sentence that a new version of it words differently shows up here.
func TestFindingsInBothLanguages(t *testing.T) {
	parse := func(opts ...graphql.SchemaOpt) *graphql.Schema {
		s, err := graphql.ParseSchema(sdl, nil, opts...)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	free, bounded := parse(), parse(graphql.MaxDepth(3), graphql.OverlapValidationLimit(20))
	for _, c := range []struct {
		query, says, zh string
		code            errs.Code
	}{
		{`{ nope }`, "Cannot query field", "没有字段", errs.InvalidInput},
		{`{ itt(id: 1) { id } }`, "Did you mean", "是否应为", errs.InvalidInput},
		{`{ it { id } }`, "is required", "缺少", errs.InvalidInput},
		{`{ it(id: 1, x: 2) { id } }`, "Unknown argument", "没有参数", errs.InvalidInput},
		{`{ it(id: 1) }`, "must have a selection", "须选择子字段", errs.InvalidInput},
		{`{ it(id: 1) { id { x } } }`, "must not have a selection", "不能选择子字段", errs.InvalidInput},
		{`{ it(id: 1.5) { id } }`, "ID cannot", "ID 须为", errs.InvalidInput},
		{`{ it(id: 1, n: "x") { id } }`, "Int cannot", "Int 须为", errs.InvalidInput},
		{`{ it(id: 1, n: 99999999999) { id } }`, "32-bit", "32 位", errs.InvalidInput},
		{`{ it(id: 1, f: "x") { id } }`, "Float cannot", "Float 须为", errs.InvalidInput},
		{`{ it(id: 1, b: 1) { id } }`, "Boolean cannot", "Boolean 须为", errs.InvalidInput},
		{`{ it(id: 1, s: 1) { id } }`, "String cannot", "String 须为", errs.InvalidInput},
		{`{ it(id: 1, c: BLUE) { id } }`, "does not exist", "没有值", errs.InvalidInput},
		{`{ it(id: 1, c: REDD) { id } }`, "Did you mean the enum value", "是否应为枚举值", errs.InvalidInput},
		{`{ it(id: 1, c: "RED") { id } }`, "non-enum", "不接受", errs.InvalidInput},
		{`{ it(id: null) { id } }`, "found null", "实为 null", errs.InvalidInput},
		{`{ it(id: 1, in: 3) { id } }`, "Expected", "需要类型", errs.InvalidInput},
		{`{ it(id: 1, in: {c: 1, a: 1}) { id } }`, "is not defined by type", "没有字段", errs.InvalidInput},
		{`{ it(id: 1, in: {}) { id } }`, "was not provided", "缺少", errs.InvalidInput},
		{`{ it(id: 1, n: $n) { id } }`, "is not defined", "没有声明变量", errs.InvalidInput},
		{`query Q { it(id: 1, n: $n) { id } }`, "by operation", "操作 \"Q\"", errs.InvalidInput},
		{`query($n: Int) { it(id: 1) { id } }`, "is never used", "没有使用", errs.InvalidInput},
		{`query Q($n: Int) { it(id: 1) { id } }`, "in operation", "操作 \"Q\"", errs.InvalidInput},
		{`query($n: String) { it(id: 1, n: $n) { id } }`, "used in position", "用在了", errs.InvalidInput},
		{`query($n: Thing) { it(id: 1) { id } }`, "non-input", "非输入类型", errs.InvalidInput},
		{`query($n: Nope) { it(id: 1, n: $n) { id } }`, "Unknown type", "未知类型", errs.InvalidInput},
		{`query($n: Int, $n: Int) { it(id: 1, n: $n) { id } }`, "only one variable", "变量只能有一个", errs.InvalidInput},
		{`query($n: Int = "x") { it(id: 1, n: $n) { id } }`, "Int cannot", "Int 须为", errs.InvalidInput},
		{`query($n: Int! = 1) { it(id: 1, n: $n) { id } }`, "will not use the default", "不会使用默认值", errs.InvalidInput},
		{`{ it(id: 1, id: 2) { id } }`, "only one argument", "参数只能有一个", errs.InvalidInput},
		{`{ it(id: 1, in: {a: 1, a: 2}) { id } }`, "only one input field", "输入字段只能有一个", errs.InvalidInput},
		{`query A { any { id } } query A { any { id } }`, "only one operation", "操作只能有一个", errs.InvalidInput},
		{`{ any { id } } query A { any { id } }`, "anonymous", "匿名操作", errs.InvalidInput},
		{`{ ...F }`, "Unknown fragment", "未知片段", errs.InvalidInput},
		{`{ any { id } } fragment F on Thing { id }`, "is never used", "没有使用片段", errs.InvalidInput},
		{`{ any { ...F } } fragment F on Color { id }`, "non composite", "不是对象", errs.InvalidInput},
		{`{ any { ... on Color { id } } }`, "non composite", "不是对象", errs.InvalidInput},
		{`{ it(id: 1) { ... on Other { id } } }`, "can never be", "不可能是", errs.InvalidInput},
		{`{ it(id: 1) { ...F } } fragment F on Other { id }`, "can never be", "不可能是", errs.InvalidInput},
		{`{ it(id: 1) { ...F } } fragment F on Thing { other { ...F } }`, "within itself", "包含了自身", errs.InvalidInput},
		{`{ it(id: 1) { ...F } } fragment F on Thing { other { ...G } } fragment G on Thing { other { ...F } }`, "within itself", "包含了自身", errs.InvalidInput},
		{`{ any @nope { id } }`, "Unknown directive", "未知指令", errs.InvalidInput},
		{`query @skip(if: true) { any { id } }`, "may not be used", "不能用在", errs.InvalidInput},
		{`{ any @skip { id } }`, "Directive", "指令", errs.InvalidInput},
		{`{ any @skip(if: true) @skip(if: true) { id } }`, "only be used once", "只能使用一次", errs.InvalidInput},
		{`{ it(id: 1) { x: name x: color } }`, "are different fields", "不同的字段", errs.InvalidInput},
		{`{ it(id: 1) { name(long: true) name } }`, "differing arguments", "参数不同", errs.InvalidInput},
		{`{ any { ... on Thing { name } ... on Other { name } } }`, "conflicting types", "返回类型", errs.InvalidInput},
		{`{ it(id: 1) { x: other { y: id } x: other { y: color } } }`, "subfields", "子字段", errs.InvalidInput},
		{`{ it(id: 1) { other { other { other { id } } } } }`, "exceeds max depth", "超过最大深度", errs.LimitExceeded},
		{`{ it(id: 1) {` + strings.Repeat(" id", 30) + `} }`, "aborted", "同名字段", errs.LimitExceeded},
	} {
		schema := free
		if c.code == errs.LimitExceeded {
			schema = bounded
		}
		found := FromValidation(schema.ValidateWithVariables(c.query, nil), "zh-CN")
		var said *Error
		for _, f := range found {
			if strings.Contains(f.Extensions["message_en"].(string), c.says) {
				said = f
			}
		}
		if said == nil {
			t.Errorf("%s: %q is not said, only %v", c.query, c.says, texts(found))
			continue
		}
		zh := said.Extensions["message_zh"].(string)
		if said.Message != zh || !strings.Contains(zh, c.zh) || strings.HasPrefix(zh, "操作无效") || strings.Contains(zh, "$") && !strings.Contains(c.query, "$") || said.Extensions["code"] != c.code || len(said.Locations) == 0 {
			t.Errorf("%s: %s %s", c.query, said.Extensions["code"], zh)
		}
	}
}

func texts(found []*Error) (out []any) {
	for _, f := range found {
		out = append(out, f.Extensions["message_en"])
	}
	return out
}

func TestSyntaxInBothLanguages(t *testing.T) {
	for _, c := range []struct {
		text, says, zh string
		code           errs.Code
	}{
		{`{ a(`, "found <EOF>", "实为", errs.InvalidInput},
		{`{ a } }`, "Unexpected", "意外", errs.InvalidInput},
		{`{ a(b: "x) }`, "Unterminated", "结束引号", errs.InvalidInput},
		{`{ a(b: "` + "\x01" + `") }`, "Invalid character", "无效字符", errs.InvalidInput},
		{`{ a(b: "\q") }`, "escape", "转义", errs.InvalidInput},
		{`{ a(b: 01) }`, "unexpected digit", "0 之后", errs.InvalidInput},
		{`{ a(b: 1.x) }`, "expected digit", "应为数字", errs.InvalidInput},
		{`{ a(b: 'x') }`, "single quote", "单引号", errs.InvalidInput},
		{`{ a ? }`, "unexpected character", "意外的字符", errs.InvalidInput},
		{"{ a \x00 }", "invalid character", "无效字符", errs.InvalidInput},
		{`{` + strings.Repeat(" a", 200) + `}`, "token limit", "词法单元", errs.LimitExceeded},
		{strings.Repeat("{a", 1100), "nesting depth", "嵌套", errs.LimitExceeded},
	} {
		limit := 100
		if c.says == "nesting depth" {
			limit = 0
		}
		_, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: c.text}, limit)
		if err == nil {
			t.Errorf("%.40s: parsed", c.text)
			continue
		}
		e := FromSyntax(err, c.text, "en")
		zh := e.Extensions["message_zh"].(string)
		if !strings.Contains(e.Message, c.says) || !strings.Contains(zh, c.zh) || strings.Contains(zh, "操作无效") || e.Extensions["code"] != c.code {
			t.Errorf("%.40s: %s / %s", c.text, e.Message, zh)
		}
	}
}

// TestSentences holds that every sentence is Chinese and keeps only parts that there are.
func TestSentences(t *testing.T) {
	for _, s := range sentences {
		n := strings.Count(s.en, "%")
		for i := 1; i <= 9; i++ {
			if strings.Contains(s.zh, "$"+string(rune('0'+i))) && i > n {
				t.Errorf("%q has %d parts: %q", s.en, n, s.zh)
			}
		}
		if strings.IndexFunc(s.zh, func(r rune) bool { return unicode.Is(unicode.Han, r) }) < 0 {
			t.Errorf("%q is not Chinese", s.zh)
		}
	}
}
