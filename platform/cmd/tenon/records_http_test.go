package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// tasks is a package of an object with what records can have, and of its parts.
var tasks = map[string]string{
	"tenon.json": `{"name": "tasks", "version": "1.0.0", "label": {"en": "Tasks", "zh-CN": "事项"}}`,
	"objects/errand/object.json": `{"name": "errand", "label": {"en": "Errand", "zh-CN": "事项"}, "nameField": "name", "features": ["history", "search"], "fields": [
		{"name": "name", "type": "text", "search": true}, {"name": "weight", "type": "int"}, {"name": "done", "type": "bool"}],
		"rules": [{"name": "light", "when": "weight > 10", "field": "weight", "message": {"en": "Too heavy.", "zh-CN": "过重。"}}]}`,
	"objects/part/object.json": `{"name": "part", "label": {"en": "Part", "zh-CN": "部分"}, "fields": [{"name": "name", "type": "text"}, {"name": "errand_id", "type": "lookup", "to": "errand"}]}`,
}

// errands serves that package; says holds an answer to a part, and gives it.
func errands(t *testing.T) (s *server, says func(part, query string, args ...any) string) {
	data := t.TempDir()
	s = serve(t, data, "--bare", "--test-clock")
	must(t, "apply", "--data", data, write(t, tasks))
	return s, func(part, query string, args ...any) string {
		t.Helper()
		query = fmt.Sprintf(query, args...)
		_, body := s.graphql(query, nil)
		if !strings.Contains(body, part) {
			t.Errorf("%s\nanswered %.800s\nwithout %s", query, body, part)
		}
		return body
	}
}

func (s *server) errand(input string) (id string) {
	s.t.Helper()
	var made struct {
		CreateErrand struct{ Errand struct{ ID string } }
	}
	s.query(&made, `mutation { createErrand(input: `+input+`) { errand { id } } }`, nil)
	return made.CreateErrand.Errand.ID
}

// TestSearchOverHTTP finds words and parts of words, Chinese ones too, the best first, in one object and in all.
func TestSearchOverHTTP(t *testing.T) {
	s, says := errands(t)
	for _, name := range []string{"华东经销商大会", "Dealer", "The Dealers' club", "Other"} {
		s.errand(fmt.Sprintf("{name: %q}", name))
	}
	says(`{"totalCount":2,"nodes":[{"name":"Dealer"},{"name":"The Dealers' club"}]}`, `{ errands(search: "dealer") { totalCount nodes { name } } }`)
	says(`[{"name":"华东经销商大会"}]`, `{ errands(search: "经销") { nodes { name } } }`)
	says(`[{"name":"The Dealers' club"}]`, `{ errands(search: "dealer", filter: {name: {startsWith: "The"}}) { nodes { name } } }`)
	says(`[{"object":"errand","title":"Dealer"},{"object":"errand","title":"The Dealers' club"}]`, `{ search(text: "dealer", objects: ["errand"]) { object title } }`)
	says(`"code":"INVALID_INPUT"`, `{ search(text: "") { title } }`)
	says(`[{"count":2}]`, `{ errandAggregate(search: "dealer") { count } }`)
}

