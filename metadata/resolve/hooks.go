package resolve

import (
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
)

func (r *resolver) hook(pkg string, decl *model.Hook) {
	c := r.alone(pkg, decl.Name, addr.Hook(decl.Name), decl.Pos)
	if flows := decl.Do == "flow"; flows && decl.Object != "" {
		c.errorf("bad-hook", "object", "a hook that runs flows writes no records", "运行自动化的入站 Webhook 没有 object")
		return
	} else if !flows {
		c = r.telling(pkg, decl.Name, addr.Hook(decl.Name), decl.Pos, decl.Object)
	}
	if c == nil || !c.named(decl.Name, "name") {
		return
	}
	if r.cat.Hook(decl.Name) != nil {
		c.errorf("duplicate-name", "name", "there are two hooks %s", "入站 Webhook %s 重复", decl.Name)
		return
	}
	plain := *decl
	plain.Pos = model.Positions{}
	h := &catalog.Hook{Name: decl.Name, Package: pkg, Decl: &plain, Object: c.a.Object}
	c.verify(decl)
	if decl.Do != "" {
		c.word(decl.Do, "do", hookKeys.Get("do").Enum)
	}
	if keyed := decl.Do == "upsert" || decl.Do == "action"; keyed != (len(decl.Key) > 0) || (decl.Do == "action") != (decl.Action != "") {
		c.errorf("bad-hook", "do", "upsert has a key, action a key and an action, create and flow none", "upsert 须有 key，action 须有 key 与 action，create、flow 均不得有")
	}
	into := h.Object
	if decl.Action != "" {
		if h.Action = c.hookAction(decl.Action); h.Action == nil {
			return
		}
		into = h.Action.Input
	}
	c.hookFields(decl, h, into)
	r.cat.Hooks = append(r.cat.Hooks, h)
}

// hookAction finds the action of a record that a hook carries out.
func (c *actionCheck) hookAction(name string) *catalog.Action {
	for _, a := range c.a.Object.Actions {
		if a.Name == name && !a.OnObject {
			c.uses(a.Package, "the action "+name, "action")
			return a
		}
	}
	c.errorf("unknown-action", "action", "%s has no action %q on records", "%s 没有针对记录的操作 %q", c.a.Object.Name, name)
	return nil
}

// hookFields checks where a hook finds the key, and what it sets.
func (c *actionCheck) hookFields(decl *model.Hook, h *catalog.Hook, into *catalog.Object) {
	for i, name := range decl.Key {
		if f := c.field(h.Object, name, "key."+itoa(i)); f != nil {
			h.Key = append(h.Key, catalog.HookField{Field: f, Path: decl.Set[name]})
			if decl.Set[name] == "" {
				c.errorf("bad-hook", "key."+itoa(i), "%s is part of the key, and has to be set", "%s 属于键，须在 set 中给出", name)
			}
		}
	}
	if len(decl.Set) == 0 {
		c.errorf("bad-hook", "set", "the hook sets no field", "未设置任何字段")
	}
	for _, name := range sorted(decl.Set) {
		at := "set." + name
		if !pathForm.MatchString(decl.Set[name]) {
			c.errorf("bad-hook", at, "%q is no path", "%q 不是有效路径", decl.Set[name])
		}
		switch key := slices.Contains(decl.Key, name); {
		case decl.Do == "flow":
			c.named(name, at)
		case key && h.Action != nil: // it says which record is meant
		case h.Action != nil:
			if f := into.Field(name); f != nil {
				h.Set = append(h.Set, catalog.HookField{Field: f, Path: decl.Set[name]})
			} else {
				c.errorf("unknown-field", at, "the action %s has no input %s", "操作 %s 没有输入 %s", h.Action.Name, name)
			}
		default:
			if f := c.settable(h.Object, name, at); f != nil && !key {
				h.Set = append(h.Set, catalog.HookField{Field: f, Path: decl.Set[name]})
			}
		}
	}
}

// verify checks how the messages of a hook are held to be genuine, and told apart.
func (c *actionCheck) verify(decl *model.Hook) {
	if decl.Verify != "" {
		c.word(decl.Verify, "verify", hookKeys.Get("verify").Enum)
	}
	if decl.Secret != "" && !model.NameForm.Match(decl.Secret) {
		c.errorf("bad-hook", "secret", "%q is no name of a secret: lower-case words joined by _", "%q 不是密钥名称：须为小写单词以 _ 连接", decl.Secret)
	}
	signed := decl.Verify != "token"
	if signed != (decl.Secret != "") {
		c.errorf("bad-hook", "secret", "signed messages need a secret, those of a token have none", "签名验证须有 secret，token 方式不得有")
	}
	if (decl.Verify == "hmac") != (decl.Header != "") || decl.Header != "" && !headerForm.MatchString(decl.Header) {
		c.errorf("bad-hook", "header", "hmac names the header of the signature, and nothing else does", "hmac 须给出签名请求头，其余方式不得有")
	}
	standard := decl.Verify == "" || decl.Verify == "standard"
	name, header := strings.CutPrefix(decl.ID, "header:")
	if standard != (decl.ID == "") || header && !headerForm.MatchString(name) || !header && decl.ID != "" && !pathForm.MatchString(decl.ID) {
		c.errorf("bad-hook", "id", "say where the sender's id is, as header:<name> or a path; standard has webhook-id", "须以 header:<名称> 或路径给出消息标识；standard 固定为 webhook-id")
	}
}
