package main

import (
	"strings"
	"testing"
)

// TestFlowSend: a step sends a message through a connection that is no HTTP.
func TestFlowSend(t *testing.T) {
	o := newOffice(t)
	shop := newReceiver(t)
	files := told(shop.url, "")
	delete(files, "webhooks/hot.json")
	files["flows/say.json"] = `{"key": "say", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "steps": [{"id": "s", "type": "send", "connection": "shop", "subject": "CONCAT(\"new: \", name)", "body": "note", "with": {"points": "score"}}]}`
	o.publish(files)
	o.administer(`mutation { setSecret(name: "shop_key", value: %q) }`, hookSecret)
	o.lead("root", `score: 7, note: "body"`)
	o.settle()
	got, _ := shop.take()
	if len(got) != 1 || dig(got[0], "subject") != "new: L" || dig(got[0], "body") != "body" || dig(got[0], "values", "points") != 7.0 {
		t.Errorf("sent %v; %v", got, o.run(o.runs("say")[0]["id"]))
	}
}

// TestFlowNotify: people are told once for each run and round of a loop, and of records of which they know;
// who runs in somebody's name tells no more than that person may read.
func TestFlowNotify(t *testing.T) {
	o := newOffice(t)
	files := leads(map[string]string{"tell": `{"key": "tell", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "steps": [
		{"id": "one", "type": "notify", "message": "hot_lead", "to": "owner_id"},
		{"id": "them", "type": "query", "object": "person", "where": "username = \"ann\" OR username = \"bob\"", "limit": 10},
		{"id": "all", "type": "notify", "message": "hot_lead", "in": "them"},
		{"id": "each", "type": "loop", "in": "them", "do": [{"id": "again", "type": "notify", "message": "hot_lead", "to": "each.id"}]},
		{"id": "none", "type": "notify", "message": "hot_lead", "to": "NULL"}]}`})
	files["messages/hot_lead.json"] = `{"name": "hot_lead", "label": {"en": "Hot lead", "zh-CN": "热门线索"}, "object": "lead", "subject": {"en": "{{name}} is hot: {{score}}", "zh-CN": "{{name}}：{{score}}"}}`
	o.publish(files)
	o.lead("root", `score: 9`)
	o.settle()
	if r := o.run(o.runs("tell")[0]["id"]); r["status"] != "succeeded" {
		t.Fatal(r)
	}
	for who, want := range map[string]int{"ann": 2, "bob": 2, "cat": 0} {
		d := dig(o.must(who, `{ notifications(first: 20) { nodes { title } } }`), "notifications", "nodes").([]any)
		if len(d) != want || want > 0 && dig(d[0], "title") != "L is hot: 9" {
			t.Errorf("%s was told %v", who, d)
		}
	}
	mine := secret(`"runAs": "trigger_user"`, "", `{"id": "x", "type": "notify", "message": "hot_lead", "to": "owner_id"}`)
	mine["flows/mine.json"] = strings.Replace(mine["flows/mine.json"], `, "when": ""`, "", 1)
	mine["messages/hot_lead.json"] = files["messages/hot_lead.json"]
	o.publish(mine)
	o.lead("ann", `note: "n"`)
	o.settle()
	if r := o.runs("mine")[0]; dig(r, "incident", "code") != "FORBIDDEN" {
		t.Errorf("a score that ann may not read: %v", r)
	}
}
