package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/auth"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/plugins/stores/mongo/mongotest"
	"github.com/tenon-platform/tenon/workflow/script/worker"
)

// asCommand makes the test binary the command: so the server under test is the real one, and the
// race detector watches it when it watches the tests.
const asCommand = "TENON_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	// Hundreds of passwords are hashed here, none of them secret.
	auth.DefaultCost = auth.Cost{Time: 1, Memory: 1 << 10, Threads: 1}
	if os.Getenv(asCommand) == "" && (len(os.Args) < 2 || os.Args[1] != worker.Verb) { // workers get no environment
		code := m.Run()
		if err := os.RemoveAll(buildDir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = max(code, exitFailed)
		}
		os.Exit(code)
	}
	data := ""
	if i := slices.Index(os.Args, "--data"); i >= 0 {
		data = os.Args[i+1]
	}
	engine, err := testEngine(data)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(exitFailed)
	}
	os.Exit(command(engine))
}

// testEngine is the engine of a data directory of the tests: nil for that of the product, SQLite, or
// one with databases of its own on the MongoDB that the environment names.
func testEngine(data string) (driver.Engine, error) {
	return mongotest.Engine(fmt.Sprintf("tenon_%x", sha256.Sum256([]byte(data)))[:30])
}

// onMongoDB says whether the tests run on the MongoDB that the environment names.
func onMongoDB() bool { return os.Getenv(mongotest.Environment) != "" }

// fewer is how many of something a test takes: on a store that is slow, a few.
func fewer(many, few int) int {
	if os.Getenv(mongotest.Reduced) != "" {
		return few
	}
	return many
}

// process runs the command with its arguments, in English and with the first administrator's password set.
func process(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), asCommand+"=1", "TENON_LANG=en", "TENON_ADMIN_PASSWORD="+adminPassword)
	return cmd
}

const adminPassword = "a password of the tests"

// output runs the command and gives what it printed and whether it ended well.
func output(t *testing.T, args ...string) (string, bool) {
	t.Helper()
	out, err := process(t, args...).CombinedOutput()
	return string(out), err == nil
}

// must runs the command, which has to succeed.
func must(t *testing.T, args ...string) string {
	t.Helper()
	out, ok := output(t, args...)
	if !ok {
		t.Fatalf("tenon %s: %s", strings.Join(args, " "), out)
	}
	return out
}

// server is a running "tenon serve".
type server struct {
	t    *testing.T
	url  string
	data string
	key  string
	out  *buffer
	log  *buffer

	process *os.Process
	ended   chan error
}

// latest is until when a test waits for what should be there in no time. The race detector makes all of it
// slower, many times on a busy machine.
func latest() time.Time {
	if raced() {
		return time.Now().Add(10 * time.Minute)
	}
	return time.Now().Add(time.Minute)
}

// kill ends the server as kill -9 does.
func (s *server) kill() {
	s.t.Helper()
	if err := s.process.Kill(); err != nil {
		s.t.Fatal(err)
	}
	<-s.ended
	s.url = ""
}

// serve starts a server on a free port; it is stopped when the test ends, and must stop cleanly.
func serve(t *testing.T, data string, args ...string) *server {
	t.Helper()
	return start(t, data, process(t, append([]string{"serve", "--data", data, "--addr", "127.0.0.1:0"}, args...)...))
}

// start starts a command that serves data.
func start(t *testing.T, data string, cmd *exec.Cmd) *server {
	t.Helper()
	s := &server{t: t, data: data, out: &buffer{}, log: &buffer{}}
	cmd.Stdout, cmd.Stderr = s.out, s.log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	s.process, s.ended = cmd.Process, ended
	t.Cleanup(func() {
		if s.url == "" {
			return
		}
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := <-ended; err != nil {
			t.Errorf("the server ended with %v\n%s", err, s.log)
		}
		if strings.Contains(s.log.String(), "DATA RACE") {
			t.Error(s.log)
		}
	})
	for deadline := latest(); s.url == ""; time.Sleep(10 * time.Millisecond) {
		select {
		case err := <-ended:
			t.Fatalf("the server ended with %v\n%s%s", err, s.out, s.log)
		default:
		}
		if _, rest, ok := strings.Cut(s.out.String(), " at "); ok && strings.Contains(rest, "\n") {
			s.url, _, _ = strings.Cut(rest, "\n")
		}
		if time.Now().After(deadline) {
			t.Fatalf("the server does not start: %s%s", s.out, s.log)
		}
	}
	lines := strings.Split(strings.TrimSpace(must(t, "key", "create", "--data", data)), "\n")
	s.key = lines[len(lines)-1]
	return s
}

