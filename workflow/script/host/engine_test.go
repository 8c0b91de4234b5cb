package host_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/plugins/standard/tenanttest"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/publish"
	"github.com/tenon-platform/tenon/workflow/script"
	"github.com/tenon-platform/tenon/workflow/script/scripttest"
)

func TestMain(m *testing.M) { os.Exit(scripttest.Main(m)) }

func desk(t *testing.T) (w *tenanttest.Tenant, a, b string) {
	t.Helper()
	p := script.New(script.Options{Command: []string{scripttest.Binary(), "script-worker"}})
	t.Cleanup(p.Close)
	w = tenanttest.OpenScripts(t, p, publish.Bundle{"desk": tenanttest.Files(t, os.DirFS("testdata/desk"))})
	return w, w.ID("Dealer", `name: "A", code: "a", discount: "0.1", secret: "x"`), w.ID("Dealer", `name: "B", code: "b"`)
}

func quote(dealer, input, more string) string {
	return fmt.Sprintf(`mutation { dealerQuote(id: %q, input: {%s}%s) { total quotes quote quoted } }`, dealer, input, more)
}

// TestScriptAction: an action whose step is a script reads and writes records, computes exactly, and is
// an action like any other: dry runs keep nothing, keys make it happen once, refusals have codes.
func TestScriptAction(t *testing.T) {
	w, a, _ := desk(t)
	w.Want(quote(a, `price: "33.35", count: 3`, ", dryRun: true"), `"total":"90.05","quotes":1`)
	w.Want(`{ quotes { totalCount } }`, `"totalCount":0`)
	first := w.Want(quote(a, `price: "33.35", count: 3`, `, idempotencyKey: "k"`), `"total":"90.05","quotes":1,"quote":"quote_`)
	if again := w.Call(quote(a, `price: "33.35", count: 3`, `, idempotencyKey: "k"`)); again != first {
		t.Errorf("the second answer is %s, the first was %s", again, first)
	}
	w.Want(`{ quotes { nodes { title total due dealer { name quoted } } } }`,
		`[{"title":"quote forA","total":"90.05","due":"2026-03-09T01:00:00Z","dealer":{"name":"A","quoted":"90.05"}}]`)
	w.Want(quote(a, `price: "0.1"`, ""), `"total":"0.09","quotes":2`)
	no := w.Want(quote(a, `price: 2000`, ""), `"code":"VALIDATION_FAILED"`)
	for _, part := range []string{`"rule":"TOO_DEAR"`, `"message_zh":"价格过高。"`, `"total":"1800.00"`} {
		if !strings.Contains(no, part) {
			t.Errorf("got %s, want %s", no, part)
		}
	}
}

// TestScriptErrors: whatever a script does, the caller gets a code, and nothing is kept.
func TestScriptErrors(t *testing.T) {
	w, a, _ := desk(t)
	for mode, want := range map[string]string{
		"loop": `"code":"SCRIPT_LIMIT"`, "outside": `"code":"FORBIDDEN"`, "change": `"code":"FORBIDDEN"`, "elsewhere": `"code":"FORBIDDEN"`, "untold": `"code":"FORBIDDEN"`, "bad": `"rule":"total_not_negative"`,
		"missing": `"code":"NOT_FOUND"`, "caught": `"quote":"NOT_FOUND"`, "lies": `"code":"SCRIPT_FAILED"`, "floats": `"code":"SCRIPT_FAILED"`,
		"undeclared": `"code":"SCRIPT_FAILED"`, "nested": `"code":"INVALID_INPUT"`, "connected": `"code":"INVALID_INPUT"`, "dealers": `"quotes":2,"quote":"A,B"`, "find": `"quote":"B"`, "secret": `"quote":"x"`,
		"incremental": `"total":"68000.00","quotes":2,"quote":"0: 1000000 x 0.01 = 10000.00,1: 2000000 x 0.02 = 40000.00,2: 600000 x 0.03 = 18000.00"`,
		"retroactive": `"total":"108000.00","quotes":2,"quote":"2: 3600000 x 0.03 = 108000.00"`, "growth": `"total":"4500.00","quotes":1`,
		"stated": `"quote":"made changed"`, "stamped": `"code":"FORBIDDEN"`,
		"gap": `"code":"SCRIPT_FAILED"`, "nothing": `"total":"0","quotes":null,"quote":"0"`,
	} {
		got := w.Call(quote(a, fmt.Sprintf(`price: 1, mode: %q`, mode), ""))
		if !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want %s", mode, got, want)
		}
	}
	w.Want(quote(a, `price: 1, mode: "floats"`, ""), `"line":31`)
	w.Want(`{ quotes { totalCount nodes { state } } dealers { totalCount } }`, `{"quotes":{"totalCount":1,"nodes":[{"state":"changed"}]},"dealers":{"totalCount":2}}`)
}

// narrow is somebody who sees the first dealer alone, and no secrets.
type narrow struct {
	access.Profile
	cat  *catalog.Catalog
	only int64
	make bool
}

func (n narrow) Key() string                   { return fmt.Sprint("narrow", n.only, n.make) }
func (n narrow) Catalog() *catalog.Catalog     { return n.cat }
func (n narrow) CanRead(f *catalog.Field) bool { return f.Name != "secret" }
func (n narrow) Can(o *catalog.Object, op access.Op) bool {
	return n.make || o.Name != "quote" || op != access.Create
}
func (n narrow) Value(access.Attr) value.Value { return value.Ref(n.only) }
func (n narrow) Rows(o *catalog.Object, _ access.Op, b access.Bind) driver.Expr {
	if o.Name != "dealer" {
		return nil
	}
	return driver.Cmp{Op: driver.Eq, L: driver.Col{Name: catalog.ID}, R: b(access.Attr{})}
}

// TestScriptAccess: a script may do what its caller may, and sees what its caller sees.
func TestScriptAccess(t *testing.T) {
	w, a, b := desk(t)
	var id int64
	if _, err := fmt.Sscanf(a, "dealer_%d", &id); err != nil {
		t.Fatal(err)
	}
	who := ident.Principal{UserID: 5, Name: "ann"}
	as := func(p access.Profile, dealer, input, want string) {
		t.Helper()
		if got := w.As(p, who, quote(dealer, input, "")); !strings.Contains(got, want) {
			t.Errorf("{%s}: got %s, want %s", input, got, want)
		}
	}
	p := narrow{access.Everything, w.Publish.Tenant.Catalog(), id, false}
	as(p, a, `price: 1, mode: "dealers"`, `"quotes":1,"quote":"A"`)
	as(p, a, `price: 1, mode: "find"`, `"quote":null`)
	as(p, a, `price: 1, mode: "secret"`, `"quote":"undefined"`)
	as(p, a, `price: 1, mode: "guess"`, `"code":"INVALID_INPUT"`)
	as(p, a, `price: 1, mode: "filter"`, `"code":"INVALID_INPUT"`)
	as(p, b, `price: 1`, `"code":"NOT_FOUND"`)
	as(p, a, `price: 1`, `"code":"FORBIDDEN"`)
	p.make = true
	as(p, a, `price: 1`, `"total":"0.90"`)
	as(access.Everything, a, `price: 1, mode: "guess"`, `"code":"INVALID_INPUT"`) // secret is no key
	as(access.Everything, a, `price: 1, mode: "filter"`, `"quotes":1`)
}
