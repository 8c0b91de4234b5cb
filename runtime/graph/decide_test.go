package graph_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/plugins/standard/tenanttest"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/publish"
)

func decided(table, input, more, selection string) string {
	return fmt.Sprintf(`{ decide(table: %q, input: {%s}%s) { %s } }`, table, input, more, selection)
}

// TestDecide asks tables through the API: which row counts, what comes out, and why.
func TestDecide(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "decide")
	w.Want(decided("accept_minutes", `grade: "B"`, "", "table version rows otherwise outputs trace __typename"),
		`{"data":{"decide":{"table":"accept_minutes","version":null,"rows":["grade_b"],"otherwise":false,"outputs":{"minutes":240},"trace":[`+
			`{"row":"hand_raise","hit":false,"tests":[{"input":"handRaise","value":null,"test":"true","holds":null}]},`+
			`{"row":"grade_a","hit":false,"tests":[{"input":"grade","value":"B","test":"'A'","holds":false}]},`+
			`{"row":"grade_b","hit":true,"tests":[{"input":"grade","value":"B","test":"= 'B'","holds":true}]}],"__typename":"Decision"}}`)
	w.Want(decided("accept_minutes", `handRaise: true, grade: "D"`, "", "rows outputs"), `{"rows":["hand_raise"],"outputs":{"minutes":30}}`)
	w.Want(decided("accept_minutes", ``, "", "rows otherwise outputs"), `{"rows":[],"otherwise":true,"outputs":{"minutes":60}}`)
	w.Want(decided("risk", `country: "XK", amount: "10000.01"`, "", "rows outputs"), `{"rows":["abroad","large","odd"],"outputs":{"points":55}}`)
	w.Want(decided("risk", `country: "CN"`, "", "rows outputs"), `{"rows":[],"outputs":{"points":null}}`)
	w.Want(decided("tags", `amount: 14`, "", "outputs"), `{"outputs":{"at":[1,14],"tag":["seen","ten","seven"]}}`)
}

// TestDecideVersions: rows hold from their day on, in the tenant's zone.
func TestDecideVersions(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "decide")
	at := func(when string) string {
		return w.Call(decided("discount", `amount: "750"`, `, asOf: "`+when+`"`, "version rows outputs"))
	}
	if got := at("2026-03-31T23:59:59+08:00"); !strings.Contains(got, `{"version":null,"rows":["small"],"outputs":{"pct":"0.0000"}}`) {
		t.Error(got)
	}
	if got := at("2026-03-31T16:00:00Z"); !strings.Contains(got, `{"version":"2026-04-01","rows":["middle"],"outputs":{"pct":"0.0750"}}`) {
		t.Error(got)
	}
	w.Want(decided("discount", `amount: "750"`, `, asOf: "yesterday"`, "rows"), `"code":"INVALID_INPUT"`)
	lead := w.ID("Lead", `name: "x", amount: "750"`)
	read := fmt.Sprintf(`{ lead(id: %q) { discountNow } }`, lead)
	w.Want(read, `"discountNow":"0.0000"`)
	w.Clock.Set(tenanttest.Start.AddDate(0, 2, 0))
	w.Want(read, `"discountNow":"0.0750"`)
}

// TestDecideRefuses: bad input is named, each value, and a table that one may not ask is not there.
func TestDecideRefuses(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "decide")
	got := w.Call(decided("discount", `amont: "1"`, "", "rows"))
	for _, part := range []string{`"code":"VALIDATION_FAILED"`, `"field":"amount"`, `"didYouMean":"amount"`} {
		if !strings.Contains(got, part) {
			t.Errorf("got %s, want %s", got, part)
		}
	}
	w.Want(decided("discount", `amount: "-1"`, "", "rows"), `"field":"amount"`)
	w.Want(`{ decide(table: "discount", input: 7) { rows } }`, `"code":"INVALID_INPUT"`)
	w.Want(decided("discounts", `amount: "1"`, "", "rows"), `"didYouMean":"discount"`)
	for table, there := range map[string]bool{"accept_minutes": true, "discount": false, "risk": false} {
		got := w.As(asker{Profile: access.Everything}, ident.Principal{UserID: 7, Name: "u"}, decided(table, ``, "", "rows"))
		if strings.Contains(got, "there is no decision table") == there {
			t.Errorf("%s: %s", table, got)
		}
		if strings.Contains(got, "didYouMean") && !there {
			t.Errorf("%s: %s", table, got)
		}
	}
	blind := w.As(asker{access.Everything, true}, ident.Principal{UserID: 7, Name: "u"}, decided("accept_minutes", ``, "", "rows"))
	if !strings.Contains(blind, `"errors"`) || strings.Contains(blind, "handRaise") {
		t.Errorf("who may ask no table gets %s", blind)
	}
}

// asker may read leads, unless it is blind, and has no further permission.
type asker struct {
	access.Profile
	blind bool
}

func (a asker) Key() string                              { return fmt.Sprint("asker", a.blind) }
func (a asker) Can(o *catalog.Object, op access.Op) bool { return !a.blind || o.Name != "lead" }
func (asker) May(*catalog.Object, string) bool           { return false }
func (asker) Has(string) bool                            { return false }

// TestDecideInRecords: formulas and rules ask tables, and a publish that changes a table brings
// what was stored up to date.
func TestDecideInRecords(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "decide")
	lead := w.ID("Lead", `name: "x", grade: B`)
	read := fmt.Sprintf(`{ lead(id: %q) { acceptMinutes } leads(filter: {acceptMinutes: {gte: 200}}) { totalCount } }`, lead)
	w.Want(read, `{"lead":{"acceptMinutes":240},"leads":{"totalCount":1}}`)
	w.Want(`mutation { createLead(input: {name: "y", grade: C, amount: "100001"}) { lead { id } } }`, `"rule":"slow_is_small"`)
	files := tenanttest.Files(t, os.DirFS("testdata/decide"))
	files["tables/accept_minutes.json"] = bytes.Replace(files["tables/accept_minutes.json"], []byte("240"), []byte("120"), 1)
	if err := w.Apply(publish.Bundle{"decide": files}); err != nil {
		t.Fatal(err)
	}
	w.Want(read, `{"lead":{"acceptMinutes":120},"leads":{"totalCount":0}}`)
}
