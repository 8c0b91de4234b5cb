package resolve

import (
	"sort"
	"time"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
)

// segments resolves the segments of all packages.
func (r *resolver) segments() {
	for _, p := range r.ordered {
		for i := range p.Segments {
			c := &segmentCheck{checked{r, addr.Segment(p.Segments[i].Name), p.Segments[i].Pos}, &p.Segments[i]}
			c.segment(p.Manifest.Name)
		}
	}
	sort.Slice(r.cat.Segments, func(i, j int) bool { return r.cat.Segments[i].Name < r.cat.Segments[j].Name })
}

// segmentCheck resolves one segment.
type segmentCheck struct {
	checked
	decl *model.Segment
}

func (c *segmentCheck) segment(pkg string) {
	d := c.decl
	plain := *d
	plain.Pos = model.Positions{}
	s := &catalog.Segment{Name: d.Name, Package: pkg, Hour: 2, Decl: &plain}
	switch {
	case !model.NameForm.Match(d.Name) || len(d.Name) > model.MaxName:
		c.errorf("bad-name", "name", "%q is no name: lower-case words joined by _, at most 48 characters", "%q 不是有效名称：须为小写单词以 _ 连接，最多 48 个字符", d.Name)
		return
	case c.r.cat.Segment(d.Name) != nil:
		c.errorf("duplicate-name", "name", "there are two segments named %s", "有两个名为 %s 的细分群体", d.Name)
		return
	case d.Object == "":
		c.errorf("unknown-object", "object", "a segment is of records of an object", "细分群体须指明对象")
		return
	}
	if s.Object = c.r.about(pkg, d.Object, "", c.of, d.Pos); s.Object == nil {
		return
	}
	if !c.field(s) {
		return
	}
	if d.Refresh != "" {
		at, err := time.Parse("15:04", d.Refresh)
		if err != nil {
			c.errorf("bad-segment", "refresh", "%q is no time such as 02:00", "%q 不是时刻，如 02:00", d.Refresh)
		}
		if d.When == "" {
			c.errorf("bad-segment", "refresh", "there is no condition that could be looked at again", "没有可重新判断的条件")
		}
		s.Hour, s.Minute = at.Hour(), at.Minute()
	}
	if d.When != "" {
		c.when(s)
	}
	c.r.cat.Segments = append(c.r.cat.Segments, s)
}

// field finds the field that tells who belongs.
func (c *segmentCheck) field(s *catalog.Segment) bool {
	name := c.decl.Field
	f := s.Object.ByName[name]
	switch {
	case f == nil || f.Column == "" || f.Computed():
		c.errorf("unknown-field", "field", "%s has no field %q that the platform can write", "%s 没有可由平台写入的字段 %q", s.Object.Name, name).Suggestion = diag.DidYouMean(name, fieldNames(s.Object))
		return false
	case f.Kind != "bool":
		c.errorf("bad-segment", "field", "%s is no bool", "%s 不是布尔字段", name)
		return false
	case (c.decl.When != "") != f.ReadOnly:
		c.errorf("bad-segment", "field", "%s is read-only where a condition decides, and nowhere else: else nobody could trust it, or write it", "由条件决定归属时 %s 须为只读，否则不得只读", name)
		return false
	}
	for _, other := range c.r.cat.Segments {
		if other.Field == f {
			c.errorf("bad-segment", "field", "%s tells of the segment %s already", "%s 已用于细分群体 %s", name, other.Name)
			return false
		}
	}
	s.Field = f
	return true
}

// when compiles the condition. It may not ask who belongs.
func (c *segmentCheck) when(s *catalog.Segment) {
	s.When = c.r.compile(c.decl.When, s.Object, c.decl.Pos.Place("when"), c.of, expr.Options{Want: boolean})
	if s.When == nil {
		return
	}
	for _, in := range s.When.Inputs() {
		if in.Field == s.Field.Name && len(in.Path) == 0 && in.Kind == expr.FieldInput {
			c.errorf("bad-segment", "when", "the condition asks for %s, which follows from it", "条件引用了由其决定的 %s", s.Field.Name)
		}
	}
}
