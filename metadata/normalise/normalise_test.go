package normalise_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tenon-platform/tenon/metadata/normalise"
)

func TestNormalise(t *testing.T) {
	for _, c := range []struct{ by, in, want string }{
		// rule N12: cut the extension, keep the digits, strip +86, 0086 and 86
		{normalise.ByPhone, "+86 138-0013-8000 转 12", "13800138000"}, {normalise.ByPhone, "0086 13800138000", "13800138000"},
		{normalise.ByPhone, "8613800138000", "13800138000"}, {normalise.ByPhone, "86 138 0013 8000", "13800138000"},
		{normalise.ByPhone, "(0755) 8656-1234 ext. 801", "075586561234"}, {normalise.ByPhone, "0755-86561234#801", "075586561234"},
		{normalise.ByPhone, "0755-86561234 分机801", "075586561234"}, {normalise.ByPhone, "0755-86561234 EXT801", "075586561234"},
		{normalise.ByPhone, "86561234", "86561234"}, // 86 is not a country code here
		{normalise.ByPhone, "8675586561234", "8675586561234"}, {normalise.ByPhone, "+86 755 8656 1234", "75586561234"},
		{normalise.ByPhone, "+49 (30) 123456", "+4930123456"}, {normalise.ByPhone, "１３８００１３８０００", "13800138000"},
		{normalise.ByPhone, "＋８６１３８００１３８０００", "13800138000"}, {normalise.ByPhone, "", ""}, {normalise.ByPhone, "+", ""}, {normalise.ByPhone, "none", ""},

		{normalise.ByEmail, "  Li.Lei@Example.COM ", "li.lei@example.com"}, {normalise.ByEmail, "ａ＠ｂ．ｃｏｍ", "a@b.com"},

		// rule N12: legal forms go, in English once more than one word is left, in Chinese repeatedly
		{normalise.ByCompany, "Acme Trading Co., Ltd.", "acmetrading"}, {normalise.ByCompany, "ACME  TRADING", "acmetrading"},
		{normalise.ByCompany, "Acme Corporation", "acme"}, {normalise.ByCompany, "Müller GmbH", "müller"}, {normalise.ByCompany, "Company", "company"},
		{normalise.ByCompany, "Co-Op Limited", "coop"}, {normalise.ByCompany, "Coltd Partners", "coltdpartners"},
		{normalise.ByCompany, "深圳市大疆创新科技有限公司", "深圳市大疆创新科技"}, {normalise.ByCompany, "深圳市大疆创新科技（集团）股份有限公司", "深圳市大疆创新科技"},
		{normalise.ByCompany, "杭州海康威视数字技术股份有限公司", "杭州海康威视数字技术"}, {normalise.ByCompany, "某某集团有限责任公司", "某某"},
		{normalise.ByCompany, "公司", "公司"}, {normalise.ByCompany, "有限公司", "有限公司"}, {normalise.ByCompany, "ＡＢＣ有限公司", "abc"}, {normalise.ByCompany, "", ""},

		{normalise.ByName, " 李 雷 ", "李雷"}, {normalise.ByName, "Mary  Ann　Lee", "Mary Ann Lee"}, {normalise.ByName, "李 Lei", "李 Lei"}, {normalise.ByName, "   ", ""},

		{normalise.ByText, "  Ｈello\t\n World ", "hello world"}, {normalise.ByText, "ﬁt", "fit"},
	} {
		if got := normalise.Find(c.by)(c.in); got != c.want {
			t.Errorf("%s of %q: got %q, want %q", c.by, c.in, got, c.want)
		}
	}
}

func TestNames(t *testing.T) {
	for _, n := range normalise.Names() {
		if normalise.Find(n) == nil {
			t.Errorf("there is no %s", n)
		}
	}
	if normalise.Find("x") != nil {
		t.Error("x is found")
	}
}

// FuzzOnce: normalising twice is normalising once, results are bounded, and never broken text.
func FuzzOnce(f *testing.F) {
	for _, s := range []string{"+86 138 ext 1", "Acme Co., Ltd.", "İstanbul A.Ş.", "深圳 市（集团）公司", "ǅ ﬀ ẞ", "a\u0301\u0327", "ﷺ", strings.Repeat("长", 3000), "\xff转", "Å 公司\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, n := range normalise.Names() {
			by := normalise.Find(n)
			once := by(s)
			if twice := by(once); twice != once && utf8.RuneCountInString(s) <= 50 {
				t.Errorf("%s of %q is %q, and of that %q", n, s, once, twice)
			}
			if len(once) > 20*4*normalise.MaxRunes { // NFKC makes at most 18 characters of one
				t.Errorf("%s of %d bytes has %d", n, len(s), len(once))
			}
			if utf8.ValidString(s) && !utf8.ValidString(once) {
				t.Errorf("%s of %q is broken text", n, s)
			}
		}
	})
}
