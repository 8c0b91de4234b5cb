package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/ident"
)

// leadStory is a tenant with the standard packages and no demo data, in which a lead goes its way. It
// is told in steps, so that what follows a conversion can go on where it ends.
type leadStory struct {
	t     *testing.T
	in    *instance
	clock *clock.Fixed
	admin context.Context
	web   *http.Client
	token string // of the public form
	lead  string
	// outsider is somebody of a dealer who asks everything that the story asks, after it; leaks says what
	// of an answer is not the outsider's to know.
	outsider string
	leaks    func(body string) []string
	beside   int // queries that the outsider has asked
	// What the conversion made.
	account, contact string
}

// beijing is a moment in the time zone of the tenant.
func beijing(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04:05", s, time.FixedZone("", 8*3600))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// newLeadStory begins twenty minutes before closing, on the last working day before a holiday.
func newLeadStory(t *testing.T) *leadStory {
	s := &leadStory{t: t, clock: clock.NewFixed(beijing(t, "2026-04-30 17:40:00")), admin: signedIn(ident.Principal{Name: "admin", Admin: true})}
	s.in = opened(t, clock.NewSettable(s.clock))
	if err := s.in.installStandard(s.admin, nil, false); err != nil {
		t.Fatal(err)
	}
	s.web = socketClient(s.in.dir)
	t.Cleanup(s.web.CloseIdleConnections)
	s.do(s.admin, `mutation { createSysUser(input: {username: "boss", name: "Boss", orgUnit: {connect: {code: "HQ"}}}) { sysUser { id } } }`)
	boss := s.user("boss")
	for name, role := range map[string]string{"li": "lead_owner", "wu": "lead_owner", "zhao": "lead_owner", "web": "lead_form"} {
		s.do(s.admin, fmt.Sprintf(`mutation { createSysUser(input: {username: %q, name: %[1]q, orgUnit: {connect: {code: "HQ"}}, managerId: "sys_user_%d"}) { sysUser { id } } }`, name, boss.UserID))
		s.do(s.admin, fmt.Sprintf(`mutation { createSysRoleAssignment(input: {userId: "sys_user_%d", role: %q}) { sysRoleAssignment { id } } }`, s.user(name).UserID, role))
	}
	for i, name := range []string{"li", "wu"} {
		s.do(s.admin, fmt.Sprintf(`mutation { createLeadPoolMember(input: {pool: {connect: {code: "EAST"}}, userId: "sys_user_%d", seq: %d}) { leadPoolMember { id } } }`, s.user(name).UserID, i+1))
	}
	s.token = s.form("lead_form", "web", "")
	s.watched()
	return s
}

// watched lets Hai of a dealer, who has nothing to do with the lead, ask all that is asked: what is told
// are the dealer's own account and nothing else.
func (s *leadStory) watched() {
	account := cutOut(s.do(s.admin, `mutation { createAccount(input: {name: "杭州海纳机电有限公司", recordType: dealer}) { account { id } } }`), `"id":"`)
	dealer := cutOut(s.do(s.admin, fmt.Sprintf(`mutation { createDealer(input: {accountId: %q, status: active, creditLimit: 1000}) { dealer { id } } }`, account)), `"id":"`)
	s.do(s.admin, fmt.Sprintf(`mutation { createSysUser(input: {username: "hai", name: "Hai", orgUnit: {connect: {code: "HQ"}}, userType: portal, dealerId: %q}) { sysUser { id } } }`, dealer))
	for _, role := range []string{"dealer_owner", "dealer_lead_portal"} {
		s.do(s.admin, fmt.Sprintf(`mutation { createSysRoleAssignment(input: {userId: "sys_user_%d", role: %q}) { sysRoleAssignment { id } } }`, s.user("hai").UserID, role))
	}
	s.want(s.as("hai"), `{ dealers { totalCount nodes { id } } }`, dealer)
	s.outsider, s.leaks = "hai", func(body string) (out []string) {
		var answer struct{ Data map[string]any }
		if err := json.Unmarshal([]byte(body), &answer); err != nil {
			return []string{err.Error()}
		}
		for name, v := range answer.Data {
			if list, ok := v.(map[string]any); ok && name == "accounts" && list["totalCount"] == 1.0 {
				delete(list, "totalCount")
			}
			out = append(out, saidBy(name, v)...)
		}
		return out
	}
}

// saidBy is what an answer tells: everything but null, nought and what is empty.
func saidBy(at string, v any) (out []string) {
	switch v := v.(type) {
	case nil:
	case []any:
		for i, x := range v {
			out = append(out, saidBy(fmt.Sprintf("%s.%d", at, i), x)...)
		}
	case map[string]any:
		for k, x := range v {
			out = append(out, saidBy(at+"."+k, x)...)
		}
	default:
		if v != 0.0 {
			out = append(out, fmt.Sprintf("%s is %v", at, v))
		}
	}
	return out
}

// asksToo lets the outsider ask what somebody asked. Mutations are not asked twice.
func (s *leadStory) asksToo(query string) {
	s.t.Helper()
	if s.outsider == "" || !strings.HasPrefix(query, "{") {
		return
	}
	s.beside++
	body := s.in.ask(s.t, s.as(s.outsider), query, nil)
	for _, leak := range s.leaks(body) {
		s.t.Errorf("%s\ntells %s that %s", query, s.outsider, leak)
	}
}

// form makes a public form, and gives its token.
func (s *leadStory) form(capture, user, more string) string {
	s.t.Helper()
	body := s.do(s.admin, fmt.Sprintf(`mutation { createSysForm(input: {name: "Website", capture: %q, userId: "sys_user_%d"%s}) { sysForm { token } } }`, capture, s.user(user).UserID, more))
	return cutOut(body, `"token":"`)
}

// cutOut is what stands between a mark and the next quote.
func cutOut(body, after string) string {
	_, s, _ := strings.Cut(body, after)
	s, _, _ = strings.Cut(s, `"`)
	return s
}

func (s *leadStory) user(name string) ident.Principal {
	s.t.Helper()
	return s.in.demoUser(s.t, name)
}

// as is a request of a user, with the rights that the user's roles give.
func (s *leadStory) as(name string) context.Context { return signedIn(s.user(name)) }

// do asks for what must succeed, lets everything run that is due, and gives the answer.
func (s *leadStory) do(ctx context.Context, query string) string {
	s.t.Helper()
	body := s.in.ask(s.t, ctx, query, nil)
	if strings.Contains(body, `"errors"`) {
		s.t.Fatalf("%s\nanswers %s", query, body)
	}
	s.settle()
	s.asksToo(query)
	return body
}

// want asks, and holds that the answer has a part.
func (s *leadStory) want(ctx context.Context, query, part string) {
	s.t.Helper()
	if body := s.in.ask(s.t, ctx, query, nil); !strings.Contains(body, part) {
		s.t.Errorf("%s\ngot  %s\nwant %s", query, body, part)
	}
	s.asksToo(query)
}

func (s *leadStory) settle() {
	s.t.Helper()
	if r := s.in.drain(s.admin, nil); r.Status != http.StatusOK {
		s.t.Fatalf("drain: %s", r.Body)
	}
}

// at lets time pass until a moment, and everything run that is due by then.
func (s *leadStory) at(moment string) {
	s.t.Helper()
	s.clock.Set(beijing(s.t, moment))
	s.settle()
}

// send sends a form as the page of a website does.
func (s *leadStory) send(token, query string, fields url.Values) (int, string) {
	s.t.Helper()
	req, err := http.NewRequest(http.MethodPost, "http://tenon/capture/"+token+query, strings.NewReader(fields.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", "https://www.huayuan.example")
	req.Header.Set("User-Agent", "Browser/1.0")
	res, err := s.web.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	var body json.RawMessage
	err = json.NewDecoder(res.Body).Decode(&body)
	if cerr := res.Body.Close(); err != nil || cerr != nil {
		s.t.Fatal(err, cerr)
	}
	s.settle()
	return res.StatusCode, string(body)
}

// captured: the form of a website, with UTM parameters, becomes one lead, however often it is sent.
func (s *leadStory) captured() {
	form := url.Values{"name": {"王 芳"}, "company": {"杭州锐锋装备制造有限公司"}, "title": {"总经理"}, "mobile": {"+86 138-5718-0001"}, "scale": {"s3"}, "region": {"330106"}, "need": {"需要 20 台离心泵"}, "contact_me": {"on"}, "agree_email": {"on"},
		"_page": {"https://www.huayuan.example/contact?utm_source=baidu&utm_medium=cpc&utm_campaign=spring"}, "_referrer": {"https://www.baidu.example/s"}, "_key": {"visit-7"}}
	status, first := s.send(s.token, "", form)
	if status != http.StatusOK || !strings.Contains(first, `{"data":{"reference":"TP-20260430-`) {
		s.t.Fatalf("the form is answered %d %s", status, first)
	}
	if status, again := s.send(s.token, "", form); status != http.StatusOK || again != first {
		s.t.Errorf("sent again it is answered %d %s", status, again)
	}
	if status, other := s.send(s.token, "?utm_source=edm", url.Values{"name": {"王芳"}, "mobile": {"0086 13857180001"}, "email": {"Wang@Ruifeng.example"}}); status != http.StatusOK || strings.Contains(other, "lead") {
		s.t.Errorf("the same person again is answered %d %s", status, other)
	}
	s.lead = cutOut(s.do(s.admin, `{ leads { nodes { id } } }`), `"id":"`)
	s.want(s.admin, `{ leads { nodes { companyNorm mobileNorm emailNorm source utmSource utmMedium utmCampaign isHandRaise industry titleLevel fitScore fitGrade engagementScore leadScore stage touchCount } } }`,
		`{"data":{"leads":{"nodes":[{"companyNorm":"杭州锐锋装备制造","mobileNorm":"13857180001","emailNorm":"wang@ruifeng.example","source":"website","utmSource":"baidu","utmMedium":"cpc","utmCampaign":"spring","isHandRaise":true,`+
			`"industry":"equipment","titleLevel":"c_level","fitScore":"80.00","fitGrade":"A","engagementScore":"30.00","leadScore":"50.00","stage":"mql","touchCount":2}]}}`)
	s.want(s.admin, `{ touchpoints(orderBy: {tpNo: ASC}) { nodes { utmSource url referrer isAttributable } } }`,
		`[{"utmSource":"baidu","url":"https://www.huayuan.example/contact?utm_source=baidu&utm_medium=cpc&utm_campaign=spring","referrer":"https://www.baidu.example/s","isAttributable":true},{"utmSource":"edm","url":null,"referrer":null,"isAttributable":true}]`)
	s.want(s.admin, `{ consentRecords { nodes { purpose status policyVersion grantedAt evidence } } }`, `{"purpose":"marketing_email","status":"granted","policyVersion":"2026-01","grantedAt":"2026-04-30T09:40:00Z","evidence":{"address":"local","agent":"Browser/1.0","at":"2026-04-30T09:40:00Z","form":"lead_form"`)
}

// assigned: by territory and load, with its clocks in business time.
func (s *leadStory) assigned() {
	s.want(s.admin, `{ leads { nodes { status territory { code } pool { code } owner { name } slaStatus } } assignmentLogs { nodes { ruleCode strategy } } }`,
		`{"leads":{"nodes":[{"status":"assigned","territory":{"code":"330100"},"pool":{"code":"EAST"},"owner":{"name":"li"},"slaStatus":"on_track"}]},"assignmentLogs":{"nodes":[{"ruleCode":"east_manufacturing","strategy":"load"}]}}`)
	s.want(s.admin, `{ sysSlaClocks(filter: {status: {eq: running}}, orderBy: {dueAt: ASC}) { nodes { milestone targetMinutes startedAt dueAt calendar { code } } } }`,
		`[{"milestone":"accept","targetMinutes":30,"startedAt":"2026-04-30T09:40:00Z","dueAt":"2026-05-06T01:10:00Z","calendar":{"code":"CN-STD"}},{"milestone":"first_contact","targetMinutes":60,"startedAt":"2026-04-30T09:40:00Z","dueAt":"2026-05-06T01:40:00Z","calendar":{"code":"CN-STD"}}]`)
	s.want(s.as("li"), `{ leads { nodes { fullName mobile } } }`, `{"leads":{"nodes":[{"fullName":"王芳","mobile":"861****0001"}]}}`)
	for _, other := range []string{"wu", "zhao", "web"} {
		s.want(s.as(other), `{ leads { totalCount } }`, `{"leads":{"totalCount":0}}`)
	}
}

// reassigned: nobody accepts in time; who may accept is the new owner, and nobody else.
func (s *leadStory) reassigned() {
	s.at("2026-05-06 09:10:00")
	s.want(s.admin, `{ leads { nodes { owner { name } slaStatus } } }`, `[{"owner":{"name":"li"},"slaStatus":"at_risk"}]`)
	s.at("2026-05-06 09:10:01")
	s.want(s.admin, `{ leads { nodes { owner { name } assignCount status slaStatus } } tasks(filter: {sourceRule: {eq: "lead_reassign"}}) { nodes { owner { name } } } }`,
		`{"leads":{"nodes":[{"owner":{"name":"wu"},"assignCount":1,"status":"assigned","slaStatus":"on_track"}]},"tasks":{"nodes":[{"owner":{"name":"Boss"}}]}}`)
	s.want(s.admin, `{ sysSlaClocks(filter: {milestone: {eq: "accept"}}, orderBy: {id: ASC}) { nodes { status ownerAtBreach { name } } } }`, `[{"status":"breached","ownerAtBreach":{"name":"li"}},{"status":"running","ownerAtBreach":null}]`)
	s.want(s.as("li"), fmt.Sprintf(`mutation { leadAccept(id: %q) { lead { status } } }`, s.lead), `"code":"NOT_FOUND"`)
	s.want(s.as("web"), fmt.Sprintf(`mutation { leadAccept(id: %q) { lead { status } } }`, s.lead), `"errors"`)
}

// converted: accepted in time, contacted, qualified, and made an account and a contact with all that happened.
func (s *leadStory) converted() {
	wu := s.as("wu")
	s.at("2026-05-06 09:20:00")
	s.do(wu, fmt.Sprintf(`mutation { leadAccept(id: %q) { lead { status } } }`, s.lead))
	s.at("2026-05-06 09:50:00")
	s.do(wu, fmt.Sprintf(`mutation { leadContact(id: %q, input: {result: "connected", subject: "需求沟通", durationSec: 600}) { lead { status } } }`, s.lead))
	s.want(wu, fmt.Sprintf(`mutation { leadConvert(id: %q) { madeAccount } }`, s.lead), `"rule":"NOT_QUALIFIED"`)
	s.do(wu, fmt.Sprintf(`mutation { updateLead(id: %q, patch: {budgetRange: _200k_1m, timeline: q, authority: decision_maker}) { lead { bantScore } } }`, s.lead))
	s.do(wu, fmt.Sprintf(`mutation { leadQualify(id: %q) { lead { stage } } }`, s.lead))
	s.want(s.admin, `{ leads { nodes { status stage slaStatus responseMinutes salAt sqlAt } } }`, `[{"status":"qualified","stage":"sql","slaStatus":"met","responseMinutes":39,"salAt":"2026-05-06T01:20:00Z","sqlAt":"2026-05-06T01:50:00Z"}]`)
	body := s.do(wu, fmt.Sprintf(`mutation { leadConvert(id: %q) { account contact touches consents madeAccount lead { status } } }`, s.lead))
	s.account, s.contact = cutOut(body, `"account":"`), cutOut(body, `"contact":"`)
	if !strings.Contains(body, `"consents":1,"madeAccount":true,"lead":{"status":"converted"}`) || s.account == "" || s.contact == "" {
		s.t.Fatalf("the conversion answers %s", body)
	}
	s.want(s.admin, fmt.Sprintf(`{ contact(id: %q) { name mobileNorm account { name } touchpoints(filter: {kind: {ne: feedback}}, orderBy: {tpNo: ASC}) { nodes { kind utmSource callResult account { name } lead { leadNo } } } } }`, s.contact),
		`{"contact":{"name":"王芳","mobileNorm":"13857180001","account":{"name":"杭州锐锋装备制造有限公司"},"touchpoints":{"nodes":[{"kind":"form_submit","utmSource":"baidu","callResult":null,"account":{"name":"杭州锐锋装备制造有限公司"},"lead":{"leadNo":"LD-202604-00001"}},`+
			`{"kind":"form_submit","utmSource":"edm","callResult":null,"account":{"name":"杭州锐锋装备制造有限公司"},"lead":{"leadNo":"LD-202604-00001"}},{"kind":"call","utmSource":null,"callResult":"connected","account":{"name":"杭州锐锋装备制造有限公司"},"lead":{"leadNo":"LD-202604-00001"}}]}}}`)
	s.want(s.admin, `{ consentRecords { nodes { subject { __typename } } } touchpoints(filter: {kind: {eq: feedback}}, orderBy: {tpNo: ASC}) { nodes { subject } } }`,
		`{"consentRecords":{"nodes":[{"subject":{"__typename":"Contact"}}]},"touchpoints":{"nodes":[{"subject":"Lead outcome: sal"},{"subject":"Lead outcome: sql"},{"subject":"Lead outcome: opportunity"}]}}`)
	s.want(wu, fmt.Sprintf(`mutation { updateLead(id: %q, patch: {company: "x"}) { lead { company } } }`, s.lead), `"rule":"converted_locked"`)
	s.want(s.as("zhao"), `{ leads { totalCount } accounts { totalCount } contacts { totalCount } touchpoints { totalCount } }`, `{"data":{"leads":{"totalCount":0},"accounts":{"totalCount":0},"contacts":{"totalCount":0},"touchpoints":{"totalCount":0}}`)
}

// watchedAll holds that the outsider has asked along, so many queries at least.
func (s *leadStory) watchedAll(least int) {
	s.t.Helper()
	if s.beside < least {
		s.t.Errorf("%s has asked %d queries of the story, not %d", s.outsider, s.beside, least)
	}
}

// TestLeadStory: a lead from a public form to its conversion, through the API; in none of its queries
// somebody of a dealer is told anything.
func TestLeadStory(t *testing.T) {
	s := newLeadStory(t)
	s.captured()
	s.assigned()
	s.reassigned()
	s.converted()
	s.watchedAll(15)
}

// TestPublicForms: what strangers may not send, and forms that are not in force.
func TestPublicForms(t *testing.T) {
	s := newLeadStory(t)
	refused := func(name, token string, fields url.Values, status int, part string) {
		t.Helper()
		if got, body := s.send(token, "", fields); got != status || !strings.Contains(body, part) {
			t.Errorf("%s: %d %s, want %d %s", name, got, body, status, part)
		}
	}
	ok := func() url.Values { return url.Values{"name": {"王芳"}, "mobile": {"13857180001"}} }
	with := func(name, v string) url.Values { f := ok(); f.Set(name, v); return f }
	refused("no token", "x", ok(), 404, "NOT_FOUND")
	refused("no name", s.token, url.Values{"mobile": {"13857180001"}}, 422, `"field":"name"`)
	refused("a field that there is not", s.token, with("owner_id", "sys_user_1"), 400, `"field":"owner_id"`)
	refused("an input that the form does not offer", s.token, with("source", "dealer"), 400, `"field":"source"`)
	refused("a bad value, by the page's name", s.token, with("scale", "s9"), 422, `"field":"scale"`)
	refused("no way to reach the person", s.token, url.Values{"name": {"王芳"}}, 422, "at least one way")
	refused("twice the same field", s.token, url.Values{"name": {"王芳", "李雷"}}, 400, `"field":"name"`)
	refused("a form that wants a captcha, and there is none", s.form("lead_form", "web", ", captcha: true"), ok(), 503, "UNAVAILABLE")
	refused("a form that ended", s.form("lead_form", "web", `, validUntil: "2026-04-30T09:40:00Z"`), ok(), 404, "NOT_FOUND")
	refused("a form that is off", s.form("lead_form", "web", `, status: inactive`), ok(), 404, "NOT_FOUND")
	refused("a capture that there is not", s.form("nothing", "web", ""), ok(), 404, "NOT_FOUND")
	refused("a user who may not capture", s.form("lead_form", "boss", ""), ok(), 403, "FORBIDDEN")
	if status, body := s.send(s.form("lead_form", "web", ""), "", with("_key", "k")); status != 200 {
		t.Errorf("a key is answered %d %s", status, body)
	}
	limited := s.form("lead_form", "web", ", perMinute: 2")
	for i, want := range []int{200, 200, 429} {
		if status, body := s.send(limited, "", url.Values{"name": {"王芳"}, "mobile": {fmt.Sprintf("1385718000%d", i)}}); status != want {
			t.Errorf("capture %d is answered %d %s, want %d", i, status, body, want)
		}
	}
	s.at("2026-04-30 17:41:00")
	if status, body := s.send(limited, "", ok()); status != 200 {
		t.Errorf("a minute later: %d %s", status, body)
	}
	s.do(s.admin, fmt.Sprintf(`mutation { updateSysUser(id: "sys_user_%d", patch: {status: inactive}) { sysUser { id } } }`, s.user("web").UserID))
	refused("a user who is not active", s.token, ok(), 404, "NOT_FOUND")
	req, err := http.NewRequest(http.MethodGet, "http://tenon/capture/"+s.form("lead_form", "li", ""), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Language", "zh-CN")
	res, err := s.web.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	var shown struct {
		Data struct{ Fields []map[string]any }
	}
	if err := json.NewDecoder(res.Body).Decode(&shown); err != nil || len(shown.Data.Fields) != 16 || shown.Data.Fields[0]["label"] != "姓名" || res.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("the form is shown as %v %v", shown, err)
	}
	if err := res.Body.Close(); err != nil {
		t.Fatal(err)
	}
}
