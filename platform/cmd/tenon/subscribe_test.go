package main

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
)

// TestSlowSubscribers opens 20 streams whose clients read nothing while 4,000 changes of 5 kB are
// written: no writer waits for them, the server keeps nothing for them, and what a client reads at
// last is in order.
func TestSlowSubscribers(t *testing.T) {
	const clients, bulk, copies = 20, 100, 25
	batches := fewer(40, 4)
	data := t.TempDir()
	s := serve(t, data, "--bare")
	must(t, "apply", "--data", data, write(t, notes))
	var b strings.Builder
	for i := range copies {
		fmt.Fprintf(&b, "n%d: name ", i)
	}
	var streams []*http.Response
	for range clients {
		req, err := http.NewRequest(http.MethodPost, s.url+"/graphql", strings.NewReader(operation(`subscription { noteChanged { note { `+b.String()+`} } }`, nil)))
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range map[string]string{"Authorization": "Bearer " + s.key, "Content-Type": "application/json", "Accept": "text/event-stream"} {
			req.Header.Set(k, v)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		streams = append(streams, res)
	}
	write := func(batch int) {
		t.Helper()
		var in strings.Builder
		for i := range bulk {
			fmt.Fprintf(&in, `{name: "n%d %0190d"} `, batch*bulk+i, 0)
		}
		var out map[string]any
		s.query(&out, `mutation { createNotes(inputs: [`+in.String()+`]) { note { id } } }`, nil)
	}
	write(0)
	before := resident(t, s.process.Pid)
	for batch := 1; batch < batches; batch++ {
		write(batch)
	}
	// Kept for each of the clients, the changes would be 400 MB. The heap grows by 64 MB between two collections anyway.
	grown := resident(t, s.process.Pid) - before
	t.Logf("%d kB more are resident", grown)
	if grown > 200_000 && !raced() { // the race detector takes several times as much
		t.Errorf("the server has grown by %d kB", grown)
	}
	lines := bufio.NewReader(streams[0].Body)
	for seen := 0; seen < 3*bulk; {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("after %d changes: %v", seen, err)
		}
		if strings.HasPrefix(line, "data: {") {
			if !strings.Contains(line, fmt.Sprintf(`"n0":"n%d `, seen)) {
				t.Fatalf("change %d is %.200s", seen, line)
			}
			seen++
		}
	}
}

// resident is how much memory of a process is in use, in kB.
func resident(t *testing.T, pid int) (kB int) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Skip("needs /proc")
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	if _, err := fmt.Sscan(rest, &kB); err != nil {
		t.Fatal(err)
	}
	return kB
}
