package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// courier is a system that takes messages to people, as JSON.
type courier struct {
	url string

	mu   sync.Mutex
	got  []string
	fail int // how many of the next messages it refuses
}

func newCourier(t *testing.T) *courier {
	t.Helper()
	p := &courier{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		var m struct{ To, Text, ID string }
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			t.Error(err)
		}
		if p.fail > 0 {
			p.fail--
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		p.got = append(p.got, m.To+": "+m.Text)
	}))
	t.Cleanup(srv.Close)
	p.url = srv.URL
	return p
}

// take gives what was taken since the last call.
func (p *courier) take() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := p.got
	p.got = nil
	return out
}

// connection is a way to people through the system.
func (p *courier) connection(name string, usual bool) string {
	return fmt.Sprintf(`{"name": %q, "label": {"en": "Post", "zh-CN": "信使"}, "type": "http", "address": %q, "limits": {"private": true},
		"request": {"body": {"to": "{{to}}", "text": "{{subject}}|{{body}}", "id": "{{id}}"}}, "notify": {"field": "username", "default": %v}}`, name, p.url, usual)
}

// told are the titles of somebody's notifications, the newest first.
func (o *office) told(who string) string {
	o.t.Helper()
	return fmt.Sprint(dig(o.must(who, `{ notifications { nodes { title } unreadCount } }`), "notifications"))
}

// TestNotifications: approvals tell those whom they concern, each once, in their language and through the
// channels that they choose; failing channels are tried again, and nobody sees what others were told.
func TestNotifications(t *testing.T) {
	o := newOffice(t)
	p := newCourier(t)
	o.publish(map[string]string{"connections/post.json": p.connection("post", true), "connections/other.json": p.connection("other", false)})
	deal := o.deal("ann", `discount: "0.15", note: "quiet"`)
	p.fail = 1
	instance := o.submit("ann", "discount", deal)
	boss := ""
	for who := range o.people {
		if o.task(who, instance) != "" {
			boss = who
		}
	}
	if boss == "" {
		t.Fatal("nobody has to decide")
	}
	nodes := dig(o.must(boss, `{ notifications(locale: "zh-CN") { nodes { id about title record instance readAt } unreadCount endCursor } }`), "notifications")
	if n := dig(nodes, "nodes").([]any); len(n) != 1 || dig(n[0], "about") != "task" || dig(n[0], "record") != deal || dig(n[0], "instance") != instance || dig(n[0], "readAt") != nil || dig(nodes, "unreadCount") != 1.0 {
		t.Fatal(nodes)
	}
	zh, en := dig(nodes, "nodes", 0, "title"), dig(o.must(boss, `{ notifications(locale: "en") { nodes { title } } }`), "notifications", "nodes", 0, "title")
	if zh != "待您审批：审批" || en != "You have to decide: Discount" {
		t.Error(zh, en)
	}
	for _, who := range []string{"ann", "root"} {
		if got := o.told(who); got != "map[nodes:[] unreadCount:0]" {
			t.Errorf("%s was told %s", who, got)
		}
	}
	o.settle()
	if got := p.take(); len(got) > 0 {
		t.Errorf("the first attempt went through: %v", got)
	}
	o.after(time.Minute)
	if got := p.take(); len(got) != 1 || got[0] != fmt.Sprintf("%s: %s|", boss, en) {
		t.Errorf("sent %v", got)
	}
	id := dig(nodes, "nodes", 0, "id")
	if got := dig(o.must("ann", `mutation { markNotificationsRead(ids: [%q]) }`, id), "markNotificationsRead"); got != 0.0 {
		t.Error("others mark it as read:", got)
	}
	if got := dig(o.must(boss, `mutation { markNotificationsRead(ids: [%q]) }`, id), "markNotificationsRead"); got != 1.0 {
		t.Error("marked:", got)
	}
	if got := dig(o.must(boss, `{ notifications(unread: true) { nodes { id } unreadCount } }`), "notifications"); fmt.Sprint(got) != "map[nodes:[] unreadCount:0]" {
		t.Error(got)
	}
	if got := dig(o.must(boss, `mutation { markNotificationsRead }`), "markNotificationsRead"); got != 0.0 {
		t.Error("nothing is left:", got)
	}

	if got := fmt.Sprint(dig(o.must("ann", `{ notificationChannels { about channels known } }`), "notificationChannels")); got != "[map[about:* channels:[post] known:[other post]]]" {
		t.Error(got)
	}
	o.must("ann", `mutation { setNotificationChannels(about: "completed", channels: ["other", "post"]) { about } }`)
	o.must("ann", `mutation { setNotificationChannels(about: "*", channels: []) { about } }`)
	if a := o.do("ann", `mutation { setNotificationChannels(about: "*", channels: ["none"]) { about } }`); a.code() != "NOT_FOUND" {
		t.Error(a.raw)
	}
	if a := o.do("root", `mutation { markNotificationsRead }`); a.code() != "FORBIDDEN" {
		t.Error(a.raw)
	}
	o.must(boss, `mutation { reject(task: %q, comment: "no") { id } }`, o.task(boss, instance))
	o.settle()
	mine := 0
	for _, m := range p.take() {
		if len(m) > 4 && m[:4] == "ann:" {
			mine++
		}
	}
	if mine != 2 {
		t.Errorf("%d messages to ann", mine)
	}
	o.must("ann", `mutation { setNotificationChannels(about: "completed") { about } }`)
	if got := fmt.Sprint(dig(o.must("ann", `{ notificationChannels { about channels } }`), "notificationChannels")); got != "[map[about:* channels:[]]]" {
		t.Error(got)
	}
	if d := dig(o.administer(`{ deliveries { recipient source status } }`), "deliveries").([]any); len(d) < 3 || dig(d[0], "source") != "notice" || dig(d[0], "status") != "delivered" {
		t.Error(d)
	}
}

