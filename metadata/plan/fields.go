package plan

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/words"
	"github.com/tenon-platform/tenon/platform/diag"
)

// fields pairs fields by their physical column (a declared rename keeps it), then by name (a
// retype keeps that).
func (d *differ) fields(o, n *catalog.Object) {
	byColumn := make(map[string]*catalog.Field, len(o.Fields))
	for _, f := range o.Fields {
		if f.Column != "" {
			byColumn[f.Column] = f
		}
	}
	fill := Fill{Object: n}
	seen := make([]bool, len(o.Fields)) // by their places
	for _, f := range n.Fields {
		was := o.ByName[f.Name]
		if f.Column != "" && byColumn[f.Column] != nil {
			was = byColumn[f.Column]
		}
		if was == nil || seen[was.Place] {
			d.newField(o, n, f, &fill)
			continue
		}
		seen[was.Place] = true
		d.field(o, n, was, f, &fill)
	}
	for _, f := range o.Fields {
		if !seen[f.Place] {
			d.lostField(o, n, f)
		}
	}
	if len(fill.Default)+len(fill.Compute)+len(fill.Convert) > 0 {
		d.steps.Fill = append(d.steps.Fill, fill)
	}
}

func (d *differ) newField(o, n *catalog.Object, f *catalog.Field, fill *Fill) {
	e := Entry{Op: Add, Address: f.Addr(), Class: Additive,
		Summary: diag.Textf("field %s (%s) is new", "新增字段 %s（%s）", f.Name, words.FieldType(f.Kind))}
	if f.KeyOf != nil {
		e.Summary = diag.Textf("records keep a key of the rule", "记录将存储该规则的键")
	}
	switch {
	case f.Column == "":
	case f.Computed():
		fill.Compute = append(fill.Compute, f)
		impact := diag.Textf("records get a computed value", "条记录将写入计算值")
		e.Class, e.Impact, e.Probe = Rewriting, &impact, &Probe{Kind: Rows, Object: o}
	case f.Default != nil:
		fill.Default = append(fill.Default, f)
		impact := diag.Textf("records get the default", "条记录将写入默认值")
		e.Class, e.Impact, e.Probe = Rewriting, &impact, &Probe{Kind: Rows, Object: o}
	case f.Required:
		impact := diag.Textf("records have no value yet; their next change must give one", "条现有记录尚无值，下次修改时必须填写")
		e.Impact, e.Probe = &impact, &Probe{Kind: Rows, Object: o}
	}
	d.add(e)
}

func (d *differ) lostField(o, n *catalog.Object, f *catalog.Field) {
	if f.KeyOf != nil {
		return // its rule says so
	}
	e := Entry{Op: Remove, Address: n.Addr().Field(f.Name), Class: Additive,
		Summary: diag.Textf("field %s is removed", "删除字段 %s", f.Name)}
	if f.Column != "" && !f.Computed() {
		impact := diag.Textf("records lose a value", "条记录将丢失该值")
		e.Class, e.Impact, e.Probe = Destructive, &impact, &Probe{Kind: NonNull, Object: o, Field: f}
	}
	d.add(e)
}

