package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/ident"
)

// scanState is a scan for duplicates as the API shows it.
type scanState struct {
	ID, Status            string
	Total, Records, Cases int
}

// TestKilledScan kills the server around commits of a scan for duplicates, before and behind each, and then one later. The
// next start goes on by itself, and in the end every pair is in the queue once.
func TestKilledScan(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a server many times")
	}
	const guests = 1500
	data := t.TempDir()
	files := map[string]string{
		"tenon.json":                `{"name": "tenant", "version": "1.0.0", "label": {"en": "Inn", "zh-CN": "客栈"}}`,
		"objects/guest/object.json": `{"name": "guest", "label": {"en": "Guest", "zh-CN": "客人"}, "fields": [{"name": "code", "type": "text", "label": {"en": "Code", "zh-CN": "编码"}}, {"name": "phone", "type": "text", "label": {"en": "Phone", "zh-CN": "电话"}}]}`,
		"objects/pair/object.json": `{"name": "pair", "label": {"en": "Pair", "zh-CN": "疑似重复"}, "serves": "duplicate_case", "fields": [
			{"name": "object_name", "type": "text", "label": {"en": "Object", "zh-CN": "对象"}}, {"name": "record_a", "type": "text", "label": {"en": "A", "zh-CN": "甲"}}, {"name": "record_b", "type": "text", "label": {"en": "B", "zh-CN": "乙"}},
			{"name": "rule_code", "type": "text", "label": {"en": "Rule", "zh-CN": "规则"}}, {"name": "score", "type": "decimal", "scale": 4, "label": {"en": "Score", "zh-CN": "分数"}},
			{"name": "status", "type": "picklist", "default": "open", "label": {"en": "Status", "zh-CN": "状态"}, "values": [{"code": "open", "label": {"en": "Open", "zh-CN": "待处理"}}, {"code": "merged", "label": {"en": "Merged", "zh-CN": "已合并"}}, {"code": "not_dup", "label": {"en": "Not the same", "zh-CN": "非重复"}}]}],
			"keys": [{"fields": ["object_name", "record_a", "record_b"]}]}`,
	}
	must(t, "apply", "--data", data, write(t, files))
	key, want := "", []string{}
	t.Run("first start", func(t *testing.T) {
		s := serve(t, data, "--bare")
		key = s.key
		for from := 0; from < guests; from += 500 {
			var in []string
			for i := from; i < from+500; i++ {
				in = append(in, fmt.Sprintf(`{code: "g%04d", phone: "138%08d"}`, i, i%(guests/3)))
			}
			var out any
			s.query(&out, `mutation { createGuests(inputs: [`+strings.Join(in, ", ")+`]) { errors { code } } }`, nil)
		}
	})
	for i := range guests / 3 { // three of each
		a, b, c := fmt.Sprintf("g%04d", i), fmt.Sprintf("g%04d", i+guests/3), fmt.Sprintf("g%04d", i+2*guests/3)
		want = append(want, a+" "+b, a+" "+c, b+" "+c)
	}
	files["duplicates/guest.json"] = `{"object": "guest", "rules": [{"name": "phone", "keys": ["NORM_PHONE(phone)"], "match": [{"field": "phone", "normalise": "phone"}], "action": "warn", "message": {"en": "Known.", "zh-CN": "已存在。"}}]}`
	must(t, "apply", "--data", data, write(t, files))

	deaths, between := 0, map[int]bool{}
	for n, done := 1, false; !done; n++ {
		if n > 200 {
			t.Fatal("the scan does not end")
		}
		cmd := process(t, "serve", "--data", data, "--addr", "127.0.0.1:0")
		cmd.Env = append(cmd.Env, fmt.Sprintf("TENON_CRASH_AT=%d:%s", (n+1)/2, []string{"before", "after"}[n%2]))
		if killedScan(t, cmd, key) {
			deaths++
		}
		last := scanIn(t, data)
		between[last.Records] = true
		done = last.Status == "DONE"
	}
	t.Logf("killed %d times, seen behind the records %v", deaths, between)
	if deaths < 4 || len(between) < 3 { // at the beginning, at the end, and in between
		t.Errorf("the server was killed %d times, at %d places", deaths, len(between))
	}
	s := serve(t, data)
	s.key = key
	var all struct{ DuplicateScans []scanState }
	code := map[string]string{}
	got := []string{}
	for after := ""; ; {
		var page struct {
			Guests struct {
				Nodes    []struct{ ID, Code string }
				PageInfo struct {
					HasNextPage bool
					EndCursor   string
				}
			}
		}
		s.query(&page, `query($after: String) { guests(first: 500, after: $after) { nodes { id code } pageInfo { hasNextPage endCursor } } }`, cursor(after))
		for _, g := range page.Guests.Nodes {
			code[g.ID] = g.Code
		}
		if after = page.Guests.PageInfo.EndCursor; !page.Guests.PageInfo.HasNextPage {
			break
		}
	}
	for after := ""; ; {
		var page struct {
			Pairs struct {
				Nodes    []struct{ RecordA, RecordB string }
				PageInfo struct {
					HasNextPage bool
					EndCursor   string
				}
			}
		}
		s.query(&page, `query($after: String) { pairs(first: 500, after: $after) { nodes { recordA recordB } pageInfo { hasNextPage endCursor } } }`, cursor(after))
		for _, p := range page.Pairs.Nodes {
			got = append(got, code[p.RecordA]+" "+code[p.RecordB])
		}
		if after = page.Pairs.PageInfo.EndCursor; !page.Pairs.PageInfo.HasNextPage {
			break
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%d pairs, want %d", len(got), len(want))
	}
	s.query(&all, `{ duplicateScans { id status total records cases } }`, nil)
	if len(all.DuplicateScans) != 1 || all.DuplicateScans[0] != (scanState{"scan_1", "DONE", guests, guests, len(want)}) {
		t.Errorf("%+v", all.DuplicateScans)
	}
}

