package resolve

import (
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/platform/diag"
)

// formulaState is how far a formula has come; formulas compile when something first names them.
// A cyclic one has been reported as part of a cycle.
type formulaState struct{ busy, done, cyclic bool }

// formulas compiles every formula and orders each object's stored ones.
func (r *resolver) formulas() {
	for _, o := range r.cat.Objects {
		for _, f := range o.Fields {
			r.formula(f)
			if c, ok := f.Type.(field.Computed); ok {
				r.otherComputation(f, c.Computation())
			}
		}
	}
	for _, o := range r.cat.Objects {
		r.orderFormulas(o)
		r.storedKeys(o)
	}
}

// formula compiles one formula field; other fields it leaves alone.
func (r *resolver) formula(f *catalog.Field) {
	c, ok := f.Type.(field.Computed)
	if !ok || c.Computation().Formula == nil || r.sealed {
		return
	}
	st := r.states.get(f)
	if st == nil {
		st = &formulaState{}
		r.states.set(f, st)
	}
	decl := c.Computation().Formula
	if st.done {
		return
	}
	if st.busy {
		// It names itself, directly or not. Over a lookup, and stored, that is a recursion over
		// records; anything else orderFormulas and checkVirtual report.
		if f.Formula == nil && (decl.Stored == nil || !*decl.Stored) {
			from := slices.Index(r.open, f)
			for _, x := range r.open[from:] {
				r.states.get(x).cyclic = true
			}
			r.cycle(f, append(slices.Clone(r.open[from:]), f))
		}
		return
	}
	st.busy = true
	r.open = append(r.open, f)
	defer func() { r.open = r.open[:len(r.open)-1] }()
	if decl.Stored != nil && *decl.Stored {
		f.Formula = &catalog.Formula{Stored: true} // its column stands before its program does
	}
	p := r.compile(decl.Expr, f.Object, r.decls.get(f.Object.Name).field(f.Name).place("expr"), f.Addr(),
		expr.Options{Want: symbolType(f), Self: f.Name})
	st.done = true
	if p == nil {
		f.Formula = nil
		return
	}
	if !r.computable(f, decl, p) {
		f.Formula = nil
		return
	}
	stored := r.stored(f, decl, p)
	f.Formula = &catalog.Formula{Program: p, Stored: stored, Freeze: r.freeze(f, decl, stored)}
	if !stored {
		f.Column, f.Store.Name = "", ""
		delete(r.cat.Storage.Objects[f.Object.Name].Fields, f.Name)
	}
}

// computable reports formulas whose values nothing could compute or keep: a formula reads fields
// of its record and of those that lookups lead to, and a stored one does not change by itself.
func (r *resolver) computable(f *catalog.Field, decl *field.Formula, p *expr.Program) bool {
	refuse := func(setting, code string, text diag.Text, suggestion diag.Text) bool {
		e := r.errorf(code, f.Addr(), r.decls.get(f.Object.Name).field(f.Name).at(setting), text)
		e.Suggestion = &suggestion
		return false
	}
	for _, in := range p.Inputs() {
		switch in.Kind {
		case expr.AggInput:
			return refuse("expr", "not-computable", diag.Textf("a formula cannot read the records of %s below it", "公式不能读取下级 %s 的记录", in.Agg.Child.Object),
				diag.Textf("use a roll-up field", "请使用汇总字段"))
		case expr.RoleInput, expr.SettingInput:
			// A formula that is stored would have to be computed anew on every record when a setting
			// changes, in one transaction; and by brand it has more than one value.
			return refuse("expr", "not-computable", diag.Textf("a formula has one value for everyone and cannot depend on roles or settings", "公式的值对所有人相同，不能取决于角色或设置"),
				diag.Textf("use a rule or a condition", "请使用规则或条件"))
		}
	}
	if p.UsesRates() {
		// Such a value is kept, and brought up to date when rates or the day change.
		if decl.Stored == nil || *decl.Stored {
			return true
		}
		return refuse("stored", "not-computable", diag.Textf("a value in another currency cannot be computed when it is read", "折算金额不能在读取时计算"),
			diag.Textf("leave \"stored\" out", "去掉 stored"))
	}
	if decl.Stored != nil && *decl.Stored && p.UsesNow() {
		return refuse("stored", "not-storable", diag.Textf("the value changes with time and cannot be stored", "该值随时间变化，不能存储"),
			diag.Textf("leave \"stored\" out, and it is computed when it is read", "去掉 stored，即可在读取时计算"))
	}
	return true
}

// stored decides whether a formula's value is kept: when asked for, when an index, key or search
// needs it, or when it depends on stored fields of the same record alone.
func (r *resolver) stored(f *catalog.Field, decl *field.Formula, p *expr.Program) bool {
	if p.UsesRates() {
		return true
	}
	local := !p.UsesNow()
	for _, in := range p.Inputs() {
		dep := r.cat.ByName[f.Object.Name].ByName[in.Field]
		if in.Kind != expr.FieldInput || len(in.Path) > 0 || dep == nil || dep.Formula != nil && !dep.Formula.Stored {
			local = false
		}
	}
	if decl.Stored != nil {
		return *decl.Stored
	}
	return local || !p.UsesNow() && (r.indexed(f) || f.Search)
}

