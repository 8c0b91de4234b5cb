// Package pack is how packages travel and meet: archives with checksums and a signature, and the
// three-way merge of an upgrade, in which what the customer changed stays, what only the vendor
// changed arrives, and what both changed is a conflict to settle by name.
package pack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/metadata/document"
	"github.com/tenon-platform/tenon/metadata/overlay"
	"github.com/tenon-platform/tenon/platform/diag"
)

// Conflict is a property that both the vendor and the customer changed, to different values. A value
// that is not there is null.
type Conflict struct {
	Package string          `json:"package"`
	File    string          `json:"file"` // of the package
	Path    string          `json:"path"` // of the property below the file
	In      string          `json:"in"`   // file of the tenant's own package that changes it
	Base    json.RawMessage `json:"base"` // what the installed version says
	Vendor  json.RawMessage `json:"vendor"`
	Local   json.RawMessage `json:"local"`
}

// Address names the property, among those of all packages.
func (c Conflict) Address() string { return c.Package + ":" + c.File + "#" + c.Path }

// Change is what a customer has for one property of a packaged file; a nil Value takes it away.
type Change struct {
	File  string // of the package
	Path  string
	In    string // file of the tenant's own package
	Value json.RawMessage
}

// changes is a file of the tenant's own package that changes one of another: an overlay, or the
// overrides of an extension.
type changes struct {
	Schema    json.RawMessage            `json:"$schema,omitempty"`
	Set       map[string]json.RawMessage `json:"set,omitempty"`
	Remove    []string                   `json:"remove,omitempty"`
	Object    string                     `json:"object,omitempty"`
	Overrides map[string]json.RawMessage `json:"overrides,omitempty"`
}

// Changes are what the tenant's own package changes of another one, whose installed files are given,
// in order of files and paths. Files that are broken change nothing: the loader says so.
func Changes(own map[string][]byte, pkg string, installed map[string][]byte) (out []Change) {
	for _, p := range slices.Sorted(maps.Keys(own)) {
		of, file, isOverlay := overlay.Split(p)
		isOverlay = isOverlay && of == pkg
		isExtension, err := path.Match("extend/*.json", p)
		if err != nil || !isOverlay && !isExtension {
			continue
		}
		var doc changes
		if json.Unmarshal(own[p], &doc) != nil {
			continue
		}
		set := doc.Set
		if isExtension {
			file, set = "objects/"+doc.Object+"/object.json", doc.Overrides
			if installed[file] == nil {
				continue // of another package
			}
		}
		for _, at := range slices.Sorted(maps.Keys(set)) {
			out = append(out, Change{file, at, p, set[at]})
		}
		for _, at := range slices.Sorted(slices.Values(doc.Remove)) {
			out = append(out, Change{file, at, p, nil})
		}
	}
	return out
}

// Conflicts holds the changes of a customer against an upgrade of a package from the files of one
// version to those of the next.
func Conflicts(pkg string, installed, next map[string][]byte, changes []Change) (out []Conflict) {
	for _, c := range changes {
		base, vendor := value(installed[c.File], c.Path), value(next[c.File], c.Path)
		local := null
		if c.Value != nil {
			local = canonical(c.Value)
		}
		if !bytes.Equal(base, vendor) && !bytes.Equal(vendor, local) {
			out = append(out, Conflict{Package: pkg, File: c.File, Path: c.Path, In: c.In, Base: base, Vendor: vendor, Local: local})
		}
	}
	return out
}

var null = json.RawMessage("null")

// value is what stands at a path of a file, in a form that is the same for equal values.
func value(file []byte, at string) json.RawMessage {
	var broken diag.List
	doc := document.Parse("", file, &broken)
	if doc.Root == nil {
		return null
	}
	if n := overlay.Value(doc.Root, at); n != nil {
		return canonical(n.JSON())
	}
	return null
}

// canonical is JSON without spaces and with sorted keys.
func canonical(b json.RawMessage) json.RawMessage {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return b
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil { // what was JSON is JSON
		return b
	}
	return bytes.TrimSpace(out.Bytes())
}

// Without takes the customer's side of a conflict out of the tenant's own package, whose files it
// gives anew: the vendor's value holds again. An overlay that changes nothing any more goes as a whole.
func Without(own map[string][]byte, c Conflict) (map[string][]byte, error) {
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(own[c.In], &doc); err != nil {
		return nil, fmt.Errorf("read %s: %w", c.In, err)
	}
	left := 0
	for _, key := range []string{"set", "overrides"} {
		var set map[string]json.RawMessage
		if err := decode(doc[key], &set); err != nil {
			return nil, fmt.Errorf("read %s: %w", c.In, err)
		}
		delete(set, c.Path)
		left += len(set)
		if err := put(doc, key, set, len(set)); err != nil {
			return nil, err
		}
	}
	var remove []string
	if err := decode(doc["remove"], &remove); err != nil {
		return nil, fmt.Errorf("read %s: %w", c.In, err)
	}
	remove = slices.DeleteFunc(remove, func(r string) bool { return r == c.Path })
	left += len(remove)
	if err := put(doc, "remove", remove, len(remove)); err != nil {
		return nil, err
	}
	out := maps.Clone(own)
	if strings.HasPrefix(c.In, overlay.Folder+"/") && left == 0 {
		delete(out, c.In)
		return out, nil
	}
	b, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", c.In, err)
	}
	out[c.In] = append(b, '\n')
	return out, nil
}

// put gives a key of a document a value, or takes it out where nothing of it is left.
func put(doc map[string]json.RawMessage, key string, v any, n int) error {
	if n == 0 {
		delete(doc, key)
		return nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write %s: %w", key, err)
	}
	doc[key] = b
	return nil
}

func decode(b json.RawMessage, dst any) error {
	if len(b) == 0 {
		return nil
	}
	return json.Unmarshal(b, dst)
}
