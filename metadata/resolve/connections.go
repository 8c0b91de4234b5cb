package resolve

import (
	"net/url"
	"slices"
	"sort"
	"strings"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/spec"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

var (
	connectionAuthKeys    = spec.Of[model.ConnectionAuth]()
	connectionRequestKeys = spec.Of[model.ConnectionRequest]()
	webhookKeys           = spec.Of[model.Webhook]()
	hookKeys              = spec.Of[model.Hook]()

	headerForm = patternOf(`^[A-Za-z0-9-]{1,64}$`)
	hostForm   = patternOf(`^(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$`)
	pathForm   = patternOf(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)
)

// authNeeds says which keys each kind of authentication has, and that all of them are needed.
var authNeeds = map[string]string{"": "", "none": "", "basic": "secret user", "bearer": "secret", "api_key": "secret header", "oauth2_client": "secret user token",
	"oauth2_refresh": "secret user token refresh", "app": "secret user", "signature": "secret"}

// maxTemplate bounds a text with expressions, in bytes.
const maxTemplate = 16 << 10

// connections resolves connections, and what goes through them and comes in.
func (r *resolver) connections() {
	for _, p := range r.ordered {
		for i := range p.Connections {
			r.connection(p.Manifest.Name, &p.Connections[i])
		}
	}
	for _, p := range r.ordered {
		for i := range p.Webhooks {
			r.webhook(p.Manifest.Name, &p.Webhooks[i])
		}
		for i := range p.Hooks {
			r.hook(p.Manifest.Name, &p.Hooks[i])
		}
		for i := range p.Messages {
			r.message(p.Manifest.Name, &p.Messages[i])
		}
	}
	c := r.cat
	sort.Slice(c.Connections, func(i, j int) bool { return c.Connections[i].Name < c.Connections[j].Name })
	sort.Slice(c.Webhooks, func(i, j int) bool { return c.Webhooks[i].Name < c.Webhooks[j].Name })
	sort.Slice(c.Hooks, func(i, j int) bool { return c.Hooks[i].Name < c.Hooks[j].Name })
	sort.Slice(c.Messages, func(i, j int) bool { return c.Messages[i].Name < c.Messages[j].Name })
}

// telling checks what a document says of the records of an object; nil when there is no such object.
func (r *resolver) telling(pkg, name string, of addr.Address, pos model.Positions, object string) *actionCheck {
	c := r.alone(pkg, name, of, pos)
	if c.a.Object = c.object(object, "object"); c.a.Object == nil {
		return nil
	}
	c.a.OnObject = false
	return c
}

// alone checks a document of no object.
func (r *resolver) alone(pkg, name string, of addr.Address, pos model.Positions) *actionCheck {
	a := &catalog.Action{Name: of.String(), Package: pkg, OnObject: true, TypeName: name, Input: &catalog.Object{Name: of.String(), ByName: map[string]*catalog.Field{}}}
	c := &actionCheck{r: r, decl: &model.Action{Name: name, Pos: pos}, a: a, of: of, errs: map[string]*catalog.ActionError{}}
	c.scope = newActionScope(r, a)
	return c
}

func (r *resolver) connection(pkg string, decl *model.Connection) {
	c := r.alone(pkg, decl.Name, addr.Connection(decl.Name), decl.Pos)
	if !c.named(decl.Name, "name") {
		return
	}
	if r.cat.Connection(decl.Name) != nil {
		c.errorf("duplicate-name", "name", "there are two connections %s", "连接 %s 重复", decl.Name)
		return
	}
	plain := *decl
	plain.Pos = model.Positions{}
	out := &catalog.Connection{Name: decl.Name, Package: pkg, Decl: &plain}
	c.named(decl.Type, "type")
	c.address(decl.Address, "address", "http", "https", "smtp", "smtps")
	c.auth(&decl.Auth)
	c.limitsOf(&decl.Limits)
	if q := decl.Request; q != nil {
		c.request(q, "request")
	}
	if n := decl.Notify; n != nil {
		users := r.cat.Serving(catalog.ServesUser)
		switch {
		case users == nil:
			c.errorf("missing-object", "notify", "people are notified where an object serves user, as the package platform-base has one", "通知需要承担 user 角色的对象，软件包 platform-base 中有")
		default:
			f := c.field(users, n.Field, "notify.field")
			if f != nil && (f.Store.Type != driver.Text || f.Column == "") {
				c.errorf("bad-connection", "notify.field", "%s is no stored text", "%s 不是存储的文本字段", n.Field)
			}
			out.Notify = f
		}
	}
	r.cat.Connections = append(r.cat.Connections, out)
}

// address holds a URL against the schemes that may be called.
func (c *actionCheck) address(text, path string, schemes ...string) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Hostname() == "" || u.User != nil || u.Fragment != "" || !slices.Contains(schemes, u.Scheme) || len(text) > 2000 {
		c.errorf("bad-connection", path, "this is no address: a URL of the kind %s, without user and password", "地址无效：须为 %s 形式的 URL，且不含用户名与密码", strings.Join(schemes, "://, ")+"://")
	}
}

