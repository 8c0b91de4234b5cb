package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/httpd"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/meta"
)

// described reads /api/meta/object as somebody, or the index where object is "".
func (in *instance) described(t *testing.T, ctx context.Context, object string, into any) *httpd.Response {
	t.Helper()
	res := in.handleMeta(ctx, &httpd.Request{Method: http.MethodGet, Param: func(string) string { return object }})
	if res.Status == http.StatusOK {
		if err := json.Unmarshal(res.Body, into); err != nil {
			t.Fatalf("%s: %v", object, err)
		}
	}
	return res
}

// TestMetaIsWhatTheAPIHas reads what there is as people who may do everything, something and nothing, and asks the
// API for all of it: what metadata names can be selected, filtered and ordered by the same person.
func TestMetaIsWhatTheAPIHas(t *testing.T) {
	in := opened(t, clock.System{})
	admin := signedIn(ident.Principal{Name: "admin", Admin: true})
	if err := in.installStandard(admin, nil, true); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for name, ctx := range map[string]context.Context{"admin": admin, "rep": signedIn(in.demoUser(t, "xu.jing")), "guest": signedIn(in.demoUser(t, "du.pengfei"))} {
		var index meta.Index
		in.described(t, ctx, "", &index)
		seen[name] = len(index.Objects)
		for _, e := range index.Objects {
			var o meta.Object
			if res := in.described(t, ctx, e.Name, &o); res.Status != http.StatusOK {
				t.Fatalf("%s: %s: %d %s", name, e.Name, res.Status, res.Body)
			}
			in.mustAnswer(t, ctx, everything(&index, &o), "")
			for _, l := range o.Layouts {
				for _, s := range l.Sections {
					for _, item := range s.Fields {
						if !slices.ContainsFunc(o.Fields, func(f meta.Field) bool { return f.API == item.Field }) {
							t.Errorf("%s: the layout of %s has a field %s", name, o.Name, item.Field)
						}
					}
				}
			}
		}
		for _, a := range index.Apps {
			for _, item := range a.Items {
				if item.Object != "" && !slices.ContainsFunc(index.Objects, func(e meta.Entry) bool { return e.Name == item.Object }) {
					t.Errorf("%s: the app %s leads to %s", name, a.Name, item.Object)
				}
			}
		}
	}
	if seen["admin"] != len(in.publish.Tenant.Catalog().Objects) || seen["rep"] == 0 || seen["rep"] >= seen["admin"] {
		t.Errorf("objects: %v of %d", seen, len(in.publish.Tenant.Catalog().Objects))
	}
}

// everything is a query for one record with all that is told of its object, filtered and ordered by each field.
func everything(index *meta.Index, o *meta.Object) string {
	var fields, filter, order []string
	for _, f := range o.Fields {
		pick := f.API
		if f.Parts != nil {
			pick += " {" + strings.Join(f.Parts, " ") + "}"
		}
		if f.Record != "" && len(f.Targets) > 0 {
			pick += " " + f.Record + " {__typename}"
		}
		fields = append(fields, pick)
		if f.Filter != "" && slices.Contains(f.Operators, "isNull") {
			filter = append(filter, "{"+f.API+": {isNull: true}}")
		}
		if f.Sortable {
			order = append(order, "{"+f.API+": ASC}")
		}
	}
	for _, r := range o.Relations {
		fields = append(fields, r.Name+"(first: 1) {nodes {id}}")
	}
	if len(order) > 8 { // the API takes as many
		order = order[:8]
	}
	entry := func(name string) meta.Entry {
		return index.Objects[slices.IndexFunc(index.Objects, func(e meta.Entry) bool { return e.Name == name })]
	}
	var parts string
	for i, src := range o.Timeline {
		parts += fmt.Sprintf(" t%d: %s(first: 1, filter: {%s: {eq: %q}, %s: {isNull: false}}, orderBy: [{%[5]s: DESC}]) {nodes {id}}", i, entry(src.Object).Many, src.Via, entry(o.Name).Prefix+"_1", src.At)
	}
	return "{" + o.Many + "(first: 1, filter: {or: [" + strings.Join(filter, ", ") + "]}, orderBy: [" + strings.Join(order, ", ") + "]) {nodes {" + strings.Join(fields, " ") + "}}" + parts + "}"
}

