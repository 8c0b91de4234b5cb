package graph

import (
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/runtime/access"
)

// An operation is validated against the slice of the schema that it can touch: the objects whose
// root fields or types it names, and those that it reaches over relations it names. Whatever is
// left out is not mentioned, so the verdict is that of the whole schema, and a catalogue of five
// hundred objects costs an operation nothing.

// rootNames maps the names of root fields and of record types to their objects.
func rootNames(cat *catalog.Catalog) map[string]*catalog.Object {
	names := make(map[string]*catalog.Object, 5*len(cat.Objects))
	for _, o := range cat.Objects {
		for _, n := range []string{o.TypeName, upperFirst(o.PluralName), o.SingularName, o.PluralName, o.SingularName + "By", o.SingularName + "Aggregate"} {
			names[n] = o
		}
		for _, a := range o.Actions {
			names[a.Mutation] = o
		}
	}
	return names
}

var verbs = []string{"create", "update", "upsert", "delete", "restore", "purge", "reveal", "merge", "mergesOf", "duplicatesOf", "lock", "unlock"}

// slice gives the schema of the objects that an operation can touch.
func (ss *schemas) slice(p access.Profile, text string, vars map[string]any) (*schema, error) {
	words := map[string]bool{}
	addWords(words, text)
	addKeys(words, vars)
	in := map[*catalog.Object]bool{}
	var queue []*catalog.Object
	take := func(o *catalog.Object) {
		if o != nil && !in[o] {
			in[o] = true
			queue = append(queue, o)
		}
	}
	for w := range words {
		take(ss.names[w])
		take(ss.names[strings.TrimSuffix(w, "Changed")])
		for i := 1; i < len(w) && w[0] >= 'A' && w[0] <= 'Z'; i++ {
			if w[i] >= 'A' && w[i] <= 'Z' {
				take(ss.names[w[:i]])
			}
		}
		for _, v := range verbs {
			if rest, ok := strings.CutPrefix(w, v); ok {
				take(ss.names[rest])
			}
		}
	}
	for len(queue) > 0 {
		o := queue[0]
		queue = queue[1:]
		for _, f := range o.Fields {
			if f.Ref == nil || f.RelName == "" || !words[f.RelName] {
				continue
			}
			if !f.Ref.Polymorphic {
				take(f.Ref.Target())
				continue
			}
			// Members of a union that no fragment names matter only by being there: one that the caller may read.
			if i := slices.IndexFunc(f.Ref.Targets, func(o *catalog.Object) bool { return p.Can(o, access.Read) }); i >= 0 {
				take(f.Ref.Targets[i])
			}
		}
		for _, inv := range o.Inverses {
			if words[inv.Name] {
				take(inv.Child)
			}
		}
	}
	var objs []*catalog.Object
	var key strings.Builder
	key.WriteString(p.Key())
	for _, o := range ss.cat.Objects {
		if in[o] {
			objs = append(objs, o)
			key.WriteString("\x00" + o.Name)
		}
	}
	var fixed []*fixedPart
	for w := range words {
		if ss.words[w] {
			fixed = ss.fixed
			key.WriteString("\x00#fixed")
			break
		}
	}
	return ss.get(key.String(), p, objs, fixed)
}

// addWords collects the identifiers of a text.
func addWords(words map[string]bool, text string) {
	start := -1
	for i := 0; i <= len(text); i++ {
		if i < len(text) && isWord(text[i]) {
			if start < 0 {
				start = i
			}
			continue
		}
		if start >= 0 {
			words[text[start:i]] = true
			start = -1
		}
	}
}

func isWord(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// addKeys collects the keys of variables, which name relations too.
func addKeys(words map[string]bool, v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			words[k] = true
			addKeys(words, x)
		}
	case []any:
		for _, x := range v {
			addKeys(words, x)
		}
	}
}
