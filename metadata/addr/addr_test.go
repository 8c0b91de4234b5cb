package addr_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/metadata/addr"
)

func TestPrintAndParse(t *testing.T) {
	dealer := addr.Object("dealer")
	for _, c := range []struct {
		a    addr.Address
		want string
		kind addr.Kind
	}{
		{addr.Address{}, "", ""},
		{addr.Package("core-crm"), "package.core-crm", addr.KindPackage},
		{dealer, "object.dealer", addr.KindObject},
		{dealer.Property("label").Property("zh-CN"), "object.dealer.label.zh-CN", addr.KindObject},
		{dealer.Field("tier"), "object.dealer.field.tier", addr.KindField},
		{dealer.Field("tier").Value("2nd-best"), "object.dealer.field.tier.value.2nd-best", addr.KindValue},
		{dealer.Field("total").Property("field"), "object.dealer.field.total.field", addr.KindField},
		{dealer.Field("field").Property("key"), "object.dealer.field.field.key", addr.KindField},
		{dealer.Rule("credit").Property("message"), "object.dealer.rule.credit.message", addr.KindRule},
		{dealer.Key("code").Property("where"), "object.dealer.key.code.where", addr.KindKey},
		{dealer.Index("a_desc"), "object.dealer.index.a_desc", addr.KindIndex},
		{addr.Picklist("tier").Value("a.b"), `picklist.tier.value."a.b"`, addr.KindValue},
		{dealer.Property("field").Property("field"), `object.dealer."field".field`, addr.KindObject},
		{addr.Object(""), `object.""`, addr.KindObject},
		{addr.Object("经销商"), "object.经销商", addr.KindObject},
		{addr.Object("a \"b\"\n\xff"), `object."a \"b\"\n\xff"`, addr.KindObject},
	} {
		if got := c.a.String(); got != c.want || c.a.Kind() != c.kind || c.a.IsZero() != (c.want == "") {
			t.Errorf("got %s of kind %q, want %s", got, c.a.Kind(), c.want)
		}
		b, err := json.Marshal(c.a)
		if err != nil {
			t.Fatal(err)
		}
		var back addr.Address
		if err := json.Unmarshal(b, &back); err != nil || back != c.a {
			t.Errorf("%s is read as %s: %v", b, back, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, s := range []string{
		"", "dealer", "object", "object.", ".object.a", "object.a.", "object.a..b", "field.a", "object.a.field", "picklist.p.value",
		`object."a`, `object."a"b`, "object.a b", "object.a\x00", `object.a."`, "object.\xff",
	} {
		if a, err := addr.Parse(s); err == nil {
			t.Errorf("%q is read as %s", s, a)
		}
	}
}

// TestImpossible: an address that cannot be is never made.
func TestImpossible(t *testing.T) {
	for name, build := range map[string]func(){
		"field of a picklist":       func() { addr.Picklist("p").Field("f") },
		"field of a field":          func() { addr.Object("o").Field("f").Field("g") },
		"part of a property":        func() { addr.Object("o").Property("label").Field("f") },
		"property of nothing":       func() { addr.Address{}.Property("label") },
		"object of another address": func() { addr.Package("p").Value("v") },
	} {
		func() {
			defer func() {
				if p := recover(); p == nil || !strings.HasPrefix(p.(string), "addr: ") {
					t.Errorf("%s: %v", name, p)
				}
			}()
			build()
		}()
	}
}

// FuzzParse: what is read prints as what reads the same, and nothing panics.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"object.dealer.field.tier.label.en", `picklist."a.b".value."\""`, "package.core-crm", "object.a.key", `object."\xff"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := addr.Parse(s)
		if err != nil {
			return
		}
		if b, err := addr.Parse(a.String()); err != nil || b != a {
			t.Errorf("%q prints as %q, which is read as %q: %v", s, a, b, err)
		}
	})
}

// FuzzNames: whatever things are called, their addresses come back from their text.
func FuzzNames(f *testing.F) {
	f.Add("dealer", "tier", "gold", "label")
	f.Add("", ".", "\"", "\xff")
	f.Add("field", "value", "经销", "$x")
	f.Fuzz(func(t *testing.T, object, field, value, property string) {
		o := addr.Object(object)
		all := []addr.Address{o, o.Field(field), o.Rule(field), o.Key(field), o.Index(field), o.Field(field).Value(value), o.Rule(field).Property(property), o.Property(property),
			o.Field(field).Property(property),
			addr.Package(object), addr.Picklist(object).Value(value).Property(property)}
		for i, a := range all {
			b, err := addr.Parse(a.String())
			if err != nil || b != a {
				t.Errorf("%q is read as %q: %v", a, b, err)
			}
			for _, other := range all[:i] {
				if other == a {
					t.Errorf("two things have the address %s", a)
				}
			}
		}
	})
}
