package approval

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/resolve"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/value"
)

// CheckCatalog holds the flows of a catalogue's processes against the catalogue. Findings have the places
// of what they are about.
func CheckCatalog(cat *catalog.Catalog, at func(a *catalog.Approval, path string) diag.Pos) diag.List {
	var out diag.List
	for _, a := range cat.Approvals {
		_, found := Parse(a.Source(), 0, EnvOf(cat))
		paths := pathsOf(a.Source())
		for _, f := range found {
			path := paths.of(strings.TrimPrefix(f.Address, "approval."+a.Key))
			f.Pos, f.Address = at(a, path.json), a.Addr().String()
			if path.node != "" {
				f.Address = a.Addr().Node(path.node).String()
			}
			out = append(out, f)
		}
	}
	return out
}

// EnvOf is what the definitions of a catalogue may refer to. Teams, units, users and calendars are
// records, which come and go: whether there are any is not known here.
func EnvOf(cat *catalog.Catalog) Env {
	return Env{Scope: resolve.Scope(cat), Zone: cat.Zone, Has: func(kind, name string) bool {
		switch kind {
		case "role":
			return cat.Role(name) != nil
		case "process":
			return cat.Approval(name) != nil
		case "script":
			s := cat.Script(name)
			return s != nil && FindsPeople(s) == nil
		}
		return true
	}}
}

// maxFinding is how long a script that finds people may take, in milliseconds.
const maxFinding = 2000

// FindsPeople refuses a script that is not made to find people: it gives users, as JSON, takes nothing but
// the record, reads at most, and takes two seconds at most.
func FindsPeople(s *catalog.Script) error {
	gives := false
	for _, r := range s.Signature.Results {
		gives = gives || r.Name == "users" && r.Kind == value.KindJSON
	}
	switch {
	case !gives:
		return fmt.Errorf("the script %s gives no users", s.Name)
	case s.Decl.Limits != nil && s.Decl.Limits.Time > maxFinding:
		return fmt.Errorf("the script %s may take more than %d milliseconds", s.Name, maxFinding)
	}
	for _, p := range s.Signature.Params {
		if p.Required && (p.Name != "record" || p.Kind != value.KindRef) {
			return fmt.Errorf("the script %s needs more than the record", s.Name)
		}
	}
	if len(s.Decl.Connections)+len(s.Decl.Messages) > 0 {
		return fmt.Errorf("the script %s may tell others", s.Name)
	}
	for _, u := range s.Uses {
		if slices.ContainsFunc(u.May, func(may string) bool { return may != "read" }) {
			return fmt.Errorf("the script %s may write", s.Name)
		}
	}
	return nil
}

// paths are the places of the nodes of a definition in its document.
type paths map[string]nodePath

type nodePath struct {
	path     string
	branches []string
}

func pathsOf(source []byte) paths {
	out := paths{}
	var spec Spec
	if err := json.Unmarshal(source, &spec); err != nil {
		return out
	}
	model.Walk(spec.Flow, "flow", func(n *Node, path string) {
		p := nodePath{path: path}
		for _, b := range n.Branches {
			p.branches = append(p.branches, b.ID)
		}
		if _, twice := out[n.ID]; !twice {
			out[n.ID] = p
		}
	})
	return out
}

// spot is a place in the document of a definition.
type spot struct{ json, node string }

var indexes = regexp.MustCompile(`\[(\d+)\]`)

// of turns the address of a finding, such as ".node.n1.participants[0].when", into a path.
func (p paths) of(address string) spot {
	rest := indexes.ReplaceAllString(strings.TrimPrefix(address, "."), ".$1")
	id, rest2, _ := strings.Cut(strings.TrimPrefix(rest, "node."), ".")
	n, ok := p[id]
	if !ok || !strings.HasPrefix(rest, "node.") {
		return spot{json: rest}
	}
	first, more, _ := strings.Cut(rest2, ".")
	if i := slices.Index(n.branches, first); i >= 0 {
		rest2 = "branches." + strconv.Itoa(i) + "." + more
	}
	return spot{strings.TrimSuffix(n.path+"."+rest2, "."), id}
}
