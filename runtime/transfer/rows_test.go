package transfer

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/errs"
)

// readAll gives the rows of a file and the error that ended it, nil at its end.
func readAll(r io.Reader, format string) (rows []string, err error) {
	in, err := newRowReader(r, format)
	if err != nil {
		return nil, err
	}
	for {
		row, line, err := in.next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		rows = append(rows, fmt.Sprint(line, row))
	}
}

func TestRows(t *testing.T) {
	cases := map[string]struct{ format, text, want string }{
		"CSV":              {"csv", "a,b\n1,\n\"x\ny\",2\n", "[2 map[a:1 b:<nil>] 3 map[a:x\ny b:2]]"},
		"CSV with a mark":  {"csv", "\xef\xbb\xbfa\n1\n", "[2 map[a:1]]"},
		"JSON lines":       {"jsonl", "{\"a\": 1e400}\n\n {\"b\": null}", "[1 map[a:1e400] 3 map[b:<nil>]]"},
		"no JSON at all":   {"jsonl", "", "[]"},
		"CSV without rows": {"csv", "a\n", "[]"},
	}
	for name, c := range cases {
		if got, err := readAll(strings.NewReader(c.text), c.format); err != nil || fmt.Sprint(got) != c.want {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}

func TestBrokenRows(t *testing.T) {
	stopped := io.MultiReader(strings.NewReader("a\n1\n"), failing{errs.New(errs.Timeout, "late", "迟")})
	cases := map[string]struct {
		format string
		in     io.Reader
		code   errs.Code
		says   string
	}{
		"empty CSV":           {"csv", strings.NewReader(""), errs.InvalidInput, "header"},
		"a long row":          {"csv", strings.NewReader("a\n1,2\n"), errs.InvalidInput, "line 2 has more"},
		"an open quote":       {"csv", strings.NewReader("a\n\"1\n"), errs.InvalidInput, "quote"},
		"an open head":        {"csv", strings.NewReader("\"a\n"), errs.InvalidInput, "quote"},
		"a stopped upload":    {"csv", stopped, errs.Timeout, "late"},
		"a list":              {"jsonl", strings.NewReader("{}\n[1]"), errs.InvalidInput, "line 2"},
		"two objects":         {"jsonl", strings.NewReader("{} {}"), errs.InvalidInput, "line 1"},
		"null":                {"jsonl", strings.NewReader("null"), errs.InvalidInput, "line 1"},
		"not UTF-8":           {"jsonl", strings.NewReader("{\"a\": \"\xff\"}"), errs.InvalidInput, "line 1"},
		"a line over a bound": {"jsonl", strings.NewReader("{}\n\"" + strings.Repeat("x", maxLine)), errs.LimitExceeded, "line 2"},
		"an unknown format":   {"xls", strings.NewReader("a"), errs.InvalidInput, "xls"},
	}
	for name, c := range cases {
		_, err := readAll(c.in, c.format)
		if e := errs.From(err); err == nil || e.Code != c.code || !strings.Contains(e.Message.En, c.says) || e.Message.Zh == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
