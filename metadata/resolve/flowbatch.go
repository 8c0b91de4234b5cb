package resolve

import (
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/value"
)

// batch lets the runs of a flow be about many records. The trigger is asked of each of them; steps know them as
// they know those of a query, and no record as the flow's own.
func (c *flowCheck) batch() {
	b := c.flow.Settings.Batch
	if b == nil {
		return
	}
	if c.flow.Trigger.Type != "record" || c.before() {
		c.errorf("bad-flow", "settings.batch", "only writes of records, after their commit, come many at once", "只有提交后的 record 触发可以分批")
		return
	}
	if b.Size < 1 || b.Size > maxBatch {
		c.errorf("bad-flow", "settings.batch.size", "a run is about 1 to %d records", "每次运行针对 1 到 %d 条记录", maxBatch)
	}
	if l := c.f.Limit; c.flow.Settings.Ordering == "per_record" || l != nil && l.Key != nil {
		c.errorf("bad-flow", "settings.batch", "a run about many records has no record to be ordered or limited by", "分批运行不能按单条记录排序或限流")
	}
	c.f.Batch = b.Size
	c.f.Steps[catalog.RecordsName] = &catalog.FlowStep{Decl: &model.FlowStep{ID: catalog.RecordsName, Type: "query"}, Object: c.f.Object}
	c.a.Object, c.a.OnObject = nil, true
	delete(c.scope.made, catalog.PriorName)
	c.scope.steps[catalog.RecordsName] = map[string]expr.Type{countName: {Kind: value.KindInt}, "ids": {Kind: value.KindJSON}}
}

// prior lets the steps of a loop over the records of a batch know what each was before the change.
func (c *flowCheck) prior(s *catalog.FlowStep, path string) (done func()) {
	if c.f.Batch == 0 || s.Decl.In != catalog.RecordsName || s.Decl.Batch > 0 || s.Object == nil {
		return func() {}
	}
	if _, inside := c.scope.made[catalog.PriorName]; inside {
		c.errorf("bad-step", path+".in", "this is inside a loop over the records of the batch", "该步骤已在针对批内记录的循环中")
		return func() {}
	}
	c.scope.made[catalog.PriorName] = s.Object.Name
	return func() { delete(c.scope.made, catalog.PriorName) }
}

// among finds the step of whose records one is looked for: what stands where a value would is the name of a step
// that gives records of the object that the field refers to. nil: it is an expression.
func (c *flowCheck) among(f *catalog.Field, text string) *catalog.FlowStep {
	s := c.f.Steps[strings.TrimSpace(text)]
	if s == nil || s.Object == nil || s.Decl.Type != "query" && !c.batches[s.Decl.ID] {
		return nil
	}
	if f.Name == catalog.ID && f.Object == s.Object || f.Ref != nil && !f.Ref.Many && !f.Ref.Polymorphic && f.Ref.Target() == s.Object {
		return s
	}
	return nil
}