// freeze compiles the condition under which a stored value stays. It reads what is written on the
// record itself, so that it is known before anything is computed.
func (r *resolver) freeze(f *catalog.Field, decl *field.Formula, stored bool) *expr.Program {
	if decl.Freeze == "" {
		return nil
	}
	at := r.decls.get(f.Object.Name).field(f.Name).place("freezeWhen")
	if !stored {
		r.errorf("not-storable", f.Addr(), at(), diag.Textf("a value that is computed when it is read cannot be frozen", "读取时计算的值不能冻结"))
		return nil
	}
	p := r.compile(decl.Freeze, f.Object, at, f.Addr(), expr.Options{Want: boolean})
	if p == nil {
		return nil
	}
	for _, in := range p.Inputs() {
		g := f.Object.ByName[in.Field]
		var computed bool
		if g != nil {
			_, computed = g.Type.(field.Computed)
		}
		if in.Kind != expr.FieldInput || len(in.Path) > 0 || g == nil || g.Column == "" || computed || p.UsesNow() {
			r.errorf("not-computable", f.Addr(), at(), diag.Textf("the condition that freezes a value reads stored fields of the record that are not computed", "冻结条件只能读取本记录已存储的非计算字段"))
			return nil
		}
	}
	return p
}

func (r *resolver) indexed(f *catalog.Field) bool {
	if f.Unique || f.Decl.Index {
		return true
	}
	for _, k := range f.Object.Keys {
		for _, x := range k.Fields {
			if x == f {
				return true
			}
		}
	}
	for _, i := range f.Object.Indexes {
		for _, x := range i.Fields {
			if x == f {
				return true
			}
		}
	}
	return false
}

func (r *resolver) otherComputation(f *catalog.Field, c field.Computation) {
	switch {
	case c.AutoNumber != nil:
		f.AutoNumber = &catalog.AutoNumber{Format: c.AutoNumber.Format}
	case c.TreePath != nil:
		p := f.Object.ByName[c.TreePath.Parent]
		if p == nil || p.Ref == nil || p.Ref.Many || p.Ref.Target() != f.Object {
			r.errorf("bad-tree", f.Addr(), r.decls.get(f.Object.Name).field(f.Name).at("parent"),
				diag.Textf("%q is no lookup of %s to itself", "%q 不是 %s 指向自身的查找字段", c.TreePath.Parent, f.Object.Name))
			return
		}
		f.TreePath = &catalog.TreePath{Parent: p}
	}
}

// orderFormulas sorts an object's stored formulas so that each comes after those it depends on.
func (r *resolver) orderFormulas(o *catalog.Object) {
	const busy, done = 1, 2
	state := map[*catalog.Field]int{}
	var visit func(f *catalog.Field, trail []*catalog.Field)
	visit = func(f *catalog.Field, trail []*catalog.Field) {
		if f == nil || f.Formula == nil || f.Formula.Program == nil || state[f] == done || r.states.get(f).cyclic {
			return
		}
		trail = append(trail, f)
		if state[f] == busy {
			r.cycle(f, trail[slices.Index(trail, f):])
			return
		}
		state[f] = busy
		for _, in := range f.Formula.Program.Inputs() {
			if in.Kind == expr.FieldInput && len(in.Path) == 0 {
				visit(o.ByName[in.Field], trail)
			}
		}
		state[f] = done
		if f.Formula.Stored {
			o.Formulas = append(o.Formulas, f)
		}
	}
	for _, f := range o.Fields {
		visit(f, nil)
	}
}

func (r *resolver) cycle(f *catalog.Field, trail []*catalog.Field) {
	var names []string
	for _, t := range trail {
		names = append(names, t.Object.Name+"."+t.Name)
	}
	r.errorf("cyclic-formula", f.Addr(), r.decls.get(f.Object.Name).field(f.Name).at("expr"),
		diag.Textf("the formula depends on itself: %s", "公式循环依赖自身：%s", strings.Join(names, " → ")))
}

// compile compiles an expression over an object and turns problems into findings about of, where at says.
func (r *resolver) compile(src string, o *catalog.Object, at func() diag.Pos, of addr.Address, opt expr.Options) *expr.Program {
	return r.compileIn(scope{r}, src, o.Name, at, of, opt)
}

// compileIn is compile for names of another scope.
func (r *resolver) compileIn(names expr.Scope, src, object string, at func() diag.Pos, of addr.Address, opt expr.Options) *expr.Program {
	opt.Scope, opt.Object, opt.Zone, opt.Loc = names, object, r.cat.Zone, r.loc
	p, problems := expr.Compile(src, opt)
	for _, x := range problems {
		f := r.errorf(x.Code, of, r.within(at(), src, x.Start), x.Summary)
		f.Suggestion = x.Suggestion
	}
	if p != nil && p.UsesRates() {
		for _, role := range []string{catalog.RoleCurrency, catalog.RoleRate} {
			if r.cat.Serving(role) == nil {
				r.errorf("missing-object", of, at(), diag.Textf("amounts are converted with an object that serves %s, as the package platform-base has one", "折算金额需要承担 %s 角色的对象，软件包 platform-base 中有", role))
			}
		}
	}
	return p
}