// TestNotifySend: steps of actions, and so flows, tell people with messages of packages; of one key once.
func TestNotifySend(t *testing.T) {
	o := newOffice(t)
	files := leads(map[string]string{"hot": `{"key": "hot", "trigger": {"type": "record", "object": "lead", "on": ["create", "update"], "changed": ["score"], "when": "score > 50"}, "steps": [{"id": "tell", "type": "action", "action": "tell", "record": "id"}]}`})
	for _, name := range []string{"permissions/hears.json", "roles/sales.json"} {
		files[name] = heard()[name]
	}
	files["messages/hot_lead.json"] = `{"name": "hot_lead", "label": {"en": "Hot lead", "zh-CN": "热线索"}, "object": "lead", "subject": {"en": "{{name}} is hot: {{score}}", "zh-CN": "{{name}} 很热：{{score}}"}, "body": {"en": "{{IF(ISBLANK(note), \"no note\", note)}}", "zh-CN": "备注"}}`
	files["objects/lead/actions/tell.json"] = `{"name": "tell", "label": {"en": "Tell", "zh-CN": "通知"}, "steps": [{"call": "notify.send", "with": {"message": "hot_lead", "to": "created_by", "key": "'hot'"}}]}`
	o.publish(files)
	o.meet()
	id := o.lead("ann", `score: 60`)
	if got := o.told("ann"); got != "map[nodes:[] unreadCount:0]" {
		t.Error(got)
	}
	o.settle()
	o.must("root", `mutation { updateLead(id: %q, patch: {score: 70}) { lead { id } } }`, id)
	o.settle()
	if got := fmt.Sprint(dig(o.must("ann", `{ notifications(locale: "zh") { nodes { about title body record } } }`), "notifications", "nodes")); got != "[map[about:hot_lead body:备注 record:"+id+" title:L 很热：60]]" {
		t.Error(got)
	}
	if got := dig(o.must("ann", `{ notifications(locale: "fr") { nodes { title body } } }`), "notifications", "nodes", 0, "body"); got != "no note" {
		t.Error(got)
	}
}