// TestMetaShowsWhatOneSees hides what is hidden from the caller, and says who may write what.
func TestMetaShowsWhatOneSees(t *testing.T) {
	in := opened(t, clock.System{})
	admin := signedIn(ident.Principal{Name: "admin", Admin: true})
	if err := in.installStandard(admin, nil, true); err != nil {
		t.Fatal(err)
	}
	rep, guest := signedIn(in.demoUser(t, "xu.jing")), signedIn(in.demoUser(t, "du.pengfei"))
	var all, some, none meta.Object
	tags := []string{in.described(t, admin, "contact", &all).Header["ETag"], in.described(t, rep, "contact", &some).Header["ETag"]}
	field := func(o *meta.Object, api string) *meta.Field {
		i := slices.IndexFunc(o.Fields, func(f meta.Field) bool { return f.API == api })
		if i < 0 {
			return nil
		}
		return &o.Fields[i]
	}
	if field(&all, "birthday") == nil || field(&some, "birthday") != nil || field(&some, "name") == nil || !field(&all, "name").Writable {
		t.Error("a rep sees birthdays, or no names")
	}
	if tags[0] == tags[1] || tags[0] == "" {
		t.Errorf("people who see other things have the tags %v", tags)
	}
	if again := in.described(t, rep, "contact", &some).Header["ETag"]; again != tags[1] {
		t.Error("the tag of the same answer changes")
	}
	for _, name := range []string{"sys_share", "nothing"} {
		if res := in.described(t, guest, name, &none); res.Status != http.StatusNotFound {
			t.Errorf("%s: %d %s", name, res.Status, res.Body)
		}
	}
	var opportunity meta.Object
	in.described(t, admin, "opportunity", &opportunity)
	for name, there := range map[string]bool{"lost_needs_reason": true, "amount_not_negative": true, "decision_maker_before_s3": false} {
		if slices.ContainsFunc(opportunity.Rules, func(r meta.Rule) bool { return r.Name == name && r.When != nil }) != there {
			t.Errorf("the rule %s is for browsers: %v", name, !there)
		}
	}
	if f := field(&opportunity, "amountBase"); f.As != "money" || !f.Computed || f.Writable {
		t.Errorf("an amount that follows: %+v", f)
	}
	var quote meta.Object
	in.described(t, admin, "quote", &quote)
	for api, of := range map[string]*meta.Object{"amount": &opportunity, "expectedAmount": &opportunity, "lineTotal": &opportunity, "grossTotal": &quote, "costTotal": &quote} {
		if f := field(of, api); !f.Money {
			t.Errorf("%s is no amount in the record's currency: %+v", api, f)
		}
	}
	for api, of := range map[string]*meta.Object{"amountBase": &opportunity, "probability": &opportunity, "lineCount": &quote, "discountPct": &quote} {
		if f := field(of, api); f.Money {
			t.Errorf("%s is an amount in the record's currency: %+v", api, f)
		}
	}
	var account meta.Object
	in.described(t, admin, "account", &account)
	for _, want := range []string{"touchpoint accountId occurredAt", "touchpoint relatedId occurredAt", "task relatedId dueAt", "opportunity accountId createdAt"} {
		if !slices.ContainsFunc(account.Timeline, func(src meta.Source) bool { return src.Object+" "+src.Via+" "+src.At == want }) {
			t.Errorf("the timeline of accounts is without %s: %v", want, account.Timeline)
		}
	}
	if slices.ContainsFunc(account.Timeline, func(src meta.Source) bool { return src.Object == "account_team" || src.Object == "invoice" }) {
		t.Errorf("the timeline of accounts tells of what is no event: %v", account.Timeline)
	}
	if f := field(&opportunity, "stage"); len(f.Choices) != 7 || f.Choices[0].Value != "s1" || string(f.Default) != `"s1"` {
		t.Errorf("the stage: %+v", f)
	}
}