func (c *actionCheck) auth(a *model.ConnectionAuth) {
	if a.Type != "" {
		c.word(a.Type, "auth.type", connectionAuthKeys.Get("type").Enum)
	}
	needs, known := authNeeds[a.Type]
	if !known {
		return
	}
	for _, x := range []struct{ key, v string }{{"secret", a.Secret}, {"user", a.User}, {"header", a.Header}, {"token", a.Token}, {"refresh", a.Refresh}} {
		switch need := slices.Contains(strings.Fields(needs), x.key); {
		case need && x.v == "":
			c.errorf("bad-connection", "auth", "authentication of this kind needs %s", "此认证方式需要 %s", x.key)
		case !need && x.v != "":
			c.errorf("bad-connection", "auth."+x.key, "authentication of this kind has no %s", "此认证方式没有 %s", x.key)
		}
	}
	for _, x := range []struct{ key, v string }{{"secret", a.Secret}, {"refresh", a.Refresh}} {
		if x.v != "" && !model.NameForm.Match(x.v) {
			c.errorf("bad-connection", "auth."+x.key, "%q is no name of a secret: lower-case words joined by _", "%q 不是密钥名称：须为小写单词以 _ 连接", x.v)
		}
	}
	if a.Header != "" && !headerForm.MatchString(a.Header) {
		c.errorf("bad-connection", "auth.header", "%q is no name of a header", "%q 不是有效的请求头名称", a.Header)
	}
	if a.Token != "" {
		c.address(a.Token, "auth.token", "http", "https")
	}
}

func (c *actionCheck) limitsOf(l *model.ConnectionLimits) {
	for _, x := range []struct {
		key     string
		n, most int
	}{{"timeout", l.Timeout, 60_000}, {"rate", l.Rate, 100_000}, {"body", l.Body, 10_240}, {"failures", l.Failures, 30}} {
		if x.n < 0 || x.n > x.most {
			c.errorf("bad-value", "limits."+x.key, "%s is at most %d, and 0 for the usual", "%s 最大为 %d，0 表示默认", x.key, x.most)
		}
	}
	for i, h := range l.Hosts {
		if !hostForm.MatchString(h) {
			c.errorf("bad-connection", "limits.hosts."+itoa(i), "%q is no host", "%q 不是有效的主机名", h)
		}
	}
}

func (c *actionCheck) request(q *model.ConnectionRequest, at string) {
	if q.Method != "" {
		c.word(q.Method, at+".method", connectionRequestKeys.Get("method").Enum)
	}
	for _, name := range sorted(q.Headers) {
		if !headerForm.MatchString(name) || strings.ContainsAny(q.Headers[name], "\r\n") {
			c.errorf("bad-connection", at+".headers."+name, "%q is no header", "%q 不是有效的请求头", name)
		}
	}
	for _, path := range sorted(q.Body) {
		if !pathForm.MatchString(path) {
			c.errorf("bad-connection", at+".body", "%q is no path", "%q 不是有效路径", path)
		}
	}
	for _, name := range sorted(q.Result) {
		if !pathForm.MatchString(q.Result[name]) {
			c.errorf("bad-connection", at+".result."+name, "%q is no path", "%q 不是有效路径", q.Result[name])
		}
	}
}

