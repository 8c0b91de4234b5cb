package setting_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/plugins/standard/tenanttest"
	"github.com/tenon-platform/tenon/runtime/publish"
)

func shop(t *testing.T) *tenanttest.Tenant {
	t.Helper()
	return tenanttest.OpenBundle(t, publish.Bundle{
		"platform-base": tenanttest.Files(t, os.DirFS("../../plugins/packages/platform-base")),
		"shop":          tenanttest.Files(t, os.DirFS("testdata/shop")),
	})
}

func as(name string) context.Context {
	return ident.With(context.Background(), ident.Caller{Tenant: "main", Principal: ident.Principal{Name: name, Admin: true}})
}

func number(t *testing.T, id string) (n int64) {
	t.Helper()
	if _, err := fmt.Sscanf(id[strings.LastIndexByte(id, '_')+1:], "%d", &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestExpressionsReadSettings: the default, what is chosen, and what is chosen for the record's
// brand, each from the next operation on.
func TestExpressionsReadSettings(t *testing.T) {
	w := shop(t)
	a, b := w.ID("Brand", `code: "A", name: "A", status: active`), w.ID("Brand", `code: "B", name: "B", status: active`)
	set := func(key, raw, brand string) {
		t.Helper()
		id := int64(0)
		if brand != "" {
			id = number(t, brand)
		}
		if _, err := w.Publish.Settings.Set(as("admin"), key, []byte(raw), id); err != nil {
			t.Fatal(err)
		}
	}
	sell := func(amount, brand, want string) {
		t.Helper()
		if brand != "" {
			brand = fmt.Sprintf(`, brandId: %q`, brand)
		}
		w.Want(fmt.Sprintf(`mutation { createSale(input: {amount: %q%s}) { sale { amount } } }`, amount, brand), want)
	}
	refused := `"rule":"too_much"`
	sell("100.00", "", `"amount":"100.00"`)
	sell("100.01", "", refused)
	set("shop.most", `"200"`, "")
	sell("200.00", a, `"amount":"200.00"`)
	sell("200.01", a, refused)
	set("shop.most", `50`, a)
	sell("50.01", a, refused)
	sell("200.00", b, `"amount":"200.00"`)
	sell("200.00", "", `"amount":"200.00"`)
	set("shop.most", `null`, a)
	sell("200.00", a, `"amount":"200.00"`)
	w.Want(`mutation { createSale(input: {}) { sale { amount } } }`, `"amount":"200.00"`) // as a default
	id := w.ID("Sale", `amount: "1"`)
	w.Want(fmt.Sprintf(`mutation { saleGreet(id: %q) { text most } }`, id), `"text":"none","most":"200.00"`)
	set("shop.greeting", `"欢迎"`, "")
	w.Want(fmt.Sprintf(`mutation { saleGreet(id: %q) { text } }`, id), `"text":"欢迎"`)
	w.Want(`mutation { createSale(input: {domain: "qq.com"}) { sale { id } } }`, `"rule":"free_mail"`)
	set("shop.domains", `["gmail.com"]`, "")
	w.Want(`mutation { createSale(input: {domain: "qq.com"}) { sale { domain } } }`, `"domain":"qq.com"`)
	w.Want(`mutation { createSale(input: {domain: "gmail.com"}) { sale { id } } }`, `"rule":"free_mail"`)
	set("shop.until", `"2026-03-01"`, "")
	sell("1", "", `"rule":"closed"`)
}

// TestHistory: who chose what, when, and what it was before; the same choice again is none.
func TestHistory(t *testing.T) {
	w := shop(t)
	s := w.Publish.Settings
	for _, x := range []struct{ by, raw string }{{"ann", `"150"`}, {"ann", `"150.00"`}, {"bob", `"175"`}, {"ann", `null`}, {"ann", `null`}} {
		if _, err := s.Set(as(x.by), "shop.most", []byte(x.raw), 0); err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.History(t.Context(), "shop.most")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range all {
		got = append(got, e.By+" "+e.Old+" "+e.New+" "+e.At.Format("15:04"))
	}
	if want := `ann "175.00" null 01:00; bob "150.00" "175.00" 01:00; ann null "150.00" 01:00`; strings.Join(got, "; ") != want {
		t.Errorf("got %s, want %s", strings.Join(got, "; "), want)
	}
	list, err := s.List(t.Context(), "shop")
	if err != nil || len(list) != 4 || list[2].Setting.Key != "shop.most" || list[2].Value != `"100.00"` || list[2].Chosen {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestBadChoices are refused at what is wrong, and leave nothing.
func TestBadChoices(t *testing.T) {
	w := shop(t)
	brand := number(t, w.ID("Brand", `code: "A", name: "A", status: active`))
	for _, c := range []struct {
		key, raw string
		brand    int64
		code     errs.Code
		field    string
	}{
		{"shop.mots", `1`, 0, errs.NotFound, "name"}, {"most", `1`, 0, errs.NotFound, "name"}, {"shop.most", `"many"`, 0, errs.InvalidInput, "value"},
		{"shop.most", `{`, 0, errs.InvalidInput, "value"}, {"shop.most", `{}`, 0, errs.InvalidInput, "value"}, {"shop.until", `"2026-02-30"`, 0, errs.InvalidInput, "value"},
		{"shop.until", `null`, brand, errs.InvalidInput, "brand"}, {"shop.most", `1`, 999, errs.NotFound, "brand"},
	} {
		_, err := w.Publish.Settings.Set(as("admin"), c.key, []byte(c.raw), c.brand)
		e := errs.From(err)
		if err == nil || e.Code != c.code || e.Field != c.field || e.Message.Zh == "" {
			t.Errorf("%s = %s for %d: %+v, want %s at %s", c.key, c.raw, c.brand, e, c.code, c.field)
		}
	}
	for _, key := range []string{"shop.most", "shop.until"} {
		if all, err := w.Publish.Settings.History(t.Context(), key); err != nil || len(all) > 0 {
			t.Errorf("%s: %v, %v", key, all, err)
		}
	}
}

// TestConcurrentChoices: of many at once each is in the history, with what was before it.
func TestConcurrentChoices(t *testing.T) {
	w := shop(t)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			if _, err := w.Publish.Settings.Set(as("admin"), "shop.most", fmt.Appendf(nil, "%d", i+1), 0); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	all, err := w.Publish.Settings.History(t.Context(), "shop.most")
	if err != nil || len(all) != 50 {
		t.Fatalf("%d choices, %v", len(all), err)
	}
	for i := range 49 {
		if all[i].Old != all[i+1].New {
			t.Errorf("%s came after %s, which is not %s", all[i].New, all[i].Old, all[i+1].New)
		}
	}
}

// TestPublishes: settings stand in plans; one whose chosen values would not fit any more is refused;
// formulas and stored conditions cannot depend on settings.
func TestPublishes(t *testing.T) {
	w := shop(t)
	if _, err := w.Publish.Settings.Set(as("admin"), "shop.greeting", []byte(`"hello"`), 0); err != nil {
		t.Fatal(err)
	}
	files := tenanttest.Files(t, os.DirFS("testdata/shop"))
	with := func(path, old, new string) publish.Bundle {
		out := map[string][]byte{}
		for p, b := range files {
			out[p] = b
		}
		if out[path] = []byte(strings.Replace(string(files[path]), old, new, 1)); string(out[path]) == string(files[path]) {
			t.Fatalf("no %s in %s", old, path)
		}
		return publish.Bundle{"shop": out}
	}
	plan := func(b publish.Bundle) (string, error) {
		t.Helper()
		p, err := w.Publish.Propose(t.Context(), b, nil)
		if err == nil {
			err = p.Findings.Err()
		}
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range p.Entries {
			n := ""
			if e.Count != nil {
				n = fmt.Sprint(" ", *e.Count)
			}
			got = append(got, string(e.Op)+" "+e.Summary.En+n)
		}
		_, err = w.Publish.Apply(t.Context(), p, publish.ApplyOptions{Author: "t"})
		return strings.Join(got, "; "), err
	}
	got, err := plan(with("tenon.json", `"greeting": {"type": "text"`, `"greeting": {"type": "email"`))
	if want := "~ setting shop.greeting changes from text to e-mail 1"; got != want || err == nil {
		t.Errorf("got %q, %v", got, err)
	}
	got, err = plan(with("tenon.json", `{"type": "tags"`, `{"scope": "tenant", "type": "tags"`))
	if want := "~ setting shop.domains changes"; got != want || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	for _, c := range []struct{ path, old, new, code string }{
		{"objects/sale/object.json", `SETTING('shop.most')"`, `SETTING('shop.mots')"`, "unknown-setting"},
		{"objects/sale/object.json", `amount > SETTING('shop.most')`, `amount > SETTING('shop.until')`, "type-mismatch"},
		{"objects/sale/object.json", `{"name": "domain", "type": "text"`, `{"name": "x", "type": "formula", "returns": "money", "expr": "SETTING('shop.most') * amount"}, {"name": "domain", "type": "text"`, "not-computable"},
		{"tenon.json", `"type": "date"`, `"type": "dat"`, "unknown-type"},
		{"tenon.json", `"type": "date"`, `"type": "lookup"`, "unknown-object"},
		{"tenon.json", `"type": "date"`, `"type": "autonumber"`, "bad-setting"},
		{"tenon.json", `"2026-12-31"`, `"2026-12-32"`, "bad-default"},
		{"tenon.json", `"scope": "brand"`, `"scope": "planet"`, "bad-value"},
		{"tenon.json", `"until"`, `"Until"`, "bad-name"},
	} {
		found := w.Findings(with(c.path, c.old, c.new))
		if len(found) == 0 || found[0].Code != c.code {
			b, err := json.Marshal(found)
			t.Errorf("%s: got %s (%v), want %s", c.new, b, err, c.code)
		}
	}
}
