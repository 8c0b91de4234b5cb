package resolve

import (
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
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
	d := r.decls[o.Name].field(f.Name)
	of := f.Addr()
	parts := strings.Split(strings.ReplaceAll(c.From, "@", "."), ".")
	child := r.cat.ByName[parts[0]]
	if child == nil || len(parts) < 2 {
		e := r.errorf("unknown-object", of, d.at("from"), diag.Textf("the roll-up comes from %q; it should be child.reference", "汇总来源 %q 无效，应为“子对象.引用字段”", c.From))
		e.Suggestion = diag.DidYouMean(parts[0], r.names)
		return nil
	}
	out := &catalog.Rollup{Func: driver.AggFunc(strings.ToLower(c.Function)), Child: child}
	at := child
	for _, hop := range parts[1:] {
		h := scope{r}.field(at.Name, hop)
		if h == nil || h.Ref == nil || h.Ref.Many {
			e := r.errorf("unknown-field", of, d.at("from"), diag.Textf("%s has no reference %q", "%s 没有引用字段 %q", at.Name, hop))
			e.Suggestion = diag.DidYouMean(hop, scope{r}.Names(at.Name))
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
		r.errorf("missing-key", of, d.at(""), diag.Textf("a roll-up by %s needs a field", "%s 汇总需要指定字段", string(out.Func)))
		return nil
	}
	if c.Where != "" {
		out.Where = r.compile(c.Where, child, d.at("where"), of, expr.Options{Want: expr.Type{Kind: value.KindBool}})
	}
	return out
}
