package expr

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/value"
)

func normFunctions() []*function {
	text := func(name, en, zh string, f func(string) string) *function {
		return &function{name: name, syntax: name + "(text)", doc: diag.Text{En: en, Zh: zh}, params: one1(aText), result: gives(value.KindText),
			build: strict(func(_ *node, a []value.Value) value.Value { return value.Text(f(a[0].Text())) })}
	}
	return []*function{
		text("NORM_PHONE", "a phone number's digits, without extension and +86", "电话号码规范形式：去分机号与 +86", normPhone),
		text("NORM_EMAIL", "an e-mail address, trimmed and in lower case", "邮箱规范形式：去空白并小写", normEmail),
		text("NORM_COMPANY", "a company's name without legal form", "公司名称规范形式：去除组织形式后缀", normCompany),
		{name: "DICE", syntax: "DICE(a, b)", doc: diag.Textf("how alike two texts are, by pairs of characters, 0 to 1", "两段文本的二元组相似度，0 至 1"),
			params: []param{{kinds: aText}, {kinds: aText}}, result: gives(value.KindDecimal),
			build: strict(func(_ *node, a []value.Value) value.Value { return dice(a[0].Text(), a[1].Text()) })},
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

// normPhone follows rule N12: cut the extension, keep the digits, strip China's country code;
// numbers of other countries stay in E.164.
func normPhone(s string) string {
	s = strings.TrimSpace(norm.NFKC.String(s))
	for _, ext := range []string{"转", "ext", "分机", "#"} {
		if i := strings.Index(foldASCII(s), ext); i >= 0 {
			s = s[:i]
		}
	}
	plus := strings.HasPrefix(strings.TrimSpace(s), "+")
	d := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
	switch {
	case plus && strings.HasPrefix(d, "86"):
		return d[2:]
	case plus:
		return "+" + d
	case strings.HasPrefix(d, "0086"):
		return d[4:]
	case len(d) == 13 && strings.HasPrefix(d, "861"):
		return d[2:]
	}
	return d
}

func normEmail(s string) string { return strings.ToLower(strings.TrimSpace(norm.NFKC.String(s))) }

// normCompany follows rule N12.
func normCompany(s string) string {
	words := strings.FieldsFunc(strings.ToLower(norm.NFKC.String(s)), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	legal := map[string]bool{"co": true, "ltd": true, "limited": true, "inc": true, "llc": true, "corp": true, "corporation": true, "gmbh": true, "company": true}
	for len(words) > 1 && legal[words[len(words)-1]] {
		words = words[:len(words)-1]
	}
	out := strings.Join(words, "")
	for again := true; again; {
		again = false
		for _, suffix := range []string{"股份有限公司", "有限责任公司", "有限公司", "公司", "集团"} {
			if rest, ok := strings.CutSuffix(out, suffix); ok && rest != "" {
				out, again = rest, true
				break
			}
		}
	}
	return out
}

// dice is the Sørensen–Dice coefficient over the multisets of character pairs, to 4 digits:
// 2·|A∩B| / (|A|+|B|).
func dice(a, b string) value.Value {
	x, y := pairs(a), pairs(b)
	total, common := 0, 0
	for p, n := range x {
		total += n
		common += min(n, y[p])
	}
	for _, n := range y {
		total += n
	}
	if total == 0 {
		if a == b {
			return value.Decimal(10000, 4)
		}
		return value.Decimal(0, 4)
	}
	return value.Round(value.Div(value.Int(int64(2*common)), value.Int(int64(total))), 4).Rescale(4)
}

func pairs(s string) map[[2]rune]int {
	r := []rune(s)
	out := map[[2]rune]int{}
	for i := 1; i < len(r); i++ {
		out[[2]rune{r[i-1], r[i]}]++
	}
	return out
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