func (d *differ) field(o, n *catalog.Object, was, f *catalog.Field, fill *Fill) {
	if was.Name != f.Name {
		d.add(Entry{Op: Change, Address: f.Addr(), Class: Additive,
			Summary: diag.Textf("field %s is renamed to %s", "字段 %s 更名为 %s", was.Name, f.Name)})
	}
	if f.KeyOf != nil {
		d.key(o, was, f, fill)
		return
	}
	switch {
	case was.Column != f.Column:
		d.moved(o, n, was, f, fill)
	case f.Computed() && f.Column != "" && !sameComputation(was, f):
		fill.Compute = append(fill.Compute, f)
		impact := diag.Textf("records are computed again", "条记录将重新计算")
		d.add(Entry{Op: Change, Address: f.Addr(), Class: Rewriting, Probe: &Probe{Kind: Rows, Object: o}, Impact: &impact,
			Summary: diag.Textf("how %s is computed changes", "%s 的计算方式变更", f.Name)})
	case f.Computed() && !sameComputation(was, f):
		d.add(Entry{Op: Change, Address: f.Addr(), Class: Additive,
			Summary: diag.Textf("how %s is computed changes", "%s 的计算方式变更", f.Name)})
	}
	if f.Required && !was.Required {
		impact := diag.Textf("records have no value; their next change must give one", "条现有记录没有值，下次修改时必须填写")
		e := Entry{Op: Change, Address: f.Addr().Property("required"), Class: Additive, Impact: &impact,
			Summary: diag.Textf("%s becomes required", "%s 变为必填", f.Name)}
		if was.Column != "" {
			e.Probe = &Probe{Kind: Nulls, Object: o, Field: was}
		}
		d.add(e)
	} else if was.Required && !f.Required {
		d.add(Entry{Op: Change, Address: f.Addr().Property("required"), Class: Additive,
			Summary: diag.Textf("%s is no longer required", "%s 不再必填", f.Name)})
	}
	d.text(f.Addr, "label", was.Label, f.Label)
	d.text(f.Addr, "help", was.Help, f.Help)
	d.choices(o, n, was, f)
	d.kindSettings(o, was, f)
}

// key compares how the key of a duplicate rule is computed.
func (d *differ) key(o *catalog.Object, was, f *catalog.Field, fill *Fill) {
	if sameComputation(was, f) {
		return
	}
	fill.Compute = append(fill.Compute, f)
	impact := diag.Textf("records are computed again", "条记录将重新计算")
	d.add(Entry{Op: Change, Address: f.Addr(), Class: Rewriting, Probe: &Probe{Kind: Rows, Object: o}, Impact: &impact,
		Summary: diag.Textf("how a key of the rule is computed changes", "该规则的键的计算方式变更")})
}

// moved is a field whose value now lives in another column: retyped, or newly stored or virtual.
func (d *differ) moved(o, n *catalog.Object, was, f *catalog.Field, fill *Fill) {
	e := Entry{Op: Replace, Address: f.Addr(), Class: Rewriting,
		Summary: diag.Textf("field %s changes from %s to %s", "字段 %s 的类型从%s变为%s", f.Name, words.FieldType(was.Kind), words.FieldType(f.Kind))}
	switch {
	case f.Column == "":
		e.Class = Additive
		if !was.Computed() {
			impact := diag.Textf("stored values are lost", "个已存储的值将丢失")
			e.Class, e.Impact, e.Probe = Destructive, &impact, &Probe{Kind: NonNull, Object: o, Field: was}
		}
	case f.Computed():
		fill.Compute = append(fill.Compute, f)
		impact := diag.Textf("records get a computed value", "条记录将写入计算值")
		e.Impact, e.Probe = &impact, &Probe{Kind: Rows, Object: o}
	case was.Column != "":
		fill.Convert = append(fill.Convert, Conversion{Old: was, New: f})
		impact := diag.Textf("values do not fit the new type and are lost", "个值不符合新类型，将丢失")
		e.Class, e.Impact, e.Probe = Destructive, &impact, &Probe{Kind: Unconvertible, Object: o, Field: was, New: f}
	}
	d.add(e)
}

func sameComputation(a, b *catalog.Field) bool {
	switch {
	case a.Formula != nil && b.Formula != nil:
		return a.Formula.Program.String() == b.Formula.Program.String() && a.Formula.Stored == b.Formula.Stored && source(a.Formula.Freeze) == source(b.Formula.Freeze) &&
			slices.Equal(digests(a.Formula.Program), digests(b.Formula.Program))
	case a.Rollup != nil && b.Rollup != nil:
		return sameJSON(a.Decl.Settings, b.Decl.Settings)
	case a.AutoNumber != nil && b.AutoNumber != nil, a.TreePath != nil && b.TreePath != nil:
		return true
	}
	return false
}

