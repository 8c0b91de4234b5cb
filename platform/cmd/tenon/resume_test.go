package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// notes is a package of one object.
var notes = map[string]string{
	"tenon.json":               `{"name": "notes", "version": "1.0.0", "label": {"en": "Notes", "zh-CN": "便签"}}`,
	"objects/note/object.json": `{"name": "note", "label": {"en": "Note", "zh-CN": "便签"}, "fields": [{"name": "name", "type": "text"}]}`}

// noteStream is a stream of changes of notes behind a cursor.
type noteStream struct {
	t      *testing.T
	body   *http.Response
	events *bufio.Reader
}

// watch opens a stream; an empty cursor is the present.
func (s *server) watch(after string) *noteStream {
	s.t.Helper()
	arg := ""
	if after != "" {
		arg = fmt.Sprintf("(after: %q)", after)
	}
	req, err := http.NewRequest(http.MethodPost, s.url+"/graphql", strings.NewReader(operation(`subscription { noteChanged`+arg+` { cursor note { name } } }`, nil)))
	if err != nil {
		s.t.Fatal(err)
	}
	for k, v := range map[string]string{"Authorization": "Bearer " + s.key, "Content-Type": "application/json", "Accept": "text/event-stream"} {
		req.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	return &noteStream{t: s.t, body: res, events: bufio.NewReader(res.Body)}
}

// next is the cursor and the name of the next change.
func (n *noteStream) next() (cursor, name string) {
	n.t.Helper()
	for {
		line, err := n.events.ReadString('\n')
		if err != nil {
			n.t.Fatal(err)
		}
		if data, ok := strings.CutPrefix(line, "data: {"); ok {
			var c struct {
				NoteChanged struct {
					Cursor string
					Note   struct{ Name string }
				}
			}
			decode(n.t, "{"+data, &c)
			return c.NoteChanged.Cursor, c.NoteChanged.Note.Name
		}
	}
}

func (n *noteStream) cut() {
	n.t.Helper()
	if err := n.body.Body.Close(); err != nil {
		n.t.Error(err)
	}
}

// TestSubscriptionIsResumed cuts a client's connection off again and again while others write: it
// sees each change once and in order, also those that were made while it was away.
func TestSubscriptionIsResumed(t *testing.T) {
	total, bulk := fewer(3000, 120), fewer(100, 10)
	data := t.TempDir()
	s := serve(t, data, "--bare")
	must(t, "apply", "--data", data, write(t, notes))
	stream := s.watch("")
	var writer sync.WaitGroup
	writer.Go(func() {
		for i := 0; i < total; i += bulk {
			var in strings.Builder
			for k := range bulk {
				fmt.Fprintf(&in, `{name: "n%d"} `, i+k)
			}
			if status, _, answer, err := s.try(http.MethodPost, "/graphql", operation(`mutation { createNotes(inputs: [`+in.String()+`]) { note { id } } }`, nil), nil); err != nil || status != http.StatusOK || strings.Contains(answer, `"errors"`) {
				t.Errorf("%d %v %s", status, err, answer)
				return
			}
		}
	})
	for i := range total {
		cursor, name := stream.next()
		if want := fmt.Sprintf("n%d", i); name != want {
			t.Fatalf("change %d is of %q", i, name)
		}
		switch i {
		case total / 5, total / 3, total / 2:
			stream.cut()
			stream = s.watch(cursor)
		case total * 2 / 3: // away until everything is written
			stream.cut()
			writer.Wait()
			stream = s.watch(cursor)
		}
	}
	stream.cut()
	writer.Wait()
}

// TestWriteControl dries writes, and repeats them under a key, one after another and at once.
func TestWriteControl(t *testing.T) {
	s := shop(t)
	create := func(name, control string) string {
		t.Helper()
		_, _, answer := s.call(http.MethodPost, "/graphql", operation(fmt.Sprintf(`mutation { createClient(input: {code: %q, name: %[1]q, visits: 3}, %s) { client { id code version } } }`, name, control), nil), nil)
		answer, _, _ = strings.Cut(answer, `,"extensions":{"cost"`)
		return answer
	}
	has := func(got, part string) {
		t.Helper()
		if !strings.Contains(got, part) {
			t.Errorf("got %s, want %s in it", got, part)
		}
	}
	count := func(want int) {
		t.Helper()
		var found struct{ Clients struct{ TotalCount int } }
		if s.query(&found, `{ clients { totalCount } }`, nil); found.Clients.TotalCount != want {
			t.Errorf("%d clients, want %d", found.Clients.TotalCount, want)
		}
	}
	has(create("Ghost", "dryRun: true"), `"code":"Ghost","version":1`)
	_, body := s.graphql(`mutation { createClients(inputs: [{code: "a"}, {code: "b", visits: -1}], atomic: false, dryRun: true) { client { code } errors { code } } }`, nil)
	has(body, `[{"client":null,"errors":null},{"client":null,"errors":[{"code":"VALIDATION_FAILED"}]}]`)
	count(0)
	first := create("Once", `idempotencyKey: "k"`)
	has(first, `"code":"Once"`)
	if again := create("Once", `idempotencyKey: "k"`); again != first {
		t.Errorf("the second answer is %s, the first was %s", again, first)
	}
	has(create("Other", `idempotencyKey: "k"`), `"code":"IDEMPOTENCY_KEY_REUSED"`)
	count(1)
	answers := make([]string, 12)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() {
			_, _, answer, err := s.try(http.MethodPost, "/graphql", operation(`mutation { createClient(input: {code: "race"}, idempotencyKey: "race") { client { id } } }`, nil), nil)
			if err != nil {
				t.Error(err)
			}
			answers[i], _, _ = strings.Cut(answer, `,"extensions":{"cost"`)
		})
	}
	all.Wait()
	for _, a := range answers {
		if a != answers[0] || strings.Contains(a, `"errors"`) {
			t.Fatalf("at once: %s and %s", a, answers[0])
		}
	}
	count(2)
}

