package publish

import (
	"context"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/plan"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/runtime/access"
)

// accessEntries says who would gain and lose what: how many people how many records of each
// object, and which fields, counted on the data as it is.
func (s *Service) accessEntries(ctx context.Context, old, cat *catalog.Catalog) (out []plan.Entry, err error) {
	all, err := access.Compare(ctx, s.Tenant.Store, s.Tenant.Name, old, cat)
	if err != nil {
		return nil, err
	}
	for _, i := range all {
		of := i.Object.Addr().Property("access")
		add := func(summary diag.Text, impact diag.Text, count int64) {
			if count > 0 {
				n := count
				out = append(out, plan.Entry{Op: plan.Change, Address: of, Class: plan.Additive, Summary: summary, Impact: &impact, Count: &n})
			}
		}
		records := diag.Textf("records, counted once for each person", "条记录（按人累计）")
		name := i.Object.Name
		add(diag.Textf("%d people gain records of %s", "%d 人新增可查看 %s 的记录", i.Gain.Users, name), records, i.Gain.Records)
		add(diag.Textf("%d people lose records of %s", "%d 人不再可查看 %s 的部分记录", i.Lose.Users, name), records, i.Lose.Records)
		people := diag.Textf("people", "人")
		for _, f := range i.Fields {
			of = i.Object.Addr().Field(f.Field).Property("access")
			add(diag.Textf("the field %s of %s becomes visible", "%[2]s 的字段 %[1]s 变为可见", f.Field, name), people, f.Gain)
			add(diag.Textf("the field %s of %s is hidden", "%[2]s 的字段 %[1]s 变为不可见", f.Field, name), people, f.Lose)
		}
		if i.NotCounted || i.Unfinished {
			why := diag.Textf("access to %s changes further, which cannot be counted before", "%s 的访问权限还有其他变化，无法预先统计", name)
			if i.Unfinished {
				why = diag.Textf("access to %s changes for more people than were counted", "%s 的访问权限变化涉及的人数超出统计上限", name)
			}
			out = append(out, plan.Entry{Op: plan.Change, Address: i.Object.Addr().Property("access"), Class: plan.Additive, Summary: why})
		}
	}
	return out, nil
}
