// Package overlay changes single properties of documents that belong to others: what a customer
// changed of a package is kept as properties, never as a copy of a file, so that the next version
// of the package still arrives.
//
// A property is named by its path below the document: keys joined by points, and for the members of
// a list their name, such as "rules.credit_not_negative.message.en". A member of a list that has no
// name cannot be addressed; its list can.
package overlay

import (
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/metadata/document"
	"github.com/tenon-platform/tenon/platform/diag"
)

// Folder is where the tenant's own package keeps its overlays: overlays/<package>/<file>.
const Folder = "overlays"

// names are the keys that name the members of a list, the first that a member has.
var names = []string{"name", "key", "code", "id", "object", "field"}

// Split tells which file of which package the file of an overlay is for.
func Split(file string) (pkg, path string, ok bool) {
	rest, ok := strings.CutPrefix(file, Folder+"/")
	if !ok {
		return "", "", false
	}
	pkg, path, ok = strings.Cut(rest, "/")
	return pkg, path, ok && path != ""
}

// Value is what stands at a path of a document; nil when nothing does.
func Value(root *document.Node, path string) *document.Node {
	for n, rest := root, path; n != nil; {
		if rest == "" {
			return n
		}
		n, rest = step(n, rest)
	}
	return nil
}

// step goes one step down a path. Keys may have points in them: the longest one counts.
func step(n *document.Node, path string) (found *document.Node, rest string) {
	after := ""
	try := func(name string, x *document.Node) {
		tail, ok := strings.CutPrefix(path, name)
		if name != "" && ok && (tail == "" || tail[0] == '.') && (found == nil || len(tail) < len(after)) {
			found, after = x, tail
		}
	}
	switch n.Kind {
	case document.Object:
		for i, k := range n.Keys {
			try(k.Name, n.Items[i])
		}
	case document.Array:
		for _, x := range n.Items {
			try(Name(x), x)
		}
	}
	return found, strings.TrimPrefix(after, ".")
}

// Name is what a member of a list is called; "" when it has no name.
func Name(n *document.Node) string {
	if n.Kind != document.Object {
		return ""
	}
	for _, key := range names {
		if x := n.Get(key); x != nil && x.Kind == document.String {
			return x.Text
		}
	}
	return ""
}

// Apply changes a document as an overlay says. What does not fit is a finding at its place in the
// overlay.
func Apply(of *document.Document, over *document.Document, findings *diag.List) {
	if of.Root == nil || over.Root == nil || over.Root.Kind != document.Object {
		return // whoever reads them says what is wrong
	}
	if set := over.Root.Get("set"); set != nil && set.Kind == document.Object {
		for i, k := range set.Keys {
			if !put(of.Root, k.Name, set.Items[i]) {
				unknown(k.Pos(), k.Name, findings)
			}
		}
	}
	if remove := over.Root.Get("remove"); remove != nil && remove.Kind == document.Array {
		for _, p := range remove.Items {
			if p.Kind == document.String && !take(of.Root, p.Text) {
				unknown(p.Pos(), p.Text, findings)
			}
		}
	}
	of.Edited = true
}

func unknown(at diag.Pos, path string, findings *diag.List) {
	findings.Errorf("unknown-property", "", at, diag.Textf("the package has no %q to change", "软件包中没有可修改的 %q", path))
}

// put sets the property at a path: of an object any key of one that is there, of a list a member
// that is there, or one more whose name is the end of the path.
func put(root *document.Node, path string, v *document.Node) bool {
	at, last := parent(root, path)
	if at == nil {
		return false
	}
	switch at.Kind {
	case document.Object:
		at.Set(last, v)
		return true
	case document.Array:
		if Name(v) != last {
			return false
		}
		if i := slices.IndexFunc(at.Items, func(x *document.Node) bool { return Name(x) == last }); i >= 0 {
			at.Items[i] = v
		} else {
			at.Items = append(at.Items, v)
		}
		return true
	}
	return false
}

func take(root *document.Node, path string) bool {
	at, last := parent(root, path)
	if at == nil {
		return false
	}
	switch at.Kind {
	case document.Object:
		return at.Remove(last) != nil
	case document.Array:
		n := len(at.Items)
		at.Items = slices.DeleteFunc(at.Items, func(x *document.Node) bool { return Name(x) == last })
		return len(at.Items) < n
	}
	return false
}

// parent is what holds the property at a path, with the property's own name.
func parent(root *document.Node, path string) (at *document.Node, last string) {
	n, rest := root, path
	for rest != "" {
		x, after := step(n, rest)
		switch {
		case x == nil && strings.Contains(rest, ".") && n.Kind == document.Object:
			return nil, "" // a key may have points in it, but none that is not there is made
		case x == nil || after == "":
			return n, rest
		}
		n, rest = x, after
	}
	return nil, ""
}