// stop ends the server as an operator does, who wants it to end what it is at.
func (s *server) stop() {
	s.t.Helper()
	if err := s.process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	if err := <-s.ended; err != nil {
		s.t.Fatalf("the server ended with %v\n%s", err, s.log)
	}
	s.url = ""
}

// TestImportGoesOn stops the server in the middle of an import. The next start goes on by itself,
// exactly the rows of the file are there in the end, and an undo takes all of them back.
func TestImportGoesOn(t *testing.T) {
	rows, behind := fewer(8000, 240), fewer(1000, 0) // a transaction writes 1,000
	s := shop(t)
	var file strings.Builder
	file.WriteString("code,name,visits\n")
	want := []string{}
	for i := range rows {
		line := fmt.Sprintf("c%d,Client %d,%d", i, i, rand.IntN(1000))
		file.WriteString(line + "\n")
		want = append(want, line)
	}
	f, _ := s.importOf("client", "clients.csv", file.String())
	s.answer(&importState{}, http.MethodPost, "/import/"+f.id+"/run", "")
	cut := f.progress()
	for ; cut.Done < int64(behind); cut = f.progress() {
		time.Sleep(time.Millisecond)
	}
	data := s.data
	s.stop()
	if cut.Status != "running" {
		t.Fatalf("the import was over before: %+v", cut)
	}
	s = serve(t, data)
	f.s = s
	if st := f.wait(); st.Status != "done" || st.Created != int64(rows) || st.Failed != 0 {
		t.Fatalf("%+v %+v", st, f.findings())
	}
	list := func() []string {
		got := strings.Split(strings.TrimSpace(s.exported("client", "format=csv&fields=code,name,visits&header=name&noMark=true")), "\n")[1:]
		slices.Sort(got)
		return got
	}
	slices.Sort(want)
	if got := list(); !slices.Equal(got, want) {
		t.Errorf("%d rows were imported, %d records are there, or they differ", len(want), len(got))
	}
	if st := f.do("undo"); st.Status != "undone" || st.Undone != int64(rows) || st.Refused != 0 {
		t.Errorf("%+v %+v", st, f.findings())
	}
	if got := list(); len(got) != 0 {
		t.Errorf("after the undo there are %d", len(got))
	}
}