// TestLifeOverHTTP takes a record through its life: its history, how it was at each time, deletion,
// restoration and purging.
func TestLifeOverHTTP(t *testing.T) {
	s, says := errands(t)
	if status, _, body := s.call(http.MethodPost, "/_test/clock", `{"set": "2031-03-03T09:00:00Z"}`, nil); status != http.StatusOK {
		t.Fatal(body)
	}
	id := s.errand(`{name: "First", weight: 1}`)
	advance(t, s, "PT1H")
	says(`"version":2`, `mutation { updateErrand(id: %q, ifVersion: 1, patch: {name: "Second"}) { errand { version } } }`, id)
	says(`"code":"VERSION_CONFLICT"`, `mutation { updateErrand(id: %q, ifVersion: 1, patch: {name: "Third"}) { errand { version } } }`, id)
	advance(t, s, "PT1H")
	says(`"name":"Second"`, `mutation { deleteErrand(id: %q) { errand { name } } }`, id)
	says(`{"errand":null}`, `{ errand(id: %q) { name } }`, id)
	says(`{"errands":{"totalCount":0}}`, `{ errands { totalCount } }`)
	for at, want := range map[string]string{"08:30": `{"errand":null}`, "09:30": `{"errand":{"name":"First","weight":1}}`, "10:30": `{"errand":{"name":"Second","weight":1}}`, "11:30": `{"errand":null}`} {
		says(want, `{ errand(id: %q, asOf: "2031-03-03T%s:00Z") { name weight } }`, id, at)
	}
	says(`"version":4`, `mutation { restoreErrand(id: %q) { errand { version } } }`, id)
	body := says(`"history":[{"verb":`, `{ errand(id: %q) { history(first: 10) { verb } } }`, id)
	if n := strings.Count(body, `"verb"`); n != 4 {
		t.Errorf("%d entries of history: %s", n, body)
	}
	var page struct {
		Data struct {
			Errand struct {
				History []struct{ Verb, Cursor string }
			}
		}
	}
	if err := json.Unmarshal([]byte(says(`"cursor"`, `{ errand(id: %q) { history(first: 2) { verb cursor } } }`, id)), &page); err != nil || len(page.Data.Errand.History) != 2 {
		t.Fatal(err, page)
	}
	last := page.Data.Errand.History[1].Cursor
	says(`"history":[{"verb":"update"},{"verb":"create"}]`, `{ errand(id: %q) { history(first: 5, after: %q) { verb } } }`, id, last)
	says(`"code":"INVALID_INPUT"`, `{ errand(id: %q) { history(after: "x%s") { verb } } }`, id, last)
	says(`"code"`, `mutation { purgeErrand(id: %q) { errand { id } } }`, id) // it is not in the recycle bin
	says(`"deleteErrand"`, `mutation { deleteErrand(id: %q) { errand { id } } }`, id)
	says(`"purgeErrand":{"errand":null}`, `mutation { purgeErrand(id: %q) { errand { id } } }`, id)
	says(`"code":"NOT_FOUND"`, `mutation { restoreErrand(id: %q) { errand { id } } }`, id)
	says(`{"errand":null}`, `{ errand(id: %q, asOf: "2031-03-03T09:30:00Z") { name } }`, id)
}

// TestBulkOverHTTP writes many records in a call: all or none, or each by itself with what is wrong with the
// others, and never more than a thousand.
func TestBulkOverHTTP(t *testing.T) {
	_, says := errands(t)
	var all []string
	for i := range fewer(1000, 50) {
		all = append(all, fmt.Sprintf(`{name: "E%d", weight: %d}`, i, i%10))
	}
	list := strings.Join(all, ", ")
	body := says(`"data":null`, `mutation { createErrands(inputs: [%s, {name: "heavy", weight: 11}]) { errand { id } } }`, strings.Join(all[1:], ", "))
	if !strings.Contains(body, fmt.Sprintf(`"index":%d`, len(all)-1)) {
		t.Errorf("which is it? %s", body)
	}
	says(`{"totalCount":0}`, `{ errands { totalCount } }`)
	says(`"createErrands":[{"errand":{"id":"`, `mutation { createErrands(inputs: [%s]) { errand { id } } }`, list)
	says(fmt.Sprintf(`{"totalCount":%d}`, len(all)), `{ errands { totalCount } }`)
	says(`[{"errand":{"name":"A"},"errors":null},{"errand":null,"errors":[{"code":"VALIDATION_FAILED","field":"weight"}]},{"errand":{"name":"C"},"errors":null}]`,
		`mutation { createErrands(inputs: [{name: "A"}, {name: "B", weight: 11}, {name: "C"}], atomic: false) { errand { name } errors { code field } } }`)
	says(`"code":"LIMIT_EXCEEDED"`, `mutation { createErrands(inputs: [%s]) { errand { id } } }`, strings.TrimSuffix(strings.Repeat(`{name: "x"}, `, 1001), ", "))
	says(fmt.Sprintf(`{"totalCount":%d}`, len(all)+2), `{ errands { totalCount } }`)
}

