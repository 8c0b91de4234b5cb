package load

import (
	"slices"

	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
)

// translations are the texts of a key of i18n/ by locale.
func (l *loader) translations(key string) model.Text {
	t := model.Text{}
	for loc, m := range l.pkg.I18n {
		if s := m[key]; s != "" {
			t[loc] = s
		}
	}
	return t
}

// localised reports locales that the package declares and a text lacks, and the other way round.
func (l *loader) localised(t model.Text, at func() diag.Pos) {
	for _, loc := range l.locales {
		if t[loc] == "" {
			f := l.findings.Errorf("missing-translation", "", at(), diag.Textf("the text has no %s version", "该文本缺少 %s 版本", loc))
			if l.tenant { // an admin need not speak every language; a vendor does
				f.Severity = diag.Warning
			}
		}
	}
	if len(l.locales) == 0 {
		return
	}
	for loc := range t {
		if !slices.Contains(l.locales, loc) {
			f := l.findings.Errorf("unknown-locale", "", at(), diag.Textf("the package does not declare the locale %s", "软件包未声明语言 %s", loc))
			f.Suggestion = diag.DidYouMean(loc, l.locales)
		}
	}
}