func cursor(after string) map[string]any {
	if after == "" {
		return nil
	}
	return map[string]any{"after": after}
}

// scanIn is how far the scan has come in a directory that nobody serves.
func scanIn(t *testing.T, data string) (last scanState) {
	t.Helper()
	in, err := openInstance(t.Context(), &common{data: data}, clock.System{}, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := in.close(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	var all struct{ DuplicateScans []scanState }
	in.ask(t, signedIn(ident.Principal{Name: "admin", Admin: true}), `{ duplicateScans { id status total records cases } }`, &all)
	if len(all.DuplicateScans) > 0 {
		last = all.DuplicateScans[0]
	}
	return last
}

// killedScan starts a server that may be killed, begins the scan unless there is one, and watches
// it. It says whether the server was killed.
func killedScan(t *testing.T, cmd *exec.Cmd, key string) bool {
	t.Helper()
	s := &server{t: t, key: key, out: &buffer{}, log: &buffer{}}
	cmd.Stdout, cmd.Stderr = s.out, s.log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for s.url == "" {
		select {
		case <-ended:
			return true
		case <-time.After(5 * time.Millisecond):
		}
		if _, rest, ok := strings.Cut(s.out.String(), " at "); ok && strings.Contains(rest, "\n") {
			s.url, _, _ = strings.Cut(rest, "\n")
		}
	}
	asked := false
	for deadline := latest(); ; time.Sleep(2 * time.Millisecond) {
		var a struct {
			Data struct{ DuplicateScans []scanState }
		}
		_, _, body, err := s.try("POST", "/graphql", operation(`{ duplicateScans { id status total records cases } }`, nil), nil)
		if err != nil {
			<-ended
			return true
		}
		if err := json.Unmarshal([]byte(body), &a); err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		switch list := a.Data.DuplicateScans; {
		case len(list) == 0 && !asked:
			// The answer does not matter: the server may be killed before it comes.
			_, _, _, err := s.try("POST", "/graphql", operation(`mutation { scanDuplicates(object: "guest") { id } }`, nil), nil)
			asked = err == nil
		case len(list) > 0:
			if list[0].Status == "RUNNING" {
				continue
			}
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			return <-ended != nil
		}
		if time.Now().After(deadline) {
			t.Fatalf("the scan does not begin: %s", body)
		}
	}
}
