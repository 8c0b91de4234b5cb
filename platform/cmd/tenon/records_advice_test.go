package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/plugins/standard/tenanttest"
)

// parcels is a package without any index of its own.
var parcels = map[string]string{
	"tenon.json": `{"name": "post", "version": "1.0.0", "label": {"en": "Post", "zh-CN": "邮政"}}`,
	"objects/parcel/object.json": `{"name": "parcel", "label": {"en": "Parcel", "zh-CN": "包裹"}, "fields": [
		{"name": "name", "type": "text"}, {"name": "route", "type": "text"}, {"name": "weight", "type": "int"}, {"name": "sent_on", "type": "date"}]}`,
	"objects/stamp/object.json": `{"name": "stamp", "label": {"en": "Stamp", "zh-CN": "邮戳"}, "fields": [
		{"name": "parcel_id", "type": "lookup", "to": "parcel"}, {"name": "place", "type": "text"}]}`,
}

// advised is an index that would have helped, with the file that adds it.
type advised struct {
	Object string
	Change struct {
		Path    string
		Content json.RawMessage
	}
}

// asked gives what an operation answers, the indexes that it lacks, and the least time of some tries.
func (s *server) asked(query string) (data string, lacks []advised, took time.Duration) {
	s.t.Helper()
	took = time.Hour
	for range 12 {
		start := time.Now()
		_, body := s.graphql(query, nil)
		took = min(took, time.Since(start))
		var a struct {
			Data       json.RawMessage
			Extensions struct{ Cost struct{ Indexes []advised } }
		}
		if err := json.Unmarshal([]byte(body), &a); err != nil || answered(s.t, body, nil) != "" {
			s.t.Fatal(body)
		}
		data, lacks = string(a.Data), a.Extensions.Cost.Indexes
	}
	return data, lacks, took
}

// take writes an advised file as it is; where there is one already, it adds the indexes.
func take(t *testing.T, file string, content []byte) {
	t.Helper()
	type extension struct {
		Object  string            `json:"object"`
		Indexes []json.RawMessage `json:"indexes"`
	}
	if old, err := os.ReadFile(file); err == nil {
		var was, more extension
		if err := errors.Join(json.Unmarshal(old, &was), json.Unmarshal(content, &more)); err != nil {
			t.Fatal(err)
		}
		was.Indexes = append(was.Indexes, more.Indexes...)
		if content, err = json.Marshal(was); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, content, 0o600)); err != nil {
		t.Fatal(err)
	}
}

// TestIndexAdviceOverHTTP: a slow answer says which index would have helped, as a file that is planned and applied as
// it is; the same operation then answers the same, in less time, and has nothing more to say.
func TestIndexAdviceOverHTTP(t *testing.T) {
	tenanttest.Needs(t, "explain")
	data := t.TempDir()
	s := serve(t, data, "--bare", "--slow", "1us")
	must(t, "apply", "--data", data, write(t, parcels))
	var rows strings.Builder
	for i := range 30_000 {
		fmt.Fprintf(&rows, `{"name": "P%d", "route": "r%d", "weight": %d, "sent_on": "2026-%02d-%02d"}`+"\n", i, i%40, i*7919%1000, 1+i%12, 1+i*31%28)
	}
	file := filepath.Join(t.TempDir(), "parcels.jsonl")
	if err := os.WriteFile(file, []byte(rows.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, "load", "--data", data, "--object", "parcel", file)
	mine := filepath.Join(t.TempDir(), "mine")
	must(t, "pull", "--data", data, "--out", mine)
	for _, c := range []struct {
		name, query string
		times       time.Duration // by how much it is cheaper at least
	}{
		{"a filter and an order", `{ parcels(filter: {route: {eq: "r7"}, weight: {gt: 500}}, orderBy: [{sentOn: DESC}], first: 20) { nodes { name sentOn } } }`, 2},
		{"a range", `{ parcels(filter: {weight: {between: [990, 991]}}, orderBy: [{weight: ASC}], first: 20) { nodes { weight } } }`, 2},
		{"groups", `{ parcelAggregate(groupBy: [{name: true}], first: 100) { key { name } sum { weight } } }`, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, lacks, slow := s.asked(c.query)
			if len(lacks) != 1 || lacks[0].Object != "parcel" {
				t.Fatalf("the answer lacks %+v", lacks)
			}
			change := lacks[0].Change
			take(t, filepath.Join(mine, filepath.FromSlash(change.Path)), change.Content)
			plan := filepath.Join(t.TempDir(), "plan.json")
			if out := must(t, "plan", "--data", data, mine, "--out", plan); !strings.Contains(out, "index") {
				t.Errorf("the plan says %s", out)
			}
			must(t, "apply", "--data", data, plan)
			after, lacks, quick := s.asked(c.query)
			if len(lacks) != 0 || after != before || before == "" {
				t.Errorf("with the index the answer lacks %+v\n%s\nwithout %s", lacks, after, before)
			}
			if quick*c.times >= slow {
				t.Errorf("%v with the index, %v without", quick, slow)
			}
			t.Logf("%v without the index %s, %v with it", slow, change.Content, quick)
		})
	}
	t.Run("details", func(t *testing.T) {
		if _, lacks, _ := s.asked(`{ stamps(orderBy: [{place: ASC}]) { nodes { place } } }`); len(lacks) != 1 || lacks[0].Object != "stamp" {
			t.Errorf("the answer lacks %+v", lacks)
		}
	})
	t.Run("quick enough", func(t *testing.T) {
		other := serve(t, t.TempDir(), "--bare")
		must(t, "apply", "--data", other.data, write(t, parcels))
		if _, lacks, _ := other.asked(`{ parcels(filter: {weight: {gt: 3}}, orderBy: [{sentOn: DESC}]) { nodes { name } } }`); len(lacks) != 0 {
			t.Errorf("a quick answer lacks %+v", lacks)
		}
	})
}
