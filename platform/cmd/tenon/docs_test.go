package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/httpd"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/access/accesstest"
)

// page reads a page under /docs as somebody; object "" is the index.
func (in *instance) page(ctx context.Context, object, lang string) (int, string) {
	get := func(values map[string]string) func(string) string { return func(k string) string { return values[k] } }
	res := in.handleDocs(ctx, &httpd.Request{Method: http.MethodGet, Param: get(map[string]string{"object": object}), QueryParam: get(map[string]string{"lang": lang})})
	return res.Status, string(res.Body)
}

var (
	docsLink  = regexp.MustCompile(`<li><a href="/docs/(\w+)\?`)
	docsQuery = regexp.MustCompile(`(?s)<pre data-query>(.*?)</pre>(?:\s*<p>[^<]*</p>\s*<pre data-variables>(.*?)</pre>)?`)
)

// TestDocs reads every page of the standard packages, in both languages, as people who may do
// everything, something and nothing, and sends every example that stands there.
func TestDocs(t *testing.T) {
	in := opened(t, clock.System{})
	admin := signedIn(ident.Principal{Name: "admin", Admin: true})
	if err := in.installStandard(admin, nil, true); err != nil {
		t.Fatal(err)
	}
	pages := map[string]int{}
	for name, ctx := range map[string]context.Context{"admin": admin, "rep": signedIn(in.demoUser(t, "xu.jing")), "guest": signedIn(in.demoUser(t, "du.pengfei"))} {
		reads, writes := 0, 0
		for _, lang := range []string{"en", "zh-CN"} {
			status, index := in.page(ctx, "", lang)
			if status != http.StatusOK || !strings.Contains(index, `<html lang="`+lang+`">`) {
				t.Fatalf("%s: the index: %d %s", name, status, index)
			}
			pages[name] = 0
			for _, m := range docsLink.FindAllStringSubmatch(index, -1) {
				pages[name]++
				status, page := in.page(ctx, m[1], lang)
				if status != http.StatusOK {
					t.Errorf("%s: %s: %d %s", name, m[1], status, page)
					continue
				}
				for _, e := range docsQuery.FindAllStringSubmatch(page, -1) {
					if strings.HasPrefix(e[1], "mutation") {
						writes++
					} else {
						reads++
					}
					in.mustAnswer(t, ctx, html.UnescapeString(e[1]), html.UnescapeString(e[2]))
				}
			}
		}
		if reads != 2*pages[name] {
			t.Errorf("%s: %d pages have %d queries", name, 2*pages[name], reads)
		}
		if name == "admin" {
			for _, o := range in.publish.Tenant.Catalog().Objects {
				if _, page := in.page(ctx, o.Name, "en"); byPeople(o) && !strings.Contains(page, "data-query>mutation") && !strings.Contains(page, "POST /files?object="+o.Name) {
					t.Errorf("%s has no example of a write, and says of no upload before it", o.Name)
				}
			}
		}
		t.Logf("%s: %d pages, %d examples that write", name, pages[name], writes/2)
	}
	if pages["admin"] != len(in.publish.Tenant.Catalog().Objects) || pages["rep"] == 0 || pages["rep"] >= pages["admin"] {
		t.Errorf("pages: %v of %d objects", pages, len(in.publish.Tenant.Catalog().Objects))
	}
}

// byPeople says whether people can make records of an object: of some the platform alone sets fields
// that are required.
func byPeople(o *catalog.Object) bool {
	for _, f := range o.Fields {
		if f.Required && f.ReadOnly && !f.System && f.Default == nil {
			return false
		}
	}
	return !o.Guarded
}

// mustAnswer sends an example.
func (in *instance) mustAnswer(t *testing.T, ctx context.Context, query, variables string) {
	t.Helper()
	if variables == "" {
		variables = "{}"
	}
	b, err := json.Marshal(map[string]any{"query": query, "variables": json.RawMessage(variables)})
	if err != nil {
		t.Fatal(err)
	}
	r := in.handleGraphQL(ctx, &httpd.Request{Method: http.MethodPost, ContentType: "application/json", Body: b})
	if r.Status != http.StatusOK || bytes.Contains(r.Body, []byte(`"errors"`)) {
		t.Errorf("the example\n%s\n%s\nis answered %d %s", query, variables, r.Status, r.Body)
	}
}