// digests tell the tables that a program asks apart from others that decide otherwise.
func digests(p *expr.Program) (out []string) {
	for _, t := range p.Tables() {
		out = append(out, t.Name+" "+t.Digest)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func source(p *expr.Program) string {
	if p == nil {
		return ""
	}
	return p.String()
}

// kindSettings reports the kind's own settings that changed, choices and computations apart.
func (d *differ) kindSettings(o *catalog.Object, was, f *catalog.Field) {
	if was.Kind != f.Kind || f.Formula != nil || f.Rollup != nil {
		return
	}
	if maps.EqualFunc(was.Decl.Settings, f.Decl.Settings, sameText) {
		return
	}
	names := map[string]bool{}
	for k := range was.Decl.Settings {
		names[k] = true
	}
	for k := range f.Decl.Settings {
		names[k] = true
	}
	delete(names, "values")
	for _, k := range sortedKeys(names) {
		if sameJSON(was.Decl.Settings[k], f.Decl.Settings[k]) {
			continue
		}
		e := Entry{Op: Change, Address: f.Addr().Property(k), Class: Additive,
			Summary: diag.Textf("%s changes from %s to %s", "%s 从 %s 变为 %s", k, shown(was.Decl.Settings[k]), shown(f.Decl.Settings[k]))}
		if was.Column != "" && was.Column == f.Column && !f.Computed() {
			impact := diag.Textf("values do not meet the new setting; they stay, but their next change must mend them",
				"个现有值不符合新设置；它们会保留，但下次修改时必须改正")
			e.Impact, e.Probe = &impact, &Probe{Kind: Unconvertible, Object: o, Field: was, New: f}
		}
		d.add(e)
	}
}

// sameText says whether two values are spelt the same, as nearly all of a later revision are.
func sameText(a, b json.RawMessage) bool { return bytes.Equal(a, b) }

func shown(b []byte) string {
	if len(b) == 0 {
		return "–"
	}
	return string(b)
}

// choices reports picklist values of a field that were dropped or retired.
func (d *differ) choices(o, n *catalog.Object, was, f *catalog.Field) {
	a, ok := was.Type.(Chooser)
	b, ok2 := f.Type.(Chooser)
	if !ok || !ok2 {
		return
	}
	if reflect.DeepEqual(a.Choices(), b.Choices()) {
		return
	}
	now := map[string]model.PicklistValue{}
	for _, v := range b.Choices() {
		now[v.Code] = v
	}
	of := f.Addr()
	for _, v := range a.Choices() {
		nv, kept := now[v.Code]
		delete(now, v.Code)
		switch {
		case !kept:
			impact := diag.Textf("records hold the value; they keep it, but their next change must choose another",
				"条记录使用该值；它们会保留，但下次修改时必须另选")
			d.add(Entry{Op: Remove, Address: of.Value(v.Code), Class: Additive, Impact: &impact,
				Probe:   &Probe{Kind: Holds, Object: o, Field: was, Codes: []string{v.Code}},
				Summary: diag.Textf("choice %s is removed", "删除选项 %s", v.Code)})
		case !sameJSON(v, nv):
			d.add(Entry{Op: Change, Address: of.Value(v.Code), Class: Additive,
				Summary: diag.Textf("choice %s changes", "选项 %s 变更", v.Code)})
		}
	}
	for _, v := range b.Choices() {
		if _, isNew := now[v.Code]; isNew {
			d.add(Entry{Op: Add, Address: of.Value(v.Code), Class: Additive,
				Summary: diag.Textf("choice %s is new", "新增选项 %s", v.Code)})
		}
	}
}

// Chooser is implemented by field types whose values are choices.
type Chooser interface {
	Choices() []model.PicklistValue
}
