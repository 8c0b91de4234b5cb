package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/gofiber/fiber/v2"

	"github.com/tenon-platform/tenon/deploy/bench/data"
)

var size = data.Size{Accounts: 100, Contacts: 300, Opportunities: 2000}

type server struct {
	t   *testing.T
	app *fiber.App
}

func newServer(t *testing.T, indexes string) *server {
	t.Helper()
	file := filepath.Join(t.TempDir(), "reference.db")
	if err := load(file, indexes, data.Generate(size)); err != nil {
		t.Fatal(err)
	}
	st, err := openStore(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.close(); err != nil {
			t.Error(err)
		}
	})
	return &server{t, newApp(st, "secret")}
}

// call gives the status and the decoded body of an answer.
func (s *server) call(method, path string, body any) (int, map[string]any) {
	s.t.Helper()
	var sent io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			s.t.Fatal(err)
		}
		sent = bytes.NewReader(b)
	}
	req := httptest.NewRequest(method, path, sent)
	req.Header.Set("Authorization", "Bearer secret")
	res, err := s.app.Test(req, -1)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	var out map[string]any
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	return res.StatusCode, out
}

// right compares an answer with the oracle's.
func (s *server) right(set *data.Set, c data.Call, method, path string, body any) {
	s.t.Helper()
	status, got := s.call(method, path, body)
	b, err := json.Marshal(set.Answer(c))
	if err != nil {
		s.t.Fatal(err)
	}
	var want any
	if err := json.Unmarshal(b, &want); err != nil {
		s.t.Fatal(err)
	}
	if status != http.StatusOK || !reflect.DeepEqual(got["data"], want) {
		s.t.Errorf("%s %s: status %d\n got %v\nwant %v", method, path, status, got["data"], want)
	}
}

func TestAnswers(t *testing.T) {
	for indexes := range indexSets {
		t.Run(indexes, func(t *testing.T) {
			s, set := newServer(t, indexes), data.Generate(size)
			for _, c := range set.Calls(data.Get, 20) {
				s.right(set, c, "GET", fmt.Sprintf("/opportunities/%d", c.ID), nil)
			}
			for _, c := range set.Calls(data.List, 20) {
				s.right(set, c, "GET", fmt.Sprintf("/opportunities?stage=%s&above=%d", c.Stage, c.Above*100), nil)
			}
			for _, c := range set.Calls(data.Page, 20) {
				s.right(set, c, "GET", fmt.Sprintf("/opportunities?stage=%s&closed=%s&after=%d", c.Stage, c.Closed, c.ID), nil)
			}
			for _, c := range set.Calls(data.Nested, 20) {
				s.right(set, c, "GET", "/accounts?region="+c.Region, nil)
			}
			s.right(set, data.Call{Op: data.Group}, "GET", "/stages", nil)
			for _, c := range set.Calls(data.Update, 20) {
				path := fmt.Sprintf("/opportunities/%d", c.ID)
				s.right(set, c, "PATCH", path, patch{c.New.Amount * 100, c.New.NextStep})
				set.Apply(c)
				s.right(set, data.Call{Op: data.Get, ID: c.ID}, "GET", path, nil)
			}
		})
	}
}

func TestCreate(t *testing.T) {
	s := newServer(t, composite)
	o := opportunity{Name: `quotes " and \ and 中文`, Account: 7, Stage: "won", Amount: 12305, CloseDate: "2026-03-01"}
	status, got := s.call("POST", "/opportunities", o)
	record := got["data"].(map[string]any)["create"].(map[string]any)["record"].(map[string]any)
	if status != http.StatusOK || record["name"] != o.Name || record["amount"] != "123.05" || record["accountId"] != "bench_account_7" {
		t.Fatalf("status %d, %v", status, got)
	}
	_, read := s.call("GET", "/opportunities/"+strings.TrimPrefix(record["id"].(string), data.OpportunityPrefix), nil)
	if again := read["data"].(map[string]any)["opportunity"]; !reflect.DeepEqual(again, any(record)) {
		t.Errorf("read again it is %v, was %v", again, record)
	}
}

func TestRefusals(t *testing.T) {
	s := newServer(t, composite)
	for _, c := range []struct {
		method, path string
		body         any
		status       int
	}{
		{"GET", "/opportunities/99999", nil, http.StatusNotFound},
		{"GET", "/opportunities/x", nil, http.StatusBadRequest},
		{"GET", "/opportunities?stage=won&above=x", nil, http.StatusBadRequest},
		{"GET", "/opportunities?stage=won&closed=2026-01-31&after=x", nil, http.StatusBadRequest},
		{"PATCH", "/opportunities/99999", patch{1, "x"}, http.StatusNotFound},
		{"PATCH", "/opportunities/1", patch{-1, "x"}, http.StatusBadRequest},
		{"POST", "/opportunities", opportunity{Name: "no stage"}, http.StatusBadRequest},
		{"POST", "/opportunities", opportunity{Name: "no such account", Account: 999, Stage: "won", CloseDate: "2026-03-01"}, http.StatusInternalServerError},
	} {
		if status, got := s.call(c.method, c.path, c.body); status != c.status || got["errors"] == nil {
			t.Errorf("%s %s: %d %v, want %d", c.method, c.path, status, got, c.status)
		}
	}
}

func TestStrangersAreTurnedAway(t *testing.T) {
	s := newServer(t, composite)
	res, err := s.app.Test(httptest.NewRequest("GET", "/stages", nil), -1)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("status %d without a token", res.StatusCode)
	}
}

// Writes that share a commit stand or fall alone.
func TestGroupCommit(t *testing.T) {
	file := filepath.Join(t.TempDir(), "reference.db")
	if err := load(file, single, data.Generate(size)); err != nil {
		t.Fatal(err)
	}
	st, err := openStore(file)
	if err != nil {
		t.Fatal(err)
	}
	const n = 200
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			o := &opportunity{Name: fmt.Sprint(i), Account: 1, Stage: "won", CloseDate: "2026-03-01"}
			if i%10 == 0 {
				o.Account = 999 // there is none
			}
			err := st.w.write(func(w *writer) error {
				_, err := w.insert(o)
				return err
			})
			if (err == nil) != (i%10 != 0) {
				t.Errorf("write %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	if err := st.close(); err != nil {
		t.Fatal(err)
	}
	c, err := openConn(file)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	count, err := c.Prepare("SELECT count(*) FROM opportunity")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := count.Step(); err != nil {
		t.Fatal(err)
	}
	if got, want := count.ColumnInt(0), size.Opportunities+n*9/10; got != want {
		t.Errorf("%d rows, want %d", got, want)
	}
}