// call sends a request and gives the status, the headers and the body of the answer.
func (s *server) call(method, path, body string, header map[string]string) (int, http.Header, string) {
	s.t.Helper()
	status, h, answer, err := s.try(method, path, body, header)
	if err != nil {
		s.t.Fatal(err)
	}
	return status, h, answer
}

// try is call for goroutines of a test, and for requests that may fail.
func (s *server) try(method, path, body string, header map[string]string) (int, http.Header, string, error) {
	req, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, "", err
	}
	req.Header.Set("Authorization", "Bearer "+s.key)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/graphql-response+json, application/json")
	for k, v := range header {
		if v == "" {
			req.Header.Del(k)
		} else {
			req.Header.Set(k, v)
		}
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res.StatusCode, res.Header, string(b), err
}

// graphql runs an operation and gives the status and the whole answer.
func (s *server) graphql(query string, vars map[string]any) (int, string) {
	s.t.Helper()
	status, _, body := s.call(http.MethodPost, "/graphql", operation(query, vars), nil)
	return status, body
}

// query runs an operation that must succeed and decodes its data.
func (s *server) query(out any, query string, vars map[string]any) {
	s.t.Helper()
	status, body := s.graphql(query, vars)
	var a struct {
		Data   json.RawMessage
		Errors []json.RawMessage
	}
	if err := json.Unmarshal([]byte(body), &a); err != nil || status != 200 || len(a.Errors) > 0 {
		s.t.Fatalf("%s\nanswered %d %s", query, status, body)
	}
	if err := json.Unmarshal(a.Data, out); err != nil {
		s.t.Fatalf("%v in %s", err, a.Data)
	}
}

func operation(query string, vars map[string]any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(map[string]any{"query": query, "variables": vars}); err != nil {
		panic(err)
	}
	return b.String()
}

// write puts files into a new directory.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for path, text := range files {
		file := filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// buffer is a buffer that may be read while it is written.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// TestSettings chooses a setting from the command line, and a running server goes by it.
func TestSettings(t *testing.T) {
	in := opened(t, clock.System{})
	if err := in.installStandard(t.Context(), nil, false); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"list channel", exitOK, "  channel.rebate_valid_months = 12  (int)"},
		{"get channel.rebate_valid_months", exitOK, "rebate_valid_months = 12"},
		{"set channel.rebate_valid_months 6", exitOK, "* channel.rebate_valid_months = 6"},
		{"set channel.rebate_valid_months many", exitFailed, ""},
		{"set channel.rebate_valid_months 6 --brand brand_1", exitFailed, ""},
		{"set channel.none 6", exitFailed, ""},
		{"history channel.rebate_valid_months", exitOK, "admin      null → 6"},
		{"list --json", exitOK, `"name": "channel.rebate_valid_months"`},
		{"unset channel.rebate_valid_months", exitOK, "  channel.rebate_valid_months = 12"},
		{"get channel.none", exitFailed, ""},
		{"set channel.rebate_valid_months", exitUsage, ""},
		{"forget x", exitUsage, ""},
	} {
		out, errs, code := call(append([]string{"setting", "--data", in.dir, "--locale", "en"}, strings.Fields(c.args)...)...)
		if code != c.code || !strings.Contains(out, c.want) {
			t.Errorf("setting %s: %d %s %s", c.args, code, out, errs)
		}
	}
}
