package expr

import (
	"time"

	"github.com/tenon-platform/tenon/platform/value"
)

// Program is a checked expression: immutable and safe for concurrent use.
type Program struct {
	source string
	canon  string
	root   *node
	typ    Type
	inputs []Input
	reads  []Input   // fields and aggregates as the source names them
	bound  []binding // by input: how it is reached in the store
	now    bool
	loc    *time.Location
	zone   string
	eval   evaluator
}

// Compile parses and checks src. With problems the program is nil.
func Compile(src string, opt Options) (*Program, []Problem) {
	tree, err := parse(src)
	if err != nil {
		return nil, []Problem{*err}
	}
	c := newChecker(opt)
	root := c.want(c.check(tree), opt.Want)
	if len(c.problems) > 0 {
		return nil, c.problems
	}
	p := &Program{source: src, canon: format(tree), root: root, typ: root.typ, inputs: c.inputs, reads: c.reads, bound: c.bound,
		now: root.now, loc: c.loc, zone: c.zone}
	if p.typ.Kind == value.KindNull && opt.Want.Kind != value.KindNull {
		p.typ = opt.Want
	}
	p.eval = build(root)
	return p, nil
}

// Type is the type of the result.
func (p *Program) Type() Type { return p.typ }

// Inputs are the values that Eval needs, in order. The caller must not change them.
func (p *Program) Inputs() []Input { return p.inputs }

// Reads are the fields and aggregates that the source names, of which access is decided: a field that
// is computed when it is read stands for itself, where Inputs has what it is computed from. The caller
// must not change them.
func (p *Program) Reads() []Input { return p.reads }

// Source is the text as it was written.
func (p *Program) Source() string { return p.source }

// String is the canonical form of the source.
func (p *Program) String() string { return p.canon }

// UsesNow says whether the result depends on the moment (TODAY, NOW, THIS_MONTH …), directly or
// through a field that is computed when it is read.
func (p *Program) UsesNow() bool { return p.now }

// UsesMoment says whether the result may change within a day (NOW), rather than from day to day alone.
func (p *Program) UsesMoment() bool { return p.root.moment }

// Eval computes the result for one record. in holds the values of Inputs in order; missing ones
// are null. A condition that cannot be decided is null, which counts as false. Eval never panics
// and does not keep in; text in the result may share memory with it.
func (p *Program) Eval(in []value.Value, env Env) value.Value { return p.eval(in, env) }
