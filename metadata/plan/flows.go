package plan

import (
	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/diag"
)

// automations compares the flows. Runs keep the version that they started with.
func (d *differ) automations() {
	was := map[string]*catalog.Flow{}
	for _, a := range d.old.Flows {
		was[a.Key] = a
	}
	for _, a := range d.new.Flows {
		old := was[a.Key]
		delete(was, a.Key)
		switch {
		case old == nil:
			d.add(Entry{Op: Add, Address: a.Addr(), Class: Additive, Summary: diag.Textf("flow %s is new", "新增自动化 %s", a.Key)})
		case !old.Set.Off && a.Set.Off:
			d.add(Entry{Op: Change, Address: a.Addr(), Class: Additive, Probe: &Probe{Kind: Running, Flow: "flow:" + a.Key}, Impact: EndOfRuns(a.EndOfRuns()), Runs: a.EndOfRuns(),
				Summary: diag.Textf("flow %s is switched off", "停用自动化 %s", a.Key)})
		case old.Set.Off && !a.Set.Off:
			d.add(Entry{Op: Change, Address: a.Addr(), Class: Additive, Summary: diag.Textf("flow %s is switched on", "启用自动化 %s", a.Key)})
		case old.Hash() != a.Hash():
			impact := diag.Textf("runs that go on stay with the version that they started with", "个进行中的运行沿用启动时的版本")
			d.add(Entry{Op: Change, Address: a.Addr(), Class: Additive, Probe: &Probe{Kind: Running, Flow: "flow:" + a.Key}, Impact: &impact,
				Summary: diag.Textf("flow %s gets a new version", "自动化 %s 发布新版本", a.Key)})
		}
	}
	for _, key := range sortedKeys(was) {
		d.add(Entry{Op: Remove, Address: addr.Flow(key), Class: Additive, Probe: &Probe{Kind: Running, Flow: "flow:" + key}, Impact: EndOfRuns(was[key].EndOfRuns()), Runs: was[key].EndOfRuns(),
			Summary: diag.Textf("flow %s is removed", "删除自动化 %s", key)})
	}
}

// EndOfRuns says what becomes of the runs of a flow that starts none any more, as the impact of that.
func EndOfRuns(how string) *diag.Text {
	out := diag.Textf("runs go on to their end; none is started any more", "个进行中的运行继续执行，不再启动新的运行")
	switch how {
	case catalog.DrainRuns:
		out = diag.Textf("runs: those that have begun go on to their end, those that wait for their turn are cancelled; none is started any more", "个进行中的运行：已开始的继续执行，排队的取消，不再启动新的运行")
	case catalog.CancelRuns:
		out = diag.Textf("runs are cancelled; none is started any more", "个进行中的运行将被取消，不再启动新的运行")
	}
	return &out
}
