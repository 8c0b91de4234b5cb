package load

import (
	"reflect"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
)

// localise replaces "@key" texts by those of i18n/ and reports texts that a declared locale lacks.
func (l *loader) localise() {
	for i := range l.pkg.Objects {
		l.texts(reflect.ValueOf(&l.pkg.Objects[i]).Elem(), l.pkg.Objects[i].Pos, "")
	}
	for i := range l.pkg.Picklists {
		l.texts(reflect.ValueOf(&l.pkg.Picklists[i]).Elem(), l.pkg.Picklists[i].Pos, "")
	}
	for i := range l.pkg.Actions {
		l.texts(reflect.ValueOf(&l.pkg.Actions[i]).Elem(), l.pkg.Actions[i].Pos, "")
	}
	for i := range l.pkg.Extensions {
		l.texts(reflect.ValueOf(&l.pkg.Extensions[i]).Elem(), l.pkg.Extensions[i].Pos, "")
	}
	if l.pkg.Pos != nil {
		l.texts(reflect.ValueOf(&l.pkg.Manifest).Elem(), l.pkg.Pos, "")
	}
}

// texts visits every Text below v, whose JSON path is path.
func (l *loader) texts(v reflect.Value, pos model.Positions, path string) {
	if v.Type() == textType {
		if t := v.Interface().(model.Text); len(t) > 0 {
			v.Set(reflect.ValueOf(l.text(t, pos.At(path))))
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			if name != "" && name != "-" {
				l.texts(v.Field(i), pos, join(path, name))
			}
		}
	case reflect.Map: // its values have no address: each is copied, visited and put back
		if k := v.Type().Elem().Kind(); k == reflect.Struct || k == reflect.Slice && v.Type().Elem().Elem().Kind() == reflect.Struct {
			for _, key := range v.MapKeys() {
				x := reflect.New(v.Type().Elem()).Elem()
				x.Set(v.MapIndex(key))
				l.texts(x, pos, join(path, key.String()))
				v.SetMapIndex(key, x)
			}
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Struct {
			for i := range v.Len() {
				l.texts(v.Index(i), pos, index(path, i))
			}
		}
	}
}

func (l *loader) text(t model.Text, pos diag.Pos) model.Text {
	if key, ok := strings.CutPrefix(t["en"], "@"); ok && len(t) == 1 {
		t = model.Text{}
		for loc, m := range l.pkg.I18n {
			if s := m[key]; s != "" {
				t[loc] = s
			}
		}
		if len(t) == 0 {
			l.findings.Errorf("unknown-key", "", pos, diag.Textf("no i18n file has the key %q", "i18n 文件中没有键 %q", key))
			return t
		}
	}
	for _, loc := range l.pkg.Manifest.Locales {
		if t[loc] == "" {
			l.findings.Errorf("missing-translation", "", pos, diag.Textf("the text has no %s version", "该文本缺少 %s 版本", loc))
		}
	}
	for loc := range t {
		if len(l.pkg.Manifest.Locales) > 0 && !slices.Contains(l.pkg.Manifest.Locales, loc) {
			f := l.findings.Errorf("unknown-locale", "", pos, diag.Textf("the package does not declare the locale %s", "软件包未声明语言 %s", loc))
			f.Suggestion = diag.DidYouMean(loc, l.pkg.Manifest.Locales)
		}
	}
	return t
}
