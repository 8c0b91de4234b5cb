package mapping

import (
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/runtime/access"
)

// reference is a lookup that rows fill by a unique key of the record it leads to.
type reference struct {
	field *catalog.Field
	keys  map[*catalog.Field]bool
	first string // as the mapping names it
}

// through maps a column to a field of the key by which a lookup finds its record.
func (c *compiler) through(out *column, name, head, tail string) string {
	f := fieldOf(c.t.Object, head)
	if f == nil || f.Ref == nil || !c.t.Profile.CanRead(f) && !c.t.Profile.CanWrite(f) {
		c.unknown(name)
		return ""
	}
	if !single(f) {
		c.fail(name, errs.New(errs.InvalidInput, "%s refers to records of several objects or to many: give ids", "%s 可引用多个对象或多条记录，请填写编号", head))
		return ""
	}
	if !Writable(f, c.t.Profile) {
		c.fail(name, errs.New(errs.Forbidden, "%s cannot be written", "%s 不可写入", head))
		return ""
	}
	target := f.Ref.Target()
	kf := fieldOf(target, tail)
	if !c.t.Profile.Can(target, access.Read) || kf == nil || kf.Column == "" || !c.t.Profile.CanRead(kf) {
		c.fail(name, errs.New(errs.InvalidInput, "%s has no field %s", "%s 没有字段 %s", target.Name, tail))
		return ""
	}
	r := c.refs[f.Name]
	if r == nil {
		r = &reference{field: f, keys: map[*catalog.Field]bool{}, first: name}
		c.refs[f.Name] = r
	}
	r.keys[kf] = true
	out.field, out.key = f.RelName, kf.APIName
	if kf.Name == catalog.ID {
		out.read = asIs
	} else {
		out.read = reader(kf, c.t.Zone)
	}
	return f.APIName + "." + kf.APIName
}

// references checks that the fields by which each lookup is filled are one whole unique key.
func (c *compiler) references() {
	for _, r := range c.refs {
		if !isKey(r.field.Ref.Target(), r.keys) {
			c.fail(r.first, errs.New(errs.InvalidInput, "%s is found by its id or by all fields of a unique key: %s", "%s 须通过编号或某一唯一键的全部字段查找：%s",
				r.field.Ref.Target().Name, strings.Join(keyNames(r.field.Ref.Target()), "; ")))
		}
		for _, col := range c.p.columns {
			if col.key == "" && col.field == r.field.APIName {
				c.fail(r.first, errs.New(errs.InvalidInput, "%s is mapped twice", "%s 被重复映射", r.field.APIName))
			}
		}
	}
}

func isKey(o *catalog.Object, fields map[*catalog.Field]bool) bool {
	if len(fields) == 1 && (fields[o.Field(catalog.ExternalID)] || fields[o.Field(catalog.ID)]) {
		return true
	}
	for _, k := range o.Keys {
		n := 0
		for _, f := range k.Fields {
			if fields[f] {
				n++
			}
		}
		if n == len(k.Fields) && n == len(fields) {
			return true
		}
	}
	return false
}

// keyNames are the unique keys of an object, each as the API names of its fields.
func keyNames(o *catalog.Object) []string {
	out := []string{catalog.ID}
	for _, k := range o.Keys {
		names := make([]string, len(k.Fields))
		for i, f := range k.Fields {
			names[i] = f.APIName
		}
		out = append(out, strings.Join(names, " + "))
	}
	return append(out, o.Field(catalog.ExternalID).APIName)
}

// key checks by what rows find their records.
func (c *compiler) key() {
	switch {
	case c.s.Mode == Create && len(c.s.Key) > 0:
		c.fail("key", errs.New(errs.InvalidInput, "rows that create records need no key", "新建模式不需要键"))
	case c.s.Mode == Create:
	case len(c.s.Key) == 0:
		c.fail("key", errs.New(errs.InvalidInput, "name the key by which records are found", "请指定用于查找记录的键"))
	case len(c.s.Key) == 1 && c.s.Key[0] == catalog.ID:
		if !c.p.fills(catalog.ID, "") {
			c.fail("key", errs.New(errs.InvalidInput, "no column is mapped to %s", "没有列映射到 %s", catalog.ID))
		}
	default:
		c.uniqueKey()
	}
	for _, col := range c.p.columns {
		if col.id && (len(c.s.Key) != 1 || c.s.Key[0] != catalog.ID) {
			c.fail(catalog.ID, errs.New(errs.InvalidInput, "ids can only be mapped when records are found by them", "仅在按编号查找记录时才能映射编号"))
		}
	}
}

func (c *compiler) uniqueKey() {
	fields := map[*catalog.Field]bool{}
	for _, name := range c.s.Key {
		f := fieldOf(c.t.Object, name)
		if f == nil {
			c.unknown(name)
			return
		}
		fields[f] = true
		if !c.p.fills(f.APIName, "") && (f.RelName == "" || !c.p.fills(f.RelName, "*")) {
			c.fail("key", errs.New(errs.InvalidInput, "no column is mapped to %s", "没有列映射到 %s", f.APIName))
			return
		}
		c.p.key = append(c.p.key, f)
	}
	if !isKey(c.t.Object, fields) {
		c.fail("key", errs.New(errs.InvalidInput, "these fields are no unique key of %s; its keys are %s", "这些字段不是 %s 的唯一键；其唯一键为 %s",
			c.t.Object.Name, strings.Join(keyNames(c.t.Object), "; ")))
	}
}
