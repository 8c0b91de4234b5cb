package expr

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/tenon-platform/tenon/metadata/normalise"
	"github.com/tenon-platform/tenon/metadata/similar"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/value"
)

func normFunctions() []*function {
	text := func(name, en, zh string, f func(string) string) *function {
		return &function{name: name, syntax: name + "(text)", doc: diag.Text{En: en, Zh: zh}, params: one1(aText), result: gives(value.KindText),
			build: strict(func(_ *node, a []value.Value) value.Value { return value.Text(f(a[0].Text())) })}
	}
	alike := func(name, en, zh string, f func(a, b string) similar.Score) *function {
		return &function{name: name, syntax: name + "(a, b)", doc: diag.Text{En: en, Zh: zh}, params: []param{{kinds: aText}, {kinds: aText}}, result: gives(value.KindDecimal),
			build: strict(func(_ *node, a []value.Value) value.Value {
				return value.Decimal(int64(f(a[0].Text(), a[1].Text())), 4)
			})}
	}
	return []*function{
		text("NORM_PHONE", "a phone number's digits, without extension and +86", "电话号码规范形式：去分机号与 +86", normalise.Phone),
		text("NORM_EMAIL", "an e-mail address, trimmed and in lower case", "邮箱规范形式：去空白并小写", normalise.Email),
		text("NORM_COMPANY", "a company's name without legal form", "公司名称规范形式：去除组织形式后缀", normalise.Company),
		text("NORM_NAME", "a person's name, without blanks between Chinese characters", "人名规范形式：去除中文字符间的空白", normalise.Name),
		text("NORM_TEXT", "a text in lower case, with full-width characters as usual ones and single blanks", "文本规范形式：小写、全角转半角、合并空白", normalise.Text),
		alike("DICE", "how alike two texts are, by pairs of characters, 0 to 1", "两段文本的二元组相似度，0 至 1", similar.Dice),
		alike("LEVENSHTEIN", "how alike two texts are, by the share of characters that need no change, 0 to 1", "两段文本的编辑距离相似度，0 至 1", similar.Levenshtein),
		alike("JARO_WINKLER", "how alike two texts are, with weight on their beginning, 0 to 1", "两段文本的 Jaro-Winkler 相似度（侧重开头），0 至 1", similar.JaroWinkler),
		{name: "ALIKE_KEY", syntax: "ALIKE_KEY(text, n)", doc: diag.Textf("a key that texts of many common pairs of characters are likely to share; each n gives another", "相似文本很可能相同的键；不同的 n 给出不同的键"),
			params: []param{{kinds: aText}, {kinds: kindSet(value.KindInt)}}, result: gives(value.KindText),
			build: strict(func(_ *node, a []value.Value) value.Value { return value.Text(similar.Key(a[0].Text(), a[1].Int())) })},
		{name: "GB32100_VALID", syntax: "GB32100_VALID(code)", doc: diag.Textf("whether a unified social credit code has the right check digit", "统一社会信用代码校验位是否正确"),
			params: one1(aText), result: gives(value.KindBool),
			build: strict(func(_ *node, a []value.Value) value.Value { return value.Bool(gb32100(a[0].Text())) })},
	}
}

func foldASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// left is the first characters of a text; all of them where it has no more.
func left(s string, n int64) string {
	for i := range s {
		if n <= 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// listHas says whether a list holds a text or the id of a record.
func listHas(list, elem value.Value) bool {
	var items []json.RawMessage
	if json.Unmarshal([]byte(list.Text()), &items) != nil {
		return false
	}
	for _, it := range items {
		if elem.Kind() == value.KindRef {
			if string(it) == strconv.FormatInt(elem.Int(), 10) {
				return true
			}
			continue
		}
		var s string
		if json.Unmarshal(it, &s) == nil && s == elem.Text() {
			return true
		}
	}
	return false
}

// gb32100 checks GB 32100-2015: the weighted sum of the first 17 characters modulo 31 gives the last.
func gb32100(s string) bool {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	if len(s) != 18 {
		return false
	}
	sum, weight := 0, 1
	for i := range 17 {
		v := strings.IndexByte(alphabet, s[i])
		if v < 0 {
			return false
		}
		sum += v * weight
		weight = weight * 3 % 31
	}
	return s[17] == alphabet[(31-sum%31)%31]
}

// regexForm compiles the pattern once, when the expression is loaded.
func regexForm(c *checker, a *ast) *node {
	if len(a.args) != 2 || a.args[1].kind != astText {
		return c.fail("bad-call", a, "REGEX needs a text and a pattern in quotes", "REGEX 需要文本和带引号的模式")
	}
	if _, err := regexp.Compile(a.args[1].text); err != nil {
		return c.fail("bad-pattern", a.args[1], "the pattern is broken: %v", "模式有误：%v", err)
	}
	return c.apply("REGEX_MATCH", a, c.check(a.args[0]), c.check(a.args[1]))
}

func buildRegex(n *node) evaluator {
	a := build(n.args[0])
	re, err := regexp.Compile(n.args[1].val.Text())
	return func(in []value.Value, env Env) value.Value {
		v := a(in, env)
		if v.IsNull() || err != nil {
			return value.Null
		}
		return value.Bool(re.MatchString(v.Text()))
	}
}

func urlWithQuery(_ *node, a []value.Value) value.Value {
	u, err := url.Parse(a[0].Text())
	if err != nil {
		return value.Null
	}
	q := u.Query()
	for i := 1; i+1 < len(a); i += 2 {
		q.Set(a[i].Text(), a[i+1].Text())
	}
	u.RawQuery = q.Encode()
	return value.Text(u.String())
}
