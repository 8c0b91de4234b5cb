package gql

import (
	"regexp"
	"strings"
	"sync"
)

// The libraries that parse and validate operations speak English. Their sentences are few; this
// table has them in Chinese. A sentence that it lacks is quoted.

// sentence is one of them: % stands for a part that is kept, in zh $1 is the first.
type sentence struct{ en, zh string }

var sentences = []sentence{
	// parsing
	{`expected at least one definition, found %`, `至少应有一个定义，实为 $1`},
	{`exceeded token limit of %`, `操作的词法单元超过 $1 个`},
	{`exceeded maximum nesting depth of %`, `操作的嵌套超过 $1 层`},
	{`Unterminated string.`, `字符串没有结束引号。`},
	{`Invalid character within String: %.`, `字符串含有无效字符 $1。`},
	{`Invalid character escape sequence.`, `无效的转义序列。`},
	{`Invalid character escape sequence: %.`, `无效的转义序列 $1。`},
	{`invalid char escape`, `无效的转义序列`},
	{`Invalid number, unexpected digit after 0: %.`, `无效的数字：0 之后不能有数字 $1。`},
	{`Invalid number, expected digit but got: %.`, `无效的数字：此处应为数字，实为 $1。`},
	{`Cannot contain the invalid character %`, `含有无效字符 $1`},
	{`Unexpected single quote character ('), did you mean to use a double quote (")?`, `意外的单引号，字符串须用双引号`},
	{`Cannot parse the unexpected character %.`, `意外的字符 $1。`},
	{`syntax error: %`, `语法错误：$1`},
	// operations
	{`This anonymous operation must be the only defined operation.`, `匿名操作只能单独出现。`},
	{`must provide operation name if query contains multiple operations`, `存在多个操作时必须指定操作名称`},
	{`no operation with name %`, `没有名为 $1 的操作`},
	{`no operations in query document`, `请求中没有操作`},
	{`graphql-ws protocol header is missing`, `此处不支持订阅`},
	{`There can be only one operation named %.`, `名为 $1 的操作只能有一个。`},
	{`There can be only one fragment named %.`, `名为 $1 的片段只能有一个。`},
	{`There can be only one variable named %.`, `名为 $1 的变量只能有一个。`},
	{`There can be only one argument named %.`, `名为 $1 的参数只能有一个。`},
	{`There can be only one input field named %.`, `名为 $1 的输入字段只能有一个。`},
	{`There can be only one % named %.`, `名为 $2 的 $1 只能有一个。`},
	// variables
	{`Variable % cannot be non-input type %.`, `变量 $1 不能是非输入类型 $2。`},
	{`Variable % of type % is required and will not use the default value. Perhaps you meant to use type %.`, `变量 $1 的类型 $2 为必填，不会使用默认值；也许应为 $3。`},
	{`Variable % is never used in operation %.`, `操作 $2 没有使用变量 $1。`},
	{`Variable % is never used.`, `没有使用变量 $1。`},
	{`Variable % is not defined by operation %.`, `操作 $2 没有声明变量 $1。`},
	{`Variable % is not defined.`, `没有声明变量 $1。`},
	{`Variable % of type % used in position expecting type %.`, `类型为 $2 的变量 $1 用在了需要类型 $3 的位置。`},
	{`Variable % is of type % but must be non-nullable to be used for OneOf Input Object %.`, `变量 $1 的类型为 $2，用于 OneOf 输入对象 $3 时须为非空。`},
	{`Variable % has invalid value null. Expected type %, found null.`, `变量 $1 的值无效：需要类型 $2，实为 null。`},
	{`Variable % has invalid type %. Expected type %, found %.`, `变量 $1 的值无效：需要类型 $3，实为 $4。`},
	{`Variable % has invalid value %. Expected type %, found %.`, `变量 $1 的值无效：需要类型 $3，实为 $4。`},
	{`Variable % has invalid value. %`, `变量 $1 的值无效：$2`},
	{`Unknown type %.`, `未知类型 $1。`},
	// fields
	{`Cannot query field % on type %.`, `类型 $2 没有字段 $1。`},
	{`Field % has depth % that exceeds max depth %`, `字段 $1 位于第 $2 层，超过最大深度 $3`},
	{`Field % of type % must have a selection of subfields.`, `类型为 $2 的字段 $1 须选择子字段。`},
	{`Field % must not have a selection since type % has no subfields.`, `字段 $1 不能选择子字段：类型 $2 没有子字段。`},
	{`Fields % conflict because %. Use different aliases on the fields to fetch both if this was intentional.`, `字段 $1 相互冲突：$2。如需同时获取，请使用不同的别名。`},
	{`Overlapping field validation aborted after examining % pairs (limit %). Consider restructuring the query or increasing the limit.`, `操作含有过多同名字段：已比较 $1 对（上限 $2）。`},
	// arguments and values
	{`Unknown argument % on field %.`, `字段 $2 没有参数 $1。`},
	{`Unknown argument % on directive %.`, `指令 $2 没有参数 $1。`},
	{`Field % argument % of type % is required, but it was not provided.`, `字段 $1 缺少类型为 $3 的必填参数 $2。`},
	{`Directive % argument % of type % is required, but it was not provided.`, `指令 $1 缺少类型为 $3 的必填参数 $2。`},
	{`Expected value of type %, found %.`, `需要类型 $1 的值，实为 $2。`},
	{`Expected type %, found %.`, `需要类型 $1，实为 $2。`},
	{`Field % is not defined by type %.`, `类型 $2 没有字段 $1。`},
	{`Field % of required type % was not provided.`, `缺少类型为 $2 的必填字段 $1。`},
	{`Field % must be non-null.`, `字段 $1 不能为 null。`},
	{`OneOf Input Object % must specify exactly one key.`, `OneOf 输入对象 $1 须且只能给出一个键。`},
	{`Int cannot represent non 32-bit signed integer value: %`, `Int 须为 32 位有符号整数，实为 $1`},
	{`Int cannot represent non-integer value: %`, `Int 须为整数，实为 $1`},
	{`Float cannot represent non numeric value: %`, `Float 须为数字，实为 $1`},
	{`String cannot represent a non string value: %`, `String 须为文本，实为 $1`},
	{`Boolean cannot represent a non boolean value: %`, `Boolean 须为 true 或 false，实为 $1`},
	{`ID cannot represent a non-string and non-integer value: %`, `ID 须为文本或整数，实为 $1`},
	{`Enum % cannot represent non-enum value: %.`, `枚举 $1 不接受 $2。`},
	{`Value % does not exist in % enum.`, `枚举 $2 没有值 $1。`},
	// fragments and directives
	{`Fragment % cannot condition on non composite type %.`, `片段 $1 的类型 $2 不是对象、接口或联合。`},
	{`Fragment cannot condition on non composite type %.`, `片段的类型 $1 不是对象、接口或联合。`},
	{`Fragment % is never used.`, `没有使用片段 $1。`},
	{`Unknown fragment %.`, `未知片段 $1。`},
	{`Unknown fragment %. Unable to evaluate depth.`, `未知片段 $1，无法计算深度。`},
	{`Fragment % cannot be spread here as objects of type % can never be of type %.`, `片段 $1 不能用在此处：类型 $2 的对象不可能是类型 $3。`},
	{`Fragment cannot be spread here as objects of type % can never be of type %.`, `片段不能用在此处：类型 $1 的对象不可能是类型 $2。`},
	{`Cannot spread fragment % within itself via %.`, `片段 $1 经由 $2 包含了自身。`},
	{`Cannot spread fragment % within itself.`, `片段 $1 包含了自身。`},
	{`Unknown directive %.`, `未知指令 $1。`},
	{`Directive % may not be used on %.`, `指令 $1 不能用在 $2 上。`},
	{`The directive % can only be used once at this location.`, `指令 $1 在此处只能使用一次。`},
	// suggestions
	{`Did you mean the enum value %?`, `是否应为枚举值 $1？`},
	{`Did you mean to use an inline fragment on %?`, `是否应使用 $1 的内联片段？`},
	{`Did you mean %?`, `是否应为 $1？`},
	// what many sentences begin with
	{`Unexpected %`, `意外的 $1`},
	{`Expected %, found %`, `此处应为 $1，实为 $2`},
}

