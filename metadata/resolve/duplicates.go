package resolve

import (
	"fmt"
	"maps"
	"slices"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/field/fieldkit"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/normalise"
	"github.com/tenon-platform/tenon/metadata/similar"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/spec"
	"github.com/tenon-platform/tenon/platform/store/driver"
)

var (
	duplicateKeys = spec.Of[model.DuplicateRule]()
	matchKeys     = spec.Of[model.DuplicateMatch]()
)

// maxKeys and maxMatches bound what one rule stores with each record, and compares.
const (
	maxKeys    = 8
	maxMatches = 16
)

// duplicateDecl is a duplicate rule with where it comes from.
type duplicateDecl struct {
	placed[model.DuplicateRule]
	object *catalog.Object
	rule   *catalog.DuplicateRule
	keys   []string // fields that hold the keys
}

// duplicateKey is the expression of a rule's key.
type duplicateKey struct {
	rule *catalog.DuplicateRule
	expr string
}

// computed makes the field that keeps the key of result, which is one of texts.
func (k *duplicateKey) computed(result field.Field) field.Field {
	stored := true
	return fieldkit.Computed(result, field.Computation{Formula: &field.Formula{Expr: k.expr, Stored: &stored}})
}

// blocking finds the duplicate rules, and declares a stored formula for each of their keys that is
// no field by itself. It has a name that no declared field can have, and is nobody's to see.
func (r *resolver) blocking() {
	for _, p := range r.ordered {
		for i := range p.Duplicates {
			d := &p.Duplicates[i]
			o := r.cat.ByName[d.Object]
			if o == nil {
				f := r.errorf("unknown-object", addr.Object(d.Object), d.Pos.At("object"), diag.Textf("there is no object %q", "没有对象 %q", d.Object))
				f.Suggestion = diag.DidYouMean(d.Object, r.names)
				continue
			}
			from := origin{pkg: p.Manifest.Name}
			r.uses = append(r.uses, use{from, o.Package, o.Name, func() diag.Pos { return d.Pos.At("object") }})
			for _, x := range place(d.Rules, from, d.Pos, "rules") {
				r.blockingKeys(o, x)
			}
			if d.Stage != "" {
				r.stages = append(r.stages, stageDecl{o, d, from})
			}
		}
	}
}

func (r *resolver) blockingKeys(o *catalog.Object, x placed[model.DuplicateRule]) {
	of := o.Addr().Duplicate(x.v.Name)
	if !model.NameForm.Match(x.v.Name) || len(x.v.Name) > model.MaxName {
		r.errorf("bad-name", of, x.at("name"), diag.Textf("%q is no name: lower-case words joined by _, at most 48 characters", "%q 不是有效名称：须为小写单词以 _ 连接，最多 48 个字符", x.v.Name))
		return
	}
	for _, have := range r.duplicateDecls {
		if have.object == o && have.v.Name == x.v.Name {
			r.errorf("duplicate-name", of, x.at("name"), diag.Textf("%s has two duplicate rules named %s", "%s 有两个名为 %s 的判重规则", o.Name, x.v.Name))
			return
		}
	}
	d := &duplicateDecl{placed: x, object: o, rule: &catalog.DuplicateRule{Name: x.v.Name, Package: x.pkg, Object: o, Decl: &x.v}}
	if n := len(x.v.Keys); n == 0 || n > maxKeys {
		r.errorf("bad-duplicates", of, x.at("keys"), diag.Textf("the rule needs 1 to %d keys to find records by", "规则须有 1 到 %d 个用于查找记录的键", maxKeys))
		return
	}
	decl := r.decls.get(o.Name)
	for i, src := range x.v.Keys {
		if decl.field(src) != nil {
			d.keys = append(d.keys, src)
			continue
		}
		f := model.Field{Name: fmt.Sprintf("match__%s_%d", x.v.Name, i), Type: "text", ReadOnly: true, Secured: true}
		decl.fields = append(decl.fields, fieldDecl{v: f, pos: x.pos, path: x.path + ".keys." + itoa(i)})
		r.keyOf[[2]string{o.Name, f.Name}] = &duplicateKey{d.rule, src}
		d.keys = append(d.keys, f.Name)
	}
	r.duplicateDecls = append(r.duplicateDecls, d)
}

