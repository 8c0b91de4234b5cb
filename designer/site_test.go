package designer

import (
	"strings"
	"testing"
	"testing/fstest"
)

func site(t *testing.T) *Site {
	t.Helper()
	s, err := Open(fstest.MapFS{
		"index.html": {Data: []byte(`<html data-attrs=""><meta name="csp-nonce" content="{nonce}"><!--loads--></html>`)},
		"routes.json": {Data: []byte(`[{"pattern":"^/o/[^/]+$","modules":["assets/list-1.js"],"styles":["assets/list-1.css"]},
			{"pattern":"^/o/([^/]+)/","modules":["assets/record-1.js"],"asks":["/api/meta/$1"]}]`)},
		"assets/list-1.js.br": {Data: []byte("br")}, "assets/list-1.js.gz": {Data: []byte("gz")}, "assets/p-1.png": {Data: []byte("png")}, "assets/x-1.exe": {Data: []byte("x")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPageNamesWhatItsRouteLoads(t *testing.T) {
	s := site(t)
	for path, want := range map[string]string{
		"/o/dealer":          `<link rel="modulepreload" href="/assets/list-1.js">` + "\n" + `<link rel="stylesheet" href="/assets/list-1.css">`,
		"/o/dealer/dealer_1": `<link rel="modulepreload" href="/assets/record-1.js">`,
		"/inbox":             "",
	} {
		page, policy := s.Page(path, "N0nce", `data-oidc="yes"`, false)
		if got := `<html data-oidc="yes"><meta name="csp-nonce" content="N0nce">` + want; !strings.HasPrefix(string(page), got) || strings.Count(string(page), "<link") != strings.Count(want, "<link") {
			t.Errorf("%s: %s", path, page)
		}
		if strings.Contains(policy, "unsafe") || !strings.Contains(policy, "style-src 'self' 'nonce-N0nce'") || !strings.Contains(policy, "script-src 'self';") {
			t.Errorf("%s: the policy %s", path, policy)
		}
	}
}

func TestPageNamesWhatItsRouteAsksForFirst(t *testing.T) {
	page, _ := site(t).Page(`/o/a"><b>&/1`, "n", "", true)
	if want := `<link rel="preload" as="fetch" crossorigin href="/api/meta/a&#34;&gt;&lt;b&gt;&amp;">`; !strings.Contains(string(page), want) {
		t.Errorf("%s", page)
	}
}

func TestFilesAreThereAsTheyArePacked(t *testing.T) {
	s := site(t)
	for _, c := range []struct {
		name    string
		codings []string
		want    Packed
		ok      bool
	}{
		{"list-1.js", []string{"br", "gzip"}, Packed{[]byte("br"), "br", "text/javascript; charset=utf-8"}, true},
		{"list-1.js", []string{"gzip"}, Packed{[]byte("gz"), "gzip", "text/javascript; charset=utf-8"}, true},
		{"p-1.png", []string{"br", "gzip"}, Packed{[]byte("png"), "", "image/png"}, true},
		{"list-2.js", []string{"br", "gzip"}, Packed{}, false},
		{"list-1.js.br", []string{"gzip"}, Packed{}, false},
		{"x-1.exe", nil, Packed{}, false},
		{"../index.html", nil, Packed{}, false},
		{"../routes.json", nil, Packed{}, false},
	} {
		got, ok := s.File(c.name, c.codings...)
		if ok != c.ok || string(got.Body) != string(c.want.Body) || got.Coding != c.want.Coding || got.MediaType != c.want.MediaType {
			t.Errorf("%s as %v: %v %s %s %s", c.name, c.codings, ok, got.Body, got.Coding, got.MediaType)
		}
	}
}

func TestOpenRefusesWhatIsNoSite(t *testing.T) {
	page := &fstest.MapFile{Data: []byte("<html>")}
	for name, files := range map[string]fstest.MapFS{
		"nothing":       {},
		"no routes":     {"index.html": page},
		"broken routes": {"index.html": page, "routes.json": {Data: []byte("[")}},
		"bad pattern":   {"index.html": page, "routes.json": {Data: []byte(`[{"pattern":"("}]`)}},
	} {
		if _, err := Open(files); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
