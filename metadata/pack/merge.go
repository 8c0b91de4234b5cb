// Package pack is how packages travel and meet: archives with checksums and a signature, and the
// three-way merge of an upgrade, in which what the customer changed stays, what only the vendor
// changed arrives, and what both changed is a conflict to settle by name.
package pack

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

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
	Base    json.RawMessage `json:"base"` // what the installed version says
	Vendor  json.RawMessage `json:"vendor"`
	Local   json.RawMessage `json:"local"`
}

// Address names the property, among those of all packages.
func (c Conflict) Address() string { return Address(c.Package, c.File, c.Path) }

// Address names a property of a file of a package.
func Address(pkg, file, path string) string { return pkg + ":" + file + "#" + path }

// Change is what a customer has for one property of a packaged file; a nil Value takes it away.
type Change struct {
	File  string
	Path  string
	Value json.RawMessage
}

// Changes are the overlays of the tenant's own package on another one, in order of files and paths.
// Overlays that are broken have none: the loader says so.
func Changes(own map[string][]byte, pkg string) (out []Change) {
	for _, p := range slices.Sorted(maps.Keys(own)) {
		of, file, ok := overlay.Split(p)
		if !ok || of != pkg {
			continue
		}
		var doc struct {
			Set    map[string]json.RawMessage
			Remove []string
		}
		if json.Unmarshal(own[p], &doc) != nil {
			continue
		}
		for _, path := range slices.Sorted(maps.Keys(doc.Set)) {
			out = append(out, Change{file, path, doc.Set[path]})
		}
		for _, path := range slices.Sorted(slices.Values(doc.Remove)) {
			out = append(out, Change{file, path, nil})
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
			out = append(out, Conflict{Package: pkg, File: c.File, Path: c.Path, Base: base, Vendor: vendor, Local: local})
		}
	}
	return out
}

var null = json.RawMessage("null")

// value is what stands at a path of a file, in a form that is the same for equal values.
func value(file []byte, path string) json.RawMessage {
	var broken diag.List
	doc := document.Parse("", file, &broken)
	if doc.Root == nil {
		return null
	}
	if n := overlay.Value(doc.Root, path); n != nil {
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

// Without takes a change out of the tenant's own package, whose files it gives anew: the vendor's
// value holds again. An overlay that changes nothing any more goes as a whole.
func Without(own map[string][]byte, pkg, file, path string) (map[string][]byte, error) {
	out, p := maps.Clone(own), overlay.Folder+"/"+pkg+"/"+file
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(own[p], &doc); err != nil {
		return nil, err
	}
	set, remove := map[string]json.RawMessage{}, []string{}
	if err := decode(doc["set"], &set); err != nil {
		return nil, err
	}
	if err := decode(doc["remove"], &remove); err != nil {
		return nil, err
	}
	delete(set, path)
	remove = slices.DeleteFunc(remove, func(r string) bool { return r == path })
	if len(set)+len(remove) == 0 {
		delete(out, p)
		return out, nil
	}
	next := struct {
		Schema json.RawMessage            `json:"$schema,omitempty"`
		Set    map[string]json.RawMessage `json:"set,omitempty"`
		Remove []string                   `json:"remove,omitempty"`
	}{doc["$schema"], set, remove}
	b, err := json.MarshalIndent(next, "", "  ")
	if err != nil {
		return nil, err
	}
	out[p] = append(b, '\n')
	return out, nil
}

func decode(b json.RawMessage, dst any) error {
	if len(b) == 0 {
		return nil
	}
	return json.Unmarshal(b, dst)
}