// duplicates resolves the duplicate rules, and takes their keys out of everybody's sight.
func (r *resolver) duplicates() {
	for _, d := range r.duplicateDecls {
		c := &duplicateCheck{r: r, duplicateDecl: d, of: d.rule.Addr()}
		c.resolve()
	}
	for _, s := range r.stages {
		r.stage(s)
	}
	for _, o := range r.cat.Objects {
		for _, f := range o.Fields {
			if f.KeyOf != nil {
				delete(o.ByName, f.Name)
				delete(o.ByAPIName, f.APIName)
				f.APIName = ""
			}
		}
	}
}

// stageDecl says how far records of an object have come.
type stageDecl struct {
	object *catalog.Object
	decl   *model.Duplicates
	from   origin
}

func (r *resolver) stage(s stageDecl) {
	o, name, at := s.object, s.decl.Stage, s.decl.Pos.At("stage")
	f := o.ByName[name]
	if f == nil {
		r.errorf("unknown-field", o.Addr(), at, diag.Textf("%s has no field %q", "%s 没有字段 %q", o.Name, name)).Suggestion = diag.DidYouMean(name, r.decls.get(o.Name).fieldNames())
		return
	}
	if _, ok := f.Type.(chooser); !ok || f.Column == "" || f.Store.Type != driver.Text || o.Stage != nil && o.Stage != f {
		r.errorf("bad-duplicates", o.Addr(), at, diag.Textf("the stage must be one picklist of %s", "阶段须为 %s 的同一个单选字段", o.Name))
		return
	}
	r.uses = append(r.uses, use{s.from, f.Package, o.Name + "." + f.Name, func() diag.Pos { return at }})
	o.Stage = f
}

type duplicateCheck struct {
	*duplicateDecl
	r  *resolver
	of addr.Address
}

func (c *duplicateCheck) errorf(code, key, en, zh string, args ...any) *diag.Finding {
	return c.r.errorf(code, c.of, c.at(key), diag.Textf(en, zh, args...))
}

func (c *duplicateCheck) resolve() {
	v, x := &c.v, c.rule
	x.Label, x.Message, x.Action, x.Reads = v.Label, v.Message, v.Action, map[*catalog.Field]bool{}
	if !slices.Contains(duplicateKeys.Get("action").Enum, v.Action) {
		c.r.oneOf(c.of, c.place("action"), v.Action, duplicateKeys.Get("action").Enum)
	}
	if x.Action == catalog.DuplicateQueue && c.r.cat.Serving(catalog.RoleDuplicateCase) == nil {
		c.errorf("nothing-serves", "action", "no object serves %s, so that no case can be kept", "没有对象承担 %s，无法记录疑似重复", catalog.RoleDuplicateCase)
	}
	x.Threshold = c.percent(v.Threshold, "threshold", 100)
	for i, name := range c.keys {
		if f := c.field(name, "keys."+itoa(i)); f != nil {
			x.Keys = append(x.Keys, c.key(f))
		}
	}
	if v.Where != "" {
		p := c.r.compile(v.Where, c.object, c.place("where"), c.of, expr.Options{Want: boolean})
		if p != nil && (p.UsesNow() || !c.own(p)) {
			c.errorf("bad-duplicates", "where", "the condition must be about the record itself, whenever it is asked", "条件只能涉及记录自身，且不得随时间变化")
		} else if p != nil {
			x.Where = p
			c.reads(p)
		}
	}
	if n := len(v.Match); n == 0 || n > maxMatches {
		c.errorf("bad-duplicates", "match", "the rule needs 1 to %d fields to compare", "规则须有 1 到 %d 个要比较的字段", maxMatches)
	}
	for i := range v.Match {
		c.match(&v.Match[i], "match."+itoa(i))
	}
	c.object.Duplicates = append(c.object.Duplicates, x)
}

// own says whether a program follows from its own record alone.
func (c *duplicateCheck) own(p *expr.Program) bool {
	return (&overlapCheck{r: c.r, o: c.object}).readsOwn(p)
}

// field finds a stored field that changes with its own record alone: only writes of the record
// look for duplicates.
func (c *duplicateCheck) field(name, key string) *catalog.Field {
	f := c.object.ByName[name]
	if f == nil {
		c.errorf("unknown-field", key, "%s has no field %q", "%s 没有字段 %q", c.object.Name, name).Suggestion = diag.DidYouMean(name, c.r.decls.get(c.object.Name).fieldNames())
		return nil
	}
	if !(&overlapCheck{r: c.r, o: c.object}).own(f) {
		c.errorf("bad-duplicates", key, "what is compared must be stored, and follow from the record itself", "参与比较的内容须已存储，且只取决于记录自身")
		return nil
	}
	c.read(f)
	return f
}

