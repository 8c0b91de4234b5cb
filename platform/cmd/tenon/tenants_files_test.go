package main

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// sheets is a package with a file.
var sheets = map[string]string{
	"tenon.json": `{"name": "tenant", "version": "1.0.0", "label": {"en": "Papers", "zh-CN": "文件"}}`,
	"objects/paper/object.json": `{"name": "paper", "label": {"en": "Paper", "zh-CN": "文件"}, "pluralLabel": {"en": "Papers", "zh-CN": "文件"}, "fields": [
		{"name": "name", "type": "text", "label": {"en": "Name", "zh-CN": "名称"}, "maxLength": 80},
		{"name": "doc", "type": "file", "label": {"en": "Content", "zh-CN": "内容"}}]}`,
}

var fileID = regexp.MustCompile(`"id":"([0-9a-f]+)"`)

// TestTenantFiles: a file of one tenant is none of another's, neither to read nor to refer to, and a
// tenant without room takes none.
func TestTenantFiles(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, "--bare")
	a, b := s.tenant("alpha", "--packages", "-"), s.tenant("beta", "--packages", "-")
	for _, m := range []*member{a, b} {
		must(t, "apply", "--data", data, "--tenant", m.name, write(t, sheets))
	}
	text := map[string]string{"Content-Type": "text/plain"}
	status, _, body := a.at(http.MethodPost, "/files?object=paper&field=doc&name=n.txt", "of alpha", text)
	found := fileID.FindStringSubmatch(body)
	if status/100 != 2 || found == nil {
		t.Fatal(status, body)
	}
	if status, _, body := a.at(http.MethodGet, "/files/"+found[1], "", nil); status != http.StatusOK || body != "of alpha" {
		t.Errorf("at alpha: %d %s", status, body)
	}
	if status, _, body := b.at(http.MethodGet, "/files/"+found[1], "", nil); status != http.StatusNotFound || strings.Contains(body, "alpha") {
		t.Errorf("at beta: %d %s", status, body)
	}
	create := fmt.Sprintf(`mutation { createPaper(input: {name: "x", doc: %q}) { paper { doc } } }`, found[1])
	if got := b.refused("/graphql", create, nil); got == "" {
		t.Error("beta's record names alpha's file")
	}
	a.ask("/graphql", create, nil, nil)
	a.limit("storage=1")
	if status, _, body := a.at(http.MethodPost, "/files?object=paper&field=doc&name=m.txt", "more", text); status != http.StatusInsufficientStorage || code(t, body) != "LIMIT_EXCEEDED" {
		t.Errorf("a file in a full tenant: %d %s", status, body)
	}
	if status, _, body := b.at(http.MethodPost, "/files?object=paper&field=doc&name=m.txt", "more", text); status/100 != 2 {
		t.Errorf("a file in another tenant: %d %s", status, body)
	}
}

// TestTenantJobs: an open tenant's imports go on within other limits as soon as they are set.
func TestTenantJobs(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, "--bare")
	m := s.tenant("alpha", "--packages", "-")
	must(t, "apply", "--data", data, "--tenant", "alpha", write(t, naps))
	for _, limits := range []string{"", "jobs=1", "jobs=5", ""} {
		m.limit(limits)
		status, h, body := m.at(http.MethodPost, "/import?object=nap&name=a.csv", "name\nAnn\n", map[string]string{"Content-Type": "text/plain"})
		if status/100 != 2 {
			t.Fatal(status, body)
		}
		job := h.Get("Location")
		if status, _, body := m.at(http.MethodPost, job+"/check", "", nil); status/100 != 2 {
			t.Fatal(status, body)
		}
		deadline := latest()
		for body = ""; !strings.Contains(body, `"status":"checked"`); _, _, body = m.at(http.MethodGet, job, "", nil) {
			if time.Now().After(deadline) {
				t.Fatalf("with %q an import is not checked: %s", limits, body)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	var now struct {
		Tenant struct {
			Limits struct{ Jobs *int }
			Use    struct{ Jobs, Requests int }
		}
	}
	s.admin(&now, `{ tenant(name: "alpha") { limits { jobs } use { jobs requests } } }`, nil)
	if now.Tenant.Limits.Jobs != nil || now.Tenant.Use.Jobs != 0 || now.Tenant.Use.Requests != 0 {
		t.Errorf("%+v", now)
	}
}
