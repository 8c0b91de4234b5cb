package approval

import (
	"fmt"
	"strings"

	"github.com/tenon-platform/tenon/platform/value"
)

// participants checks the ways to find people.
func (l *linter) participants(at string, ps []Participant) {
	for i, p := range ps {
		l.participant(fmt.Sprintf("%s[%d]", at, i), p)
	}
}

var peopleKinds = []value.Kind{value.KindText, value.KindRef, value.KindList, value.KindInt}

func (l *linter) participant(at string, p Participant) {
	l.compile(at+".when", p.When, value.KindBool)
	if p.Weight < 0 || p.Min < 0 || p.Max < 0 || p.Up < 0 || p.Level < 0 || p.From < 0 {
		l.errorf(at, "bad-value", "a number is below zero", "数值不能为负")
	}
	if p.Scope != "" && p.Scope != "submitter" {
		l.compile(at+".scope", p.Scope, peopleKinds...)
	}
	l.of(at+".of", p.Of)
	switch p.Type {
	case "users":
		if len(p.IDs) == 0 {
			l.errorf(at, "missing", "the users are missing", "缺少用户")
		}
		for _, u := range p.IDs {
			l.known(at+".ids", "user", u)
		}
	case "role":
		l.known(at+".role", "role", p.Role)
	case "group":
		l.known(at+".group", "group", p.Group)
	case "post":
		l.known(at+".post", "post", p.Post)
	case "queue":
		if p.Dept != "" {
			l.known(at+".dept", "dept", p.Dept)
		} else {
			l.known(at+".role", "role", p.Role)
		}
	case "managerChain":
		l.chain(at, p)
	case "field":
		l.compile(at+".path", p.Path, peopleKinds...)
		if p.Path == "" {
			l.errorf(at, "missing", "the path is missing", "缺少 path")
		}
	case "expr":
		l.compile(at+".expr", p.Expr, peopleKinds...)
		if p.Expr == "" {
			l.errorf(at, "missing", "the expression is missing", "缺少表达式")
		}
	case "script":
		if l.env.Has != nil && !l.env.Has("script", p.Script) {
			l.errorf(at+".script", "unknown-script", "there is no script %q that finds people: it gives users as json, reads alone, and takes 2 seconds at most", "没有用于查找人员的脚本 %q：须以 json 返回 users，只读，且不超过 2 秒", p.Script)
		}
	case "deptMembers", "deptHead", "manager", "submitter", "selfSelect", "prevSelect":
	default:
		l.errorf(at+".type", "unknown-participant", "%q is no way to find people", "%q 不是参与人类型", p.Type)
	}
}

func (l *linter) chain(at string, p Participant) {
	if p.To == nil {
		l.errorf(at, "missing", "the chain has no end", "缺少 to")
		return
	}
	if p.To.Role != "" {
		l.known(at+".to.role", "role", p.To.Role)
	}
	if p.To.User != "" {
		l.known(at+".to.user", "user", p.To.User)
	}
	if p.To.Level > 0 && p.To.Level < p.From {
		l.errorf(at, "bad-value", "the chain ends before it begins", "链的终点早于起点")
	}
}

// isExpression tells an expression from an id.
func isExpression(of string) bool { return strings.ContainsAny(of, ".( '") }

func (l *linter) of(at, of string) {
	if of != "" && of != "submitter" && isExpression(of) {
		l.compile(at, of, peopleKinds...)
	}
}