// TestDocsShowWhatOneSees hides from a page what is hidden from its reader.
func TestDocsShowWhatOneSees(t *testing.T) {
	in := opened(t, clock.System{})
	admin := signedIn(ident.Principal{Name: "admin", Admin: true})
	if err := in.installStandard(admin, nil, true); err != nil {
		t.Fatal(err)
	}
	rep, guest := signedIn(in.demoUser(t, "xu.jing")), signedIn(in.demoUser(t, "du.pengfei"))
	if _, page := in.page(rep, "contact", "en"); !strings.Contains(page, "<code>name</code>") || strings.Contains(page, "birthday") {
		t.Errorf("a rep's page of contacts has no name, or a hidden field")
	}
	if _, page := in.page(admin, "contact", "en"); !strings.Contains(page, "<code>birthday</code>") {
		t.Error("an administrator's page of contacts lacks a field")
	}
	hidden, page := in.page(guest, "account", "en")
	missing, other := in.page(guest, "no_such_object", "en")
	if hidden != http.StatusNotFound || missing != http.StatusNotFound || strings.ReplaceAll(page, "account", "no_such_object") != other {
		t.Errorf("an object that is hidden is told from one that is not there: %d %s, %d %s", hidden, page, missing, other)
	}
	if _, page := in.page(admin, "dealer", "zh-CN"); !strings.Contains(page, "<h1>"+in.publish.Tenant.Catalog().Object("dealer").Label["zh-CN"]) || !strings.Contains(page, "必填") {
		t.Errorf("the Chinese page: %.600s", page)
	}
	if res := in.handleDocs(context.Background(), &httpd.Request{Method: http.MethodGet, Param: func(string) string { return "" }, QueryParam: func(string) string { return "" }}); res.Status != http.StatusUnauthorized {
		t.Errorf("nobody reads %d %s", res.Status, res.Body)
	}
}

// TestDocsOverHTTP reads the pages of a small package at their addresses, and sends every example of theirs, for whoever
// may do everything and for a key that may do little.
func TestDocsOverHTTP(t *testing.T) {
	s := shop(t)
	var made struct {
		CreateClient struct{ Client struct{ ID string } }
	}
	s.query(&made, `mutation { createClient(input: {code: "C1", name: "One", grade: a}) { client { id } } }`, nil)
	read := func(key, path string) (int, string) {
		status, _, page := s.call(http.MethodGet, path, "", map[string]string{"Authorization": "Bearer " + key})
		return status, page
	}
	examples := func(key string) (pages, sent, writes int) {
		status, index := read(key, "/docs")
		if status != http.StatusOK {
			t.Fatal(status, index)
		}
		for _, m := range docsLink.FindAllStringSubmatch(index, -1) {
			status, page := read(key, "/docs/"+m[1])
			if pages++; status != http.StatusOK {
				t.Errorf("%s: %d %s", m[1], status, page)
			}
			for _, e := range docsQuery.FindAllStringSubmatch(page, -1) {
				if sent++; strings.HasPrefix(e[1], "mutation") {
					writes++
				}
				vars := html.UnescapeString(e[2])
				if vars == "" {
					vars = "{}"
				}
				body := fmt.Sprintf(`{"query": %q, "variables": %s}`, html.UnescapeString(e[1]), vars)
				if status, _, answer := s.call(http.MethodPost, "/graphql", body, map[string]string{"Authorization": "Bearer " + key}); status != http.StatusOK || strings.Contains(answer, `"errors"`) {
					t.Errorf("the example %s is answered %d %s", body, status, answer)
				}
			}
		}
		return pages, sent, writes
	}
	if pages, sent, writes := examples(s.key); pages != 3 || sent != 6 || writes != 3 {
		t.Errorf("%d pages have %d examples, of which %d write", pages, sent, writes)
	}
	little := lastLine(must(t, "key", "create", "--data", s.data, "--scope", "read-only,client"))
	if pages, sent, writes := examples(little); pages != 1 || sent != 1 || writes != 0 {
		t.Errorf("who may read clients sees %d pages with %d examples, of which %d write", pages, sent, writes)
	}
	hidden, page := read(little, "/docs/purchase")
	missing, other := read(little, "/docs/no_such")
	if hidden != http.StatusNotFound || missing != http.StatusNotFound || strings.ReplaceAll(page, "purchase", "no_such") != other {
		t.Errorf("an object that is hidden is told from one that is not there: %d %s, %d %s", hidden, page, missing, other)
	}
	var clients struct{ Clients struct{ TotalCount int } }
	if s.query(&clients, "{ clients { totalCount } }", nil); clients.Clients.TotalCount != 1 {
		t.Errorf("the examples have left %d records", clients.Clients.TotalCount)
	}
}

