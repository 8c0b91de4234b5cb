package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/blob"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/ident"
)

// TestKilledUploads kills the server around each commit of an upload and of the write that uses it:
// every file that a record names is whole, and the sweep leaves nothing else.
func TestKilledUploads(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a server a dozen times")
	}
	data := t.TempDir()
	must(t, "apply", "--data", data, write(t, map[string]string{
		"tenon.json":               `{"name": "tenant", "version": "1.0.0", "label": {"en": "Papers", "zh-CN": "文件"}}`,
		"objects/deal/object.json": `{"name": "deal", "label": {"en": "Deal", "zh-CN": "交易"}, "fields": [{"name": "paper", "type": "file", "label": {"en": "Paper", "zh-CN": "文件"}}]}`,
	}))
	deaths, key := 0, ""
	t.Run("first start", func(t *testing.T) { key = serve(t, data, "--bare").key })
	for n, alive := 1, false; n <= 40 && !alive; n++ {
		for _, when := range []string{"before", "after"} {
			cmd := process(t, "serve", "--data", data, "--addr", "127.0.0.1:0", "--bare")
			cmd.Env = append(cmd.Env, fmt.Sprintf("TENON_CRASH_AT=%d:%s", n, when))
			if alive = !killedUpload(t, cmd, key, fmt.Sprintf("content %d %s", n, when)); !alive {
				deaths++
			}
		}
	}
	if deaths < 4 {
		t.Errorf("the server was killed %d times only", deaths)
	}
	in, err := openInstance(context.Background(), &common{data: data}, clock.NewFixed(clock.System{}.Now().Add(25*time.Hour)), slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := in.close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	if _, err := in.files.Sweep(context.Background()); err != nil {
		t.Fatal(err)
	}
	var a struct {
		Deals struct{ Nodes []struct{ Paper stored } }
	}
	admin := signedIn(ident.Principal{Name: "admin", Admin: true})
	in.ask(t, admin, `{ deals { nodes { paper } } }`, &a)
	for _, d := range a.Deals.Nodes {
		h, err := blob.Parse(d.Paper.Hash)
		if err != nil {
			t.Fatal(err)
		}
		r, err := in.files.Blobs.Get(context.Background(), h, 0, d.Paper.Size)
		if err != nil {
			t.Errorf("%+v: %v", d.Paper, err)
			continue
		}
		var got bytes.Buffer
		_, err = got.ReadFrom(r)
		if err := errors.Join(err, r.Close()); err != nil || !strings.HasPrefix(got.String(), "content ") {
			t.Errorf("%+v: %q %v", d.Paper, got.String(), err)
		}
	}
	t.Logf("killed %d times, %d records", deaths, len(a.Deals.Nodes))
	if got := blobs(t, data); len(got) != len(a.Deals.Nodes) || len(got) == 0 {
		t.Errorf("%d contents for %d records", len(got), len(a.Deals.Nodes))
	}
}

// killedUpload starts a server that may be killed, uploads a file and makes a record with it. It
// says whether the server was killed.
func killedUpload(t *testing.T, cmd *exec.Cmd, key, content string) bool {
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
	status, _, body, err := s.try(http.MethodPost, "/files?object=deal&field=paper", content, map[string]string{"Content-Type": "text/plain"})
	var a struct{ Data stored }
	if err == nil && json.Unmarshal([]byte(body), &a) == nil {
		// The answer, if there is one, does not matter: what is kept is looked at in the end.
		_, _, _, err = s.try(http.MethodPost, "/graphql", operation(fmt.Sprintf(`mutation { createDeal(input: {paper: %q}) { deal { id } } }`, a.Data.ID), nil), nil)
	}
	if err != nil {
		<-ended
		return true
	}
	if status != http.StatusCreated {
		t.Errorf("uploaded: %d %s", status, body)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Fatalf("the server ended with %v\n%s", err, s.log)
	}
	return false
}
