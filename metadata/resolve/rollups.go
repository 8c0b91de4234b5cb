package resolve

import (
	"errors"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/words"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/store/driver"
)

// rollups resolves the paths, fields and conditions of roll-ups.
func (r *resolver) rollups() {
	for _, o := range r.cat.Objects {
		for _, f := range o.Fields {
			if c, ok := f.Type.(field.Computed); ok && c.Computation().Rollup != nil {
				f.Rollup = r.rollup(o, f, c.Computation().Rollup)
			}
		}
	}
}

func (r *resolver) rollup(o *catalog.Object, f *catalog.Field, c *field.Rollup) *catalog.Rollup {
	d := r.decls.get(o.Name).field(f.Name)
	of := f.Addr()
	parts := strings.Split(strings.ReplaceAll(c.From, "@", "."), ".")
	child := r.cat.ByName[parts[0]]
	if child == nil || len(parts) < 2 {
		e := r.errorf("unknown-object", of, d.at("from"), diag.Textf("the roll-up comes from %q; it should be child.reference", "汇总来源 %q 无效，应为“子对象.引用字段”", c.From))
		e.Suggestion = r.suggestChild(o, parts[0])
		return nil
	}
	out := &catalog.Rollup{Func: driver.AggFunc(strings.ToLower(c.Function)), Child: child}
	at := child
	for _, hop := range parts[1:] {
		h := scope{r}.field(at.Name, hop)
		if h == nil || h.Ref == nil || h.Ref.Many {
			e := r.errorf("unknown-field", of, d.at("from"), diag.Textf("%s has no reference %q", "%s 没有引用字段 %q", at.Name, hop))
			e.Suggestion = diag.DidYouMean(hop, references(at))
			return nil
		}
		out.Path = append(out.Path, h)
		if at = h.Ref.Target(); h.Ref.Polymorphic && leadsTo(h, o) {
			at = o
		}
	}
	if at != o {
		r.errorf("wrong-path", of, d.at("from"), diag.Textf("%s leads to %s, not to %s", "%s 指向 %s，而非 %s", c.From, at.Name, o.Name))
		return nil
	}
	if c.Field != "" {
		if out.Field = child.ByName[c.Field]; out.Field == nil {
			e := r.errorf("unknown-field", of, d.at("field"), diag.Textf("%s has no field %q to roll up", "%s 没有可汇总的字段 %q", child.Name, c.Field))
			e.Suggestion = diag.DidYouMean(c.Field, scope{r}.Names(child.Name))
			return nil
		}
		if out.Field.Column == "" {
			r.errorf("not-stored", of, d.at("field"), diag.Textf("%s.%s is computed when read and cannot be rolled up; store it", "%s.%s 为读取时计算，无法汇总，请设为存储", child.Name, c.Field))
			return nil
		}
	} else if out.Func != driver.Count {
		r.errorf("missing-key", of, d.at(""), diag.Textf("a roll-up by %s needs a field", "按“%s”汇总需要指定字段", words.Value("Rollup", "function", string(out.Func))))
		return nil
	}
	if !r.aggregates(out, of, d) {
		return nil
	}
	if c.Where != "" {
		if out.Where = r.compile(c.Where, child, d.place("where"), of, expr.Options{Want: boolean}); out.Where != nil {
			r.stable(out.Where, of, d.place("where"))
		}
	}
	return out
}

// stable reports conditions of roll-ups that change from moment to moment, or that no store can answer.
// Roll-ups over a window of days are brought up to date when the day changes.
func (r *resolver) stable(p *expr.Program, of addr.Address, at func() diag.Pos) {
	if p.UsesMoment() {
		r.errorf("not-storable", of, at(), diag.Textf("the condition changes from moment to moment, and a roll-up is stored; let it depend on the day, as of TODAY()", "该条件随时刻变化，而汇总值是存储的；请改为按天变化，如使用 TODAY()"))
		return
	}
	var no *expr.UnpushableError
	if _, err := p.Filter(expr.Env{}); errors.As(err, &no) {
		r.errorf("not-computable", of, at(), diag.Textf("a store cannot compute %s, so no roll-up can be limited by it", "存储引擎无法计算 %s，不能用作汇总条件", no.Construct))
	}
}

// aggregates holds the function of a roll-up against the values that it is to take.
func (r *resolver) aggregates(out *catalog.Rollup, of addr.Address, d *fieldDecl) bool {
	known := []string{string(driver.Count), string(driver.CountDistinct), string(driver.Sum), string(driver.Avg), string(driver.Min), string(driver.Max)}
	if !slices.Contains(known, string(out.Func)) {
		e := r.errorf("bad-value", of, d.at("function"), diag.Textf("%q is no function of roll-ups", "%q 不是汇总函数", string(out.Func)))
		e.Suggestion = diag.DidYouMean(string(out.Func), known)
		return false
	}
	if out.Func == driver.Count || out.Func == driver.CountDistinct || slices.Contains(out.Field.Type.Shape().Aggregates, out.Func) {
		return true
	}
	e := r.errorf("wrong-type", of, d.at("field"), diag.Textf("%s.%s has the type %s, which the function %q does not take", "%s.%s 的类型为“%s”，不支持“%s”",
		out.Child.Name, out.Field.Name, words.FieldType(out.Field.Kind), words.Value("Rollup", "function", string(out.Func))))
	var fit []string
	for _, f := range out.Child.Fields {
		if !f.System && f.Column != "" && slices.Contains(f.Type.Shape().Aggregates, out.Func) {
			fit = append(fit, f.Name)
		}
	}
	if len(fit) > 0 {
		t := diag.Textf("fields that it takes: %s", "可用的字段：%s", strings.Join(fit, ", "))
		e.Suggestion = &t
	}
	return false
}

// suggestChild says which references of a child lead to o, or which object was meant.
func (r *resolver) suggestChild(o *catalog.Object, name string) *diag.Text {
	child := r.cat.ByName[name]
	if child == nil {
		return diag.DidYouMean(name, r.names)
	}
	for _, f := range child.Fields {
		if f.Ref != nil && !f.System && !f.Ref.Many && leadsTo(f, o) {
			t := diag.Textf("write %q", "请写成 %q", name+"."+f.Name)
			return &t
		}
	}
	return nil
}

// references are the names of an object's references to one record.
func references(o *catalog.Object) (out []string) {
	for _, f := range o.Fields {
		if f.Ref != nil && !f.Ref.Many {
			out = append(out, f.Name)
		}
	}
	return out
}