func (r *resolver) webhook(pkg string, decl *model.Webhook) {
	c := r.telling(pkg, decl.Name, addr.Webhook(decl.Name), decl.Pos, decl.Object)
	if c == nil || !c.named(decl.Name, "name") {
		return
	}
	if r.cat.Webhook(decl.Name) != nil {
		c.errorf("duplicate-name", "name", "there are two webhooks %s", "出站 Webhook %s 重复", decl.Name)
		return
	}
	plain := *decl
	plain.Pos = model.Positions{}
	w := &catalog.Webhook{Name: decl.Name, Package: pkg, Decl: &plain, Object: c.a.Object, Connection: r.connectionNamed(decl.Connection, "connection", c.errorf)}
	if w.Connection == nil {
		return
	}
	c.uses(w.Connection.Package, "the connection "+decl.Connection, "connection")
	if len(decl.On) == 0 {
		c.errorf("bad-hook", "on", "say of which changes it tells", "须给出 on")
	}
	for i, on := range decl.On {
		c.word(on, "on."+itoa(i), webhookKeys.Get("on").Enum)
	}
	for i, name := range decl.Changed {
		if f := c.field(w.Object, name, "changed."+itoa(i)); f != nil {
			w.Changed = append(w.Changed, f)
		}
	}
	for i, name := range decl.Fields {
		if f := c.field(w.Object, name, "fields."+itoa(i)); f != nil {
			if f.Column == "" {
				c.errorf("not-stored", "fields."+itoa(i), "%s is not stored, and cannot be sent", "%s 未存储，不能发送", name)
			}
			w.Fields = append(w.Fields, f)
		}
	}
	if decl.When != "" {
		w.When = r.compileIn(c.scope, decl.When, c.scope.object(), decl.Pos.Place("when"), c.of, expr.Options{Want: boolean, Prior: true})
		if w.When != nil {
			c.reads(w.When, "when")
		}
	}
	r.cat.Webhooks = append(r.cat.Webhooks, w)
}

func (r *resolver) message(pkg string, decl *model.Message) {
	c := r.telling(pkg, decl.Name, addr.Message(decl.Name), decl.Pos, decl.Object)
	if c == nil || !c.named(decl.Name, "name") {
		return
	}
	if r.cat.Message(decl.Name) != nil {
		c.errorf("duplicate-name", "name", "there are two messages %s", "消息模板 %s 重复", decl.Name)
		return
	}
	plain := *decl
	plain.Pos = model.Positions{}
	m := &catalog.Message{Name: decl.Name, Package: pkg, Decl: &plain, Object: c.a.Object, Subject: map[string]catalog.Template{}, Body: map[string]catalog.Template{}}
	for _, lang := range sorted(decl.Subject) {
		m.Subject[lang] = c.template(decl.Subject[lang], "subject")
	}
	for _, lang := range sorted(decl.Body) {
		m.Body[lang] = c.template(decl.Body[lang], "body")
	}
	r.cat.Messages = append(r.cat.Messages, m)
}

// template compiles the expressions of a text. What they give is written as text, so it must be plain.
func (c *actionCheck) template(text, path string) (out catalog.Template) {
	if len(text) > maxTemplate {
		c.errorf("too-long", path, "the text has more than %d bytes", "文本超过 %d 字节", maxTemplate)
		return nil
	}
	for text != "" {
		before, rest, found := strings.Cut(text, "{{")
		if before != "" {
			out = append(out, catalog.TemplatePart{Text: before})
		}
		if !found {
			return out
		}
		src, after, closed := strings.Cut(rest, "}}")
		if !closed {
			c.errorf("bad-message", path, "{{ has no }}", "{{ 缺少 }}")
			return nil
		}
		p, _ := expr.Compile(strings.TrimSpace(src), expr.Options{Scope: c.scope, Object: c.scope.object(), Zone: c.r.cat.Zone, Loc: c.r.loc})
		switch {
		case p == nil: // once more, with what is wrong
			c.r.compileIn(c.scope, strings.TrimSpace(src), c.scope.object(), c.decl.Pos.Place(path), c.of, expr.Options{})
		case p.Type().Kind == value.KindRef || p.Type().Kind == value.KindJSON || p.Type().Kind == value.KindList:
			c.errorf("bad-message", path, "{{%s}} is no plain value", "{{%s}} 不是简单值", strings.TrimSpace(src))
		default:
			c.reads(p, path)
			out = append(out, catalog.TemplatePart{Value: p})
		}
		text = after
	}
	return out
}
