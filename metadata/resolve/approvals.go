package resolve

import (
	"encoding/json"
	"slices"
	"sort"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
)

// approvals resolves the approval processes: their objects, and the steps that they write by. What
// their flows say is looked at by a Check.
func (r *resolver) approvals() {
	r.flows = map[*catalog.Approval]model.Positions{}
	all := declarations(r, func(p *model.Package) []model.Approval { return p.Approvals })
	each(r, all, func(fork *resolver, d declared[model.Approval]) *catalog.Approval {
		return fork.approval(d.pkg, d.decl)
	},
		func(d declared[model.Approval], a *catalog.Approval) bool { return r.takeApproval(d.decl, a) })
	sort.Slice(r.cat.Approvals, func(i, j int) bool { return r.cat.Approvals[i].Key < r.cat.Approvals[j].Key })
}

// takeApproval takes a process into the catalogue, unless there is one of the same key; nil is none.
func (r *resolver) takeApproval(decl *model.Approval, a *catalog.Approval) bool {
	if r.cat.Approval(decl.Key) != nil {
		r.errorf("duplicate-name", addr.Approval(decl.Key), decl.Pos.At("key"), diag.Textf("there are two approval processes %s", "审批流程 %s 重复", decl.Key))
		return false
	}
	if a != nil {
		r.cat.Approvals = append(r.cat.Approvals, a)
		r.flows[a] = decl.Pos
	}
	return true
}

func (r *resolver) approval(pkg string, decl *model.Approval) *catalog.Approval {
	of := addr.Approval(decl.Key)
	o := r.cat.ByName[decl.Object]
	if o == nil {
		f := r.errorf("unknown-object", of, decl.Pos.At("object"), diag.Textf("there is no object %q", "没有对象 %q", decl.Object))
		f.Suggestion = diag.DidYouMean(decl.Object, r.names)
		return nil
	}
	if decl.Kind != "" && decl.Kind != "approval" || decl.Schema != 0 && decl.Schema != 1 {
		r.errorf("bad-value", of, decl.Pos.At("kind"), diag.Textf("the kind is approval, in version 1 of its format", "kind 须为 approval，schema 须为 1"))
		return nil
	}
	r.uses = append(r.uses, use{origin{pkg: pkg}, o.Package, o.Name, func() diag.Pos { return decl.Pos.At("object") }})
	a := &catalog.Approval{Key: decl.Key, Package: pkg, Object: o, Label: decl.Label, Frozen: catalog.Freeze(decl.Canonical), Steps: map[string]*catalog.Action{}}
	head := &actionCheck{r: r, decl: &model.Action{Errors: decl.Errors, Pos: decl.Pos}, of: of, errs: map[string]*catalog.ActionError{}}
	head.errors()
	for _, phase := range sorted(decl.Phases()) {
		a.Steps[phase] = r.written(a, phase, phase, decl.Phases()[phase], head.errs, decl.Pos)
	}
	model.Walk(decl.Flow, "flow", func(n *model.ApprovalNode, path string) {
		if n.Kind == "wait" && n.Event != "" {
			a.Events = append(a.Events, n.Event)
		}
		if len(n.Do) > 0 {
			a.Steps["node."+n.ID] = r.written(a, "node."+n.ID, path+".do", n.Do, head.errs, decl.Pos)
		}
	})
	return a
}

// processLocks lets records be locked that processes lock.
func (r *resolver) processLocks() {
	for _, p := range r.ordered {
		for i := range p.Approvals {
			a := &p.Approvals[i]
			if d := r.decls.get(a.Object); d != nil && a.Lock.Mode != "" && a.Lock.Mode != "none" && !slices.Contains(d.def.Features, catalog.LockFeature) {
				d.def.Features = append(slices.Clone(d.def.Features), catalog.LockFeature)
			}
		}
	}
}

// written resolves steps of a process as those of an action that nobody can ask for.
func (r *resolver) written(of *catalog.Approval, name, path string, steps []model.ActionStep, refusals map[string]*catalog.ActionError, pos model.Positions) *catalog.Action {
	decl := &model.Action{Name: of.Key + "." + name, Steps: steps, Pos: pos.Renamed("steps", path)}
	a := &catalog.Action{Name: decl.Name, Package: of.Package, Object: of.Object, Mutation: decl.Name, TypeName: decl.Name}
	c := &actionCheck{r: r, decl: decl, a: a, of: of.Addr(), errs: refusals}
	c.input(of.Package)
	c.scope = newActionScope(r, a)
	c.steps()
	return a
}

// checks runs what others know of the whole catalogue.
func (r *resolver) checks() {
	if r.in.Proven {
		return
	}
	for _, check := range r.in.Checks {
		r.findings = append(r.findings, check(r.cat, func(a *catalog.Approval, path string) diag.Pos { return r.flows[a].At(path) })...)
	}
}

// Scope tells expressions what names mean in a whole catalogue.
func Scope(cat *catalog.Catalog) expr.Scope {
	return scope{&resolver{cat: cat, sealed: true}}
}

// frozen is a resolver over a whole catalogue, for what was frozen under an older one.
func frozen(in Input, cat *catalog.Catalog) *resolver {
	whole := *cat
	whole.Approvals, whole.Flows = nil, nil // of which what was frozen is one
	r := &resolver{in: in, sealed: true, loc: expr.Location(cat.Zone), cat: &whole}
	for _, o := range cat.Objects {
		r.names = append(r.names, o.Name)
	}
	return r
}

// Frozen resolves a definition that was frozen under an older catalogue against a whole one. The
// findings say what of it there is no more.
func Frozen(in Input, cat *catalog.Catalog, pkg string, source []byte) (*catalog.Approval, diag.List) {
	r := frozen(in, cat)
	decl := &model.Approval{}
	if err := json.Unmarshal(source, decl); err != nil {
		r.errorf("bad-json", addr.Package(pkg), diag.Pos{}, diag.Textf("the definition cannot be read: %v", "无法读取定义：%v", err))
		return nil, r.findings
	}
	a := r.approval(pkg, decl)
	if r.findings.HasErrors() {
		return nil, r.findings
	}
	return a, r.findings
}