// reasons are why fields conflict; one may follow another in a sentence.
var reasons = []sentence{
	{`subfields % conflict because `, `子字段 $1 相互冲突：`},
	{`they have differing arguments`, `参数不同`},
	{`they return conflicting types % and "%"`, `返回类型 $1 与 "$2" 不同`},
	{`"%" and "%" are different fields`, `"$1" 与 "$2" 是不同的字段`},
	{` and `, `，且`},
}

type pattern struct {
	re *regexp.Regexp
	zh string
}

var (
	sentencePatterns = sync.OnceValue(func() []pattern { return compile(sentences, "^", "$") })
	reasonPatterns   = sync.OnceValue(func() []pattern { return compile(reasons, "", "") })
)

var groupNumber = regexp.MustCompile(`\$(\d)`)

func compile(list []sentence, before, after string) []pattern {
	out := make([]pattern, len(list))
	for i, s := range list {
		re := before + strings.ReplaceAll(regexp.QuoteMeta(s.en), "%", `(.+?)`) + after
		out[i] = pattern{regexp.MustCompile(re), groupNumber.ReplaceAllString(s.zh, "$${$1}")}
	}
	return out
}

// chinese gives a sentence of the libraries in Chinese, with their suggestion, if they have one.
func chinese(en string) string {
	en = strings.ReplaceAll(en, "\n", " ")
	said, hint, hinted := strings.Cut(en, " Did you mean ")
	zh := translate(said)
	if zh == "" {
		return "操作无效：" + en
	}
	if hinted {
		zh += translate("Did you mean " + strings.ReplaceAll(hint, "or ", "或 "))
	}
	return zh
}

// translate gives a sentence in Chinese, "" when the table lacks it.
func translate(en string) string {
	for _, p := range sentencePatterns() {
		m := p.re.FindStringSubmatch(en)
		if m == nil {
			continue
		}
		zh := p.zh
		for i, part := range m[1:] {
			zh = strings.ReplaceAll(zh, "${"+string(rune('1'+i))+"}", inner(part))
		}
		return zh
	}
	return ""
}

// inner gives a part of a sentence, which may be a sentence itself.
func inner(part string) string {
	if zh := translate(part); zh != "" {
		return zh
	}
	if !strings.Contains(part, "conflict") && !strings.Contains(part, "are different fields") && !strings.Contains(part, "differing") {
		return part
	}
	for _, p := range reasonPatterns() {
		part = p.re.ReplaceAllString(part, p.zh)
	}
	return part
}
