package plan

import (
	"bytes"
	"encoding/json"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/diag"
)

// connections compares the connections, what goes through them and comes in, and messages. None holds
// data; secrets stay where they are.
func (d *differ) connections() {
	sameKind(d, d.old.Connections, d.new.Connections, addr.Connection, diag.Text{En: "connection", Zh: "连接"}, func(c *catalog.Connection) (string, any) { return c.Name, c.Decl })
	sameKind(d, d.old.Webhooks, d.new.Webhooks, addr.Webhook, diag.Text{En: "webhook", Zh: "出站 Webhook"}, func(c *catalog.Webhook) (string, any) { return c.Name, c.Decl })
	sameKind(d, d.old.Hooks, d.new.Hooks, addr.Hook, diag.Text{En: "hook", Zh: "入站 Webhook"}, func(c *catalog.Hook) (string, any) { return c.Name, c.Decl })
	sameKind(d, d.old.Messages, d.new.Messages, addr.Message, diag.Text{En: "message", Zh: "消息模板"}, func(c *catalog.Message) (string, any) { return c.Name, c.Decl })
}

// sameKind compares things of one kind by what was declared of them.
func sameKind[T any](d *differ, old, now []*T, at func(string) addr.Address, kind diag.Text, of func(*T) (string, any)) {
	was := map[string]any{}
	for _, x := range old {
		name, decl := of(x)
		was[name] = decl
	}
	add := func(op Op, name, en, zh string) {
		d.add(Entry{Op: op, Address: at(name), Class: Additive, Summary: diag.Text{En: kind.En + " " + name + " " + en, Zh: zh + kind.Zh + " " + name}})
	}
	for _, x := range now {
		name, decl := of(x)
		before, there := was[name]
		delete(was, name)
		switch {
		case !there:
			add(Add, name, "is new", "新增")
		case !alike(before, decl):
			add(Change, name, "changes", "变更")
		}
	}
	for _, name := range sortedKeys(was) {
		add(Remove, name, "is removed", "删除")
	}
}

func alike(a, b any) bool {
	x, err := json.Marshal(a)
	if err != nil {
		return false
	}
	y, err := json.Marshal(b)
	return err == nil && bytes.Equal(x, y)
}