// read notes a field, and those that it is computed of.
func (c *duplicateCheck) read(f *catalog.Field) {
	if f == nil || c.rule.Reads[f] {
		return
	}
	if f.KeyOf == nil {
		c.rule.Reads[f] = true
	}
	if f.Formula != nil && f.Formula.Program != nil {
		c.reads(f.Formula.Program)
	}
}

func (c *duplicateCheck) reads(p *expr.Program) {
	for _, in := range p.Inputs() {
		c.read(c.object.ByName[in.Field])
	}
}

// key is the field with its index: one that begins with it serves as well.
func (c *duplicateCheck) key(f *catalog.Field) *catalog.DuplicateKey {
	for _, x := range c.object.Indexes {
		if x.Fields[0] == f && x.Where == nil {
			return &catalog.DuplicateKey{Field: f}
		}
	}
	for _, have := range c.object.Duplicates {
		for _, k := range have.Keys {
			if k.Field == f {
				return &catalog.DuplicateKey{Field: f} // another rule has made it
			}
		}
	}
	return &catalog.DuplicateKey{Field: f, Index: physicalIndex(c.object, "d", []*catalog.Field{f})}
}

func (c *duplicateCheck) percent(n int, key string, unless int) similar.Score {
	if n == 0 {
		n = unless
	}
	if n < 0 || n > 100 {
		c.errorf("bad-value", key, "a share is 1 to 100 per cent", "百分比须为 1 到 100")
	}
	return similar.Score(n) * similar.One / 100
}

func (c *duplicateCheck) match(m *model.DuplicateMatch, key string) {
	out := &catalog.DuplicateMatch{Field: c.field(m.Field, key+".field"), Weight: max(m.Weight, 1), AtLeast: c.percent(m.AtLeast, key+".atLeast", 0)}
	if m.Weight < 0 || m.Weight > 1000 {
		c.errorf("bad-value", key+".weight", "a weight is 1 to 1000", "权重须为 1 到 1000")
	}
	if m.Normalise != "" {
		if out.Form = normalise.Find(m.Normalise); out.Form == nil {
			c.r.oneOf(c.of, c.place(key+".normalise"), m.Normalise, matchKeys.Get("normalise").Enum)
		}
	}
	switch m.Method {
	case "", "exact":
		out.Like = similar.Exact
	case "prefix":
		if m.Length < 1 || m.Length > 100 {
			c.errorf("bad-value", key+".length", "a prefix has 1 to 100 characters", "前缀长度须为 1 到 100 个字符")
		}
		out.Like = func(a, b string) similar.Score { return similar.Prefix(a, b, m.Length) }
	case "dice":
		out.Like = similar.Dice
	case "levenshtein":
		out.Like = similar.Levenshtein
	case "jaro_winkler":
		out.Like = similar.JaroWinkler
	default:
		c.r.oneOf(c.of, c.place(key+".method"), m.Method, matchKeys.Get("method").Enum)
	}
	if m.Method != "prefix" && m.Length != 0 {
		c.errorf("bad-value", key+".length", "only a prefix has a length", "仅 prefix 方法可设置长度")
	}
	if f := out.Field; f != nil && f.Store.Type != driver.Text && (out.Form != nil || m.Method != "" && m.Method != "exact") {
		c.errorf("bad-duplicates", key+".field", "%s is no text and can only be compared exactly", "%s 不是文本，只能精确比较", f.Name)
	}
	c.rule.Match = append(c.rule.Match, out)
}

// duplicateIndex is what finds the records that share a key.
func duplicateIndex(o *catalog.Object, k *catalog.DuplicateKey) driver.Index {
	return driver.Index{Name: k.Index, Where: alive(o), Columns: []driver.IndexColumn{{Column: k.Field.Column}}}
}

// sortedFields are the fields of a set, in the order of their object.
func sortedFields(set map[*catalog.Field]bool) []*catalog.Field {
	return slices.SortedFunc(maps.Keys(set), func(a, b *catalog.Field) int { return a.Place - b.Place })
}
