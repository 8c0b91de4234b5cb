package designer

import (
	"encoding/json"
	"fmt"
	"html"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// Site is the workspace and the designer as they were built: one page for all routes, and the files
// that it loads, which are called by what is in them.
type Site struct {
	files fs.FS
	page  string
	loads []routeLoads
}

// routeLoads are the files that a route needs besides those of every page.
type routeLoads struct {
	Pattern string `json:"pattern"` // of paths; the first that fits counts
	paths   *regexp.Regexp
	Modules []string `json:"modules"`
	Styles  []string `json:"styles"`
	Asks    []string `json:"asks"` // paths that the route asks for first; $1 is the pattern's first group
}

// Built is the site of this binary; nil when it was built without.
func Built() (*Site, error) {
	files := dist()
	if files == nil {
		return nil, nil
	}
	return Open(files)
}

// Open reads a built site.
func Open(files fs.FS) (*Site, error) {
	page, err := fs.ReadFile(files, "index.html")
	if err != nil {
		return nil, fmt.Errorf("read the page: %w", err)
	}
	s := &Site{files: files, page: string(page)}
	b, err := fs.ReadFile(files, "routes.json")
	if err == nil {
		err = json.Unmarshal(b, &s.loads)
	}
	for i := range s.loads {
		if err == nil {
			s.loads[i].paths, err = regexp.Compile(s.loads[i].Pattern)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read what routes load: %w", err)
	}
	return s, nil
}

// Routes are the paths that the page serves, as the server writes them; what lies below one with a *
// is the page's business. Nothing else answers with the page: a missing file is missing.
func Routes() []string {
	return []string{"/", "/signin", "/invite", "/enrol", "/notices", "/app", "/app/*", "/o/*", "/inbox", "/inbox/*", "/d/*", "/search", "/imports", "/imports/*", "/me", "/setup", "/setup/*"}
}

// Page writes the page for a path, and its policy: scripts of its own and style sheets that carry the
// nonce, which is to be new for every answer. attrs are values for data- attributes of the page's root,
// as HTML. What the route loads is named in the page, so that browsers need not find it out step by step;
// so is what it asks for first, for those who have signed in.
func (s *Site) Page(urlPath, nonce, attrs string, signedIn bool) (page []byte, policy string) {
	var links strings.Builder
	for _, r := range s.loads {
		at := r.paths.FindStringSubmatchIndex(urlPath)
		if at == nil {
			continue
		}
		for _, m := range r.Modules {
			fmt.Fprintf(&links, "<link rel=\"modulepreload\" href=\"/%s\">\n", m)
		}
		for _, m := range r.Styles {
			fmt.Fprintf(&links, "<link rel=\"stylesheet\" href=\"/%s\">\n", m)
		}
		for _, m := range r.Asks {
			if signedIn {
				fmt.Fprintf(&links, "<link rel=\"preload\" as=\"fetch\" crossorigin href=\"%s\">\n", html.EscapeString(string(r.paths.ExpandString(nil, m, urlPath, at))))
			}
		}
		break
	}
	out := strings.NewReplacer("{nonce}", nonce, "<!--loads-->", links.String(), "data-attrs=\"\"", attrs).Replace(s.page)
	return []byte(out), "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-" + nonce + "'; style-src-attr 'none'; img-src 'self' data: blob:; " +
		"font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

// Packed is a file as the site holds it.
type Packed struct {
	Body      []byte
	Coding    string // "br", "gzip", or "" for one that does not get smaller
	MediaType string
}

var mediaTypes = map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".png": "image/png",
	".woff2": "font/woff2", ".json": "application/json", ".txt": "text/plain; charset=utf-8"}

// File gives a file below /assets in the first of the codings that it is there in; false when there is
// none of that name. Every file that gets smaller is there as gzip.
func (s *Site) File(name string, codings ...string) (Packed, bool) {
	kind, known := mediaTypes[path.Ext(name)]
	if !known || !fs.ValidPath(name) {
		return Packed{}, false
	}
	for _, c := range append(codings, "") {
		ending := map[string]string{"br": ".br", "gzip": ".gz"}[c]
		if b, err := fs.ReadFile(s.files, path.Join("assets", name+ending)); err == nil {
			return Packed{b, c, kind}, true
		}
	}
	return Packed{}, false
}