// TestSchemaOverHTTP downloads the schema as each may see it; it is one that parses, and has every type that it names.
func TestSchemaOverHTTP(t *testing.T) {
	s := shop(t)
	download := func(key string) (types map[string]*ast.Definition) {
		t.Helper()
		status, header, sdl := s.call(http.MethodGet, "/graphql/schema.graphql", "", map[string]string{"Authorization": "Bearer " + key})
		if status != http.StatusOK || !strings.HasPrefix(header.Get("Content-Type"), "application/graphql") {
			t.Fatal(status, header, sdl)
		}
		types = accesstest.Types(t, sdl)
		for _, d := range types {
			for _, f := range d.Fields {
				if types[f.Type.Name()] == nil {
					t.Errorf("%s.%s is a %s, which the schema lacks", d.Name, f.Name, f.Type)
				}
			}
		}
		return types
	}
	whole := download(s.key)
	little := download(lastLine(must(t, "key", "create", "--data", s.data, "--scope", "read-only,client")))
	for _, name := range []string{"Client", "ClientFilter", "Purchase"} {
		if whole[name] == nil {
			t.Errorf("the schema lacks %s", name)
		}
	}
	for _, name := range []string{"createClient", "updateClients", "upsertClient", "mergeClients", "createPurchase"} {
		if whole["Mutation"].Fields.ForName(name) == nil {
			t.Errorf("the schema lacks %s", name)
		}
		if m := little["Mutation"]; m != nil && m.Fields.ForName(name) != nil {
			t.Errorf("the schema of a key that reads clients has %s", name)
		}
	}
	if little["Client"] == nil || little["Purchase"] != nil || little["Client"].Fields.ForName("purchases") != nil {
		t.Error("the schema of a key for clients has no clients, or purchases")
	}
	if status, _, body := s.call(http.MethodGet, "/graphql/schema.graphql", "", map[string]string{"Authorization": ""}); status != http.StatusUnauthorized {
		t.Errorf("nobody downloads %d %s", status, body)
	}
}

// TestDocsEscape shows what packages are named as text.
func TestDocsEscape(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, "--bare")
	must(t, "apply", "--data", data, write(t, map[string]string{
		"tenon.json": `{"name": "odd", "version": "1.0.0", "label": {"en": "<b>Odd</b>"}}`,
		"objects/thing/object.json": `{"name": "thing", "label": {"en": "<script>alert(1)</script>"}, "help": {"en": "\"quoted\" & <i>"},
			"fields": [{"name": "name", "type": "text", "required": true, "label": {"en": "<img src=x>"}}, {"name": "mail", "type": "email", "required": true, "label": {"en": "Mail"}}]}`}))
	for _, path := range []string{"/docs", "/docs/thing"} {
		status, header, page := s.call(http.MethodGet, path, "", nil)
		if status != http.StatusOK || strings.Contains(page, "<script") || strings.Contains(page, "<img") || strings.Contains(page, "<b>") || strings.Contains(page, "<i>") {
			t.Errorf("%s: %d %s", path, status, page)
		}
		if policy := header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; img-src data:; style-src 'sha256-") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: %s", path, policy)
		}
	}
	_, _, page := s.call(http.MethodGet, "/docs/thing", "", nil)
	e := docsQuery.FindAllStringSubmatch(page, -1)
	if len(e) != 2 || !strings.HasPrefix(e[1][1], "mutation") {
		t.Fatalf("examples %q", e)
	}
	status, _, body := s.call(http.MethodPost, "/graphql", fmt.Sprintf(`{"query": %q, "variables": %s}`, html.UnescapeString(e[1][1]), html.UnescapeString(e[1][2])), nil)
	if status != http.StatusOK || strings.Contains(body, `"errors"`) {
		t.Errorf("the create: %d %s", status, body)
	}
}