// TestCostOverHTTP: every answer says what it was taken to cost and what it read, and a key has no more than
// its budget.
func TestCostOverHTTP(t *testing.T) {
	s, says := errands(t)
	for i := range 3 {
		s.errand(fmt.Sprintf("{weight: %d}", i))
	}
	says(`"rows":3}`, `{ errands(first: 10) { nodes { weight } } }`)
	says(`"cost":{"estimated":`, `{ errands(first: 10) { nodes { weight } } }`)
	says(`"code":"COST_EXCEEDED"`, `{ errands(first: 500) { nodes { parts(first: 500) { nodes { id name createdAt updatedAt version } } more: parts(first: 500) { nodes { id name createdAt updatedAt version }  } yet: parts(first: 500) { nodes { id name createdAt updatedAt version } } then: parts(first: 500) { nodes { id name createdAt updatedAt version } } } } }`)
	key := lastLine(must(t, "key", "create", "--data", s.data, "--budget", "100"))
	codes := map[string]int{}
	for range 20 {
		codes[s.as(key, `{ errands(first: 10) { nodes { weight } } }`, nil)]++
	}
	if codes[""] == 0 || codes["COST_EXCEEDED"] == 0 && codes["LIMIT_EXCEEDED"] == 0 {
		t.Errorf("a key with a budget: %v", codes)
	}
	advance(t, s, "PT2M")
	if code := s.as(key, `{ errands(first: 1) { nodes { weight } } }`, nil); code != "" {
		t.Errorf("two minutes later: %s", code)
	}
}

// TestFilteredSubscriptionOverHTTP: a subscriber hears of what the filter lets through, and no more once the key is revoked.
func TestFilteredSubscriptionOverHTTP(t *testing.T) {
	s, _ := errands(t)
	req, err := http.NewRequest(http.MethodPost, s.url+"/graphql", strings.NewReader(operation(`subscription { errandChanged(filter: {weight: {gt: 5}}) { errand { name } } }`, nil)))
	if err != nil {
		t.Fatal(err)
	}
	key := lastLine(must(t, "key", "create", "--data", s.data, "--label", "listens"))
	for k, v := range map[string]string{"Authorization": "Bearer " + key, "Content-Type": "application/json", "Accept": "text/event-stream"} {
		req.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := make(chan string)
	go func() {
		defer close(lines)
		for in := bufio.NewScanner(res.Body); in.Scan(); {
			if data, ok := strings.CutPrefix(in.Text(), "data: {"); ok {
				lines <- data
			}
		}
	}()
	s.errand(`{name: "light", weight: 1}`)
	s.errand(`{name: "heavy", weight: 9}`)
	deadline := time.After(time.Until(latest()))
	select {
	case got := <-lines:
		if !strings.Contains(got, "heavy") {
			t.Errorf("told of %s", got)
		}
	case <-deadline:
		t.Fatal("nothing is told")
	}
	for _, k := range s.keysCalled("listens") {
		must(t, "key", "revoke", "--data", s.data, "--user", "admin", k)
	}
	s.errand(`{name: "later", weight: 8}`)
	for {
		select {
		case got, open := <-lines:
			if !open {
				return
			}
			if strings.Contains(got, "later") {
				t.Fatalf("a key that was revoked is told of %s", got)
			}
		case <-deadline:
			t.Fatal("the stream goes on with a key that was revoked")
		}
	}
}

// keysCalled are the ids of the administrator's keys with a label.
func (s *server) keysCalled(label string) (ids []string) {
	s.t.Helper()
	var keys []keyView
	if err := json.Unmarshal([]byte(must(s.t, "key", "list", "--data", s.data, "--user", "admin", "--json")), &keys); err != nil {
		s.t.Fatal(err)
	}
	for _, k := range keys {
		if k.Label == label {
			ids = append(ids, k.ID)
		}
	}
	return ids
}
