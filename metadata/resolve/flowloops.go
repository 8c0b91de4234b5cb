package resolve

import (
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/value"
)

// Limits of loops. How many records there are the query limits.
const (
	maxBatch    = 200
	maxParallel = 20
)

// loop resolves a step that does something with each record, or with batches of them.
func (c *flowCheck) loop(s *catalog.FlowStep, path string, depth int) {
	d := s.Decl
	if s.In = c.queried(d.In, path+".in"); s.In != nil {
		s.Object = s.In.Object
	}
	if len(d.Do) == 0 {
		c.errorf("bad-flow", path, "the loop does nothing", "循环没有步骤")
	}
	c.bounds(s, path)
	if d.OnItemError != "" {
		c.word(d.OnItemError, path+".onItemError", flowStepKeys.Get("onItemError").Enum)
	}
	counts := map[string]expr.Type{countName: {Kind: value.KindInt}, "failed": {Kind: value.KindInt}}
	switch {
	case d.Batch > 0:
		c.batches[d.ID] = s.Object != nil
		c.scope.steps[d.ID] = map[string]expr.Type{countName: {Kind: value.KindInt}}
	case s.Object != nil:
		c.scope.made[d.ID] = s.Object.Name
	}
	done := c.prior(s, path)
	c.list(d.ID+".do", d.Do, path+".do", depth+1)
	done()
	delete(c.scope.made, d.ID)
	delete(c.batches, d.ID)
	c.scope.steps[d.ID] = counts
}

// bounds looks at how many records a round takes, and how many rounds go on at once.
func (c *flowCheck) bounds(s *catalog.FlowStep, path string) {
	d := s.Decl
	for _, x := range []struct {
		key     string
		n, most int
	}{{"batch", d.Batch, maxBatch}, {"parallel", d.Parallel, maxParallel}} {
		if x.n < 0 || x.n > x.most {
			c.errorf("bad-flow", path+"."+x.key, "%s is at most %d", "%s 最大为 %d", x.key, x.most)
		}
	}
	if d.Batch > 0 && d.Parallel > 1 {
		c.errorf("bad-step", path, "batches come one after the other", "分批时不能并行")
	}
}
