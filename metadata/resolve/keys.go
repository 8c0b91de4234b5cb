package resolve

import (
	"fmt"
	"hash/fnv"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
)

// keys resolves unique keys and indexes, declared and in short form. Their conditions come later.
func (r *resolver) keys() {
	for _, o := range r.cat.Objects {
		d := r.decls.get(o.Name)
		for i := range d.fields {
			f := &d.fields[i]
			if f.v.Unique {
				d.keys = append(d.keys, placed[model.Key]{v: model.Key{Fields: []string{f.v.Name}}, origin: f.origin, pos: f.pos, path: f.path})
			}
			cf := o.ByName[f.v.Name]
			ref := cf.Ref != nil && !cf.Ref.Many && (!cf.System || owned(o, cf)) && !leads(f.v.Name, d.idx)
			if (f.v.Index || ref) && !f.v.Unique {
				d.idx = append(d.idx, placed[model.Index]{v: model.Index{Fields: []string{f.v.Name}}, origin: f.origin, pos: f.pos, path: f.path})
			}
		}
		names := map[string]bool{}
		for _, k := range d.keys {
			r.key(o, k, names)
		}
		for _, x := range d.idx {
			r.index(o, x, names)
		}
	}
}

// owned says whether people find the records of an object by their owner: those of a private one,
// where everybody's lists are filtered by it.
func owned(o *catalog.Object, f *catalog.Field) bool {
	return f.Name == catalog.Owner && (o.Sharing == catalog.SharingPrivate || o.Sharing == "")
}

// leads says whether a whole index begins with a field, so that looking up by the field needs no
// other index: every index costs each write.
func leads(field string, declared []placed[model.Index]) bool {
	for _, x := range declared {
		if len(x.v.Fields) > 0 && x.v.Where == "" {
			if first, _, _ := strings.Cut(x.v.Fields[0], " "); first == field {
				return true
			}
		}
	}
	return false
}

func (r *resolver) key(o *catalog.Object, k placed[model.Key], names map[string]bool) {
	name := keyName(k.v)
	fields, _, ok := r.keyFields(o, k.v.Fields, k.place("fields"), false)
	if !ok || !r.freshName(o, name, k.place("name"), names) {
		return
	}
	o.Keys = append(o.Keys, &catalog.Key{Name: name, APIName: camel(name), Fields: fields, CaseInsensitive: k.v.CaseInsensitive,
		Message: k.v.Message, Index: physicalIndex(o, "u", fields, k.v.Where, fmt.Sprint(k.v.CaseInsensitive))})
}

func (r *resolver) index(o *catalog.Object, x placed[model.Index], names map[string]bool) {
	name := indexName(x.v)
	if names[name] && x.v.Name == "" {
		return // a key or another index has these fields already
	}
	fields, desc, ok := r.keyFields(o, x.v.Fields, x.place("fields"), true)
	var include []*catalog.Field
	if ok && len(x.v.Include) > 0 {
		include, _, ok = r.keyFields(o, x.v.Include, x.place("include"), false)
	}
	if !ok || !r.freshName(o, name, x.place("name"), names) {
		return
	}
	o.Indexes = append(o.Indexes, &catalog.Index{Name: name, Fields: fields, Desc: desc, Include: include,
		Index: physicalIndex(o, "i", append(fields[:len(fields):len(fields)], include...), x.v.Where, fmt.Sprint(desc), "alive")})
}

func keyName(k model.Key) string {
	if k.Name != "" {
		return k.Name
	}
	return strings.Join(k.Fields, "_")
}

func indexName(x model.Index) string {
	if x.Name != "" {
		return x.Name
	}
	return strings.ReplaceAll(strings.Join(x.Fields, "_"), " ", "_")
}

func (r *resolver) freshName(o *catalog.Object, name string, at func() diag.Pos, names map[string]bool) bool {
	if names[name] {
		r.errorf("duplicate-name", o.Addr(), at(), diag.Textf("%s has two keys or indexes named %s", "%s 有两个名为 %s 的键或索引", o.Name, name))
		return false
	}
	names[name] = true
	return true
}

// keyFields finds the fields of a key or index; "close_date desc" is descending.
func (r *resolver) keyFields(o *catalog.Object, specs []string, at func() diag.Pos, directions bool) (fields []*catalog.Field, desc []bool, ok bool) {
	if len(specs) == 0 {
		r.errorf("bad-key", o.Addr(), at(), diag.Textf("a key or index needs fields", "键或索引需要字段"))
		return nil, nil, false
	}
	ok = true
	for _, s := range specs {
		name, down := s, false
		if directions {
			name, down = strings.CutSuffix(s, " desc")
			name = strings.TrimSuffix(name, " asc")
		}
		f := o.ByName[name]
		if f == nil {
			e := r.errorf("unknown-field", o.Addr(), at(), diag.Textf("%s has no field %q", "%s 没有字段 %q", o.Name, name))
			e.Suggestion = diag.DidYouMean(name, r.decls.get(o.Name).fieldNames())
			ok = false
			continue
		}
		if f.Column == "" {
			r.errorf("bad-key", o.Addr(), at(), diag.Textf("%s is not stored and cannot be part of a key or index", "%s 未存储，不能用于键或索引", name))
			ok = false
			continue
		}
		fields, desc = append(fields, f), append(desc, down)
	}
	return fields, desc, ok
}

// storedKeys reports keys and indexes over formulas that turned out to be computed when read.
func (r *resolver) storedKeys(o *catalog.Object) {
	check := func(name string, fields []*catalog.Field) {
		for _, f := range fields {
			if f.Column == "" {
				r.errorf("bad-key", f.Addr(), r.decls.get(o.Name).field(f.Name).at("expr"),
					diag.Textf("%s is computed when it is read and cannot be part of the key or index %s", "%s 为读取时计算，不能用于键或索引 %s", f.Name, name))
			}
		}
	}
	for _, k := range o.Keys {
		check(k.Name, k.Fields)
	}
	for _, x := range o.Indexes {
		check(x.Name, x.Fields)
		check(x.Name, x.Include)
	}
}

// physicalIndex names an index by what it is, so that a changed definition is another index.
func physicalIndex(o *catalog.Object, kind string, fields []*catalog.Field, more ...string) string {
	h := fnv.New64a()
	for _, f := range fields {
		fmt.Fprintf(h, "%s,", f.Column)
	}
	fmt.Fprint(h, more)
	return fmt.Sprintf("%s_%s_%012x", o.Table, kind, h.Sum64()&0xffffffffffff)
}
