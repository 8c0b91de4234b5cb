package resolve

import (
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/value"
)

// statusName is what expressions call the status of an answer by.
const statusName = "status"

// notification resolves a step that tells people.
func (c *flowCheck) notification(s *catalog.FlowStep, path string) {
	d := s.Decl
	if s.Message = c.r.messageNamed(d.Message, path+".message", c.errorf); s.Message == nil {
		return
	}
	c.actionCheck.uses(s.Message.Package, "the message "+d.Message, path+".message")
	users := c.r.cat.Serving(catalog.ServesUser)
	if users == nil {
		c.errorf("missing-object", path, "people are notified where an object serves user, as the package platform-base has one", "通知需要承担 user 角色的对象，软件包 platform-base 中有")
		return
	}
	if s.Object = c.f.About(); d.Record != "" {
		if s.Record = c.compile(d.Record, path+".record", expr.Type{Kind: value.KindRef}); s.Record != nil {
			s.Object = c.r.cat.ByName[s.Record.Type().Object]
		}
	}
	if s.Object != s.Message.Object {
		c.errorf("type-mismatch", path, "the message %s tells of records of %s", "消息模板 %s 针对 %s 的记录", d.Message, s.Message.Object.Name)
	}
	switch {
	case (d.To == "") == (d.In == ""):
		c.errorf("bad-step", path, "a notification has one of to and in", "通知须且只须有 to、in 之一")
	case d.In != "":
		if s.In = c.queried(d.In, path+".in"); s.In != nil && s.In.Object != users {
			c.errorf("type-mismatch", path+".in", "the step %s finds no users", "步骤 %s 查询的不是用户", d.In)
		}
	default:
		s.To = c.compile(d.To, path+".to", expr.Type{Kind: value.KindRef, Object: users.Name})
	}
}

// outgoing resolves a step that calls another system through a connection.
func (c *flowCheck) outgoing(s *catalog.FlowStep, path string) {
	d := s.Decl
	if s.Link = c.r.connectionNamed(d.Connection, path+".connection", c.errorf); s.Link == nil {
		return
	}
	c.actionCheck.uses(s.Link.Package, "the connection "+d.Connection, path+".connection")
	if d.Type == "http" && s.Link.Decl.Type != "http" {
		c.errorf("bad-step", path+".connection", "the connection %s is no http: send goes through all kinds", "连接 %s 不是 http 类型，可改用 send", d.Connection)
	}
	s.With = map[string]*expr.Program{}
	for _, name := range sorted(d.With) {
		if c.named(name, path+".with."+name) {
			s.With[name] = c.compile(d.With[name], path+".with."+name, expr.Type{})
		}
	}
	for _, x := range []struct {
		key, src string
		p        **expr.Program
	}{{"to", d.To, &s.To}, {"subject", d.Subject, &s.Subject}, {"body", d.Body, &s.Body}} {
		if x.src != "" {
			*x.p = c.compile(x.src, path+"."+x.key, expr.Type{Kind: value.KindText})
		}
	}
	if d.Idempotency != "" {
		c.word(d.Idempotency, path+".idempotency", flowStepKeys.Get("idempotency").Enum)
	}
	if (d.Idempotency == "check") != (d.Check != nil) {
		c.errorf("bad-step", path+".check", "idempotency check has a request that asks, and no other has one", "idempotency 为 check 时须有 check 请求，其余不得有")
	}
	c.answered(s, path)
}

// answered says what a step keeps of the answer.
func (c *flowCheck) answered(s *catalog.FlowStep, path string) {
	gives := map[string]expr.Type{statusName: {Kind: value.KindInt}}
	keeps := func(q *model.ConnectionRequest, at string) {
		for _, name := range sorted(q.Result) {
			if name == statusName {
				c.errorf("name-clash", at+".result."+name, "%s is the status of the answer", "%s 固定为应答状态", name)
			} else if c.named(name, at+".result."+name) {
				gives[name] = expr.Type{Kind: value.KindText}
			}
		}
	}
	for _, x := range []struct {
		key string
		q   *model.ConnectionRequest
	}{{"request", s.Decl.Request}, {"check", s.Decl.Check}} {
		if x.q != nil {
			c.request(x.q, path+"."+x.key)
			keeps(x.q, path+"."+x.key)
		}
	}
	if q := s.Link.Decl.Request; q != nil && s.Decl.Request == nil {
		for name := range q.Result {
			gives[name] = expr.Type{Kind: value.KindText}
		}
	}
	c.scope.steps[s.Decl.ID] = gives
}
