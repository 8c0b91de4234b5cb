package expr

import "strings"

// Tree is the syntax of an expression as data, for those that evaluate it elsewhere: browsers judge rules
// while people type. What they find is a hint; only Eval decides.
//
// Op is one of null, true, false, number and text (Text is the value), name (Text is a path of metadata
// names), period (THIS_YEAR …), call (Text is the function in capitals), and, or, not, neg, if, in, list,
// between, isnull, == != < <= > >= + - * / %. Not turns in, between and isnull around.
type Tree struct {
	Op   string  `json:"op"`
	Text string  `json:"text,omitempty"`
	Args []*Tree `json:"args,omitempty"`
	Not  bool    `json:"not,omitempty"`
}

var treeOps = map[astKind]string{astNull: "null", astNumber: "number", astText: "text", astName: "name", astPeriod: "period",
	astCall: "call", astNot: "not", astNeg: "neg", astCond: "if", astIn: "in", astList: "list", astBetween: "between", astIsNull: "isnull"}

// Tree is the program's syntax.
func (p *Program) Tree() *Tree {
	a, err := parse(p.source)
	if err != nil { // it was compiled
		panic("expr: " + err.Summary.En)
	}
	return treeOf(a)
}

func treeOf(a *ast) *Tree {
	t := &Tree{Op: treeOps[a.kind], Text: a.text, Not: a.negated}
	switch a.kind {
	case astBool, astBinary:
		t.Op, t.Text = a.text, ""
	case astCall, astPeriod:
		t.Text = strings.ToUpper(a.text)
	}
	for _, arg := range a.args {
		t.Args = append(t.Args, treeOf(arg))
	}
	return t
}
