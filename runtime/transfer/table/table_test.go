package table

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"github.com/tenon-platform/tenon/platform/errs"
)

// dump reads a file as Detect would have it, changed by fix.
func dump(file []byte, lim Limits, fix func(*Format)) (f Format, out string, err error) {
	src := bytes.NewReader(file)
	if f, err = Detect(src); err != nil {
		return f, "", err
	}
	if fix != nil {
		fix(&f)
	}
	r, err := Open(src, f, lim)
	if err != nil {
		return f, "", err
	}
	var b strings.Builder
	defer func() { out, err = b.String(), errors.Join(err, r.Close()) }()
	fmt.Fprintf(&b, "%q", r.Header())
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return f, "", nil
		}
		if err != nil {
			return f, "", err
		}
		if row.Bad != nil {
			fmt.Fprintf(&b, " %d:%s", row.Number, row.Bad.Message.En)
			continue
		}
		fmt.Fprintf(&b, " %d%q", row.Number, row.Cells)
	}
}

func encoded(t testing.TB, s string) []byte {
	t.Helper()
	b, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// numbered are n rows with the same cells.
func numbered(n int, cells string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d[%s] ", i+1, cells)
	}
	return b.String()
}

func TestRead(t *testing.T) {
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes([]byte("名\t数\n上海\t1\n"))
	if err != nil {
		t.Fatal(err)
	}
	late := strings.Repeat("a,b\n", 50_000)
	for name, c := range map[string]struct {
		file   []byte
		format string
		want   string
	}{
		"plain":                 {[]byte("a,b\n1,2\n3,4"), `{csv utf-8 ,  0}`, `["a" "b"] 2["1" "2"] 3["3" "4"]`},
		"a mark, CRLF":          {[]byte("\xef\xbb\xbf名,b\r\n上海,\"x\r\ny\"\r\n\r\n,2\r\n"), `{csv utf-8 ,  0}`, `["名" "b"] 2["上海" "x\ny"] 5["" "2"]`},
		"semicolons":            {[]byte("a;b\n1,5;2\n3,5;4\n"), `{csv utf-8 ;  0}`, `["a" "b"] 2["1,5" "2"] 3["3,5" "4"]`},
		"tabs":                  {[]byte("a\tb\n1, 5\t2\n"), "{csv utf-8 \t  0}", `["a" "b"] 2["1, 5" "2"]`},
		"one column":            {[]byte("a\n1\n"), `{csv utf-8 ,  0}`, `["a"] 2["1"]`},
		"GB18030":               {encoded(t, "姓名;金额\n王芳;1\n𠀀;2\n"), `{csv gb18030 ;  0}`, `["姓名" "金额"] 2["王芳" "1"] 3["𠀀" "2"]`},
		"UTF-16":                {wide, "{csv utf-16 \t  0}", `["名" "数"] 2["上海" "1"]`},
		"sep=":                  {[]byte("sep=|\na,b|c\n1|2\n"), `{csv utf-8 |  0}`, `["a,b" "c"] 3["1" "2"]`},
		"names":                 {[]byte(" a ,a,,a\n1,2,3,4\n"), `{csv utf-8 ,  0}`, `["a" "a (2)" "C" "a (3)"] 2["1" "2" "3" "4"]`},
		"short and long rows":   {[]byte("a,b\n1\n1,2,\n1,2,3\n1,2\n"), `{csv utf-8 ,  0}`, `["a" "b"] 2["1"] 3["1" "2"] 4:the row has more cells than the header: a delimiter or a quote is out of place 5["1" "2"]`},
		"JSON lines":            {[]byte("{\"a\": 1, \"名\": \"x;y\"}\r\n\n{\"名\": null, \"b\": [\"p\", 2], \"a\": true}\n{\"a\": {\"c\": \"d\"}}"), `{jsonl    0}`, `["a" "名" "b"] 1["1" "x;y" ""] 3["true" "" "[\"p\", 2]"] 4["{\"c\": \"d\"}" "" ""]`},
		"broken JSON lines":     {[]byte("\xef\xbb\xbf{\"a\": 1}\n[1]\n{\"a\": 1} {}\n{\"a\": \n{\"a\": \"\xff\"}\n{\"a\": 2}\n"), `{jsonl    0}`, `["a"] 1["1"] 2:the line is no JSON object 3:the line is no JSON object 4:the line is no JSON object 5:the line is no JSON object 6["2"]`},
		"a late key":            {[]byte(strings.Repeat("{\"a\": 1}\n", 1000) + "{\"b\": 1}\n"), `{jsonl    0}`, `["a"] ` + numbered(1000, "\"1\"") + `1001:the line has the key "b", which the lines above have not`},
		"a header in braces":    {[]byte("{a,b}\n1,2\n"), `{csv utf-8 ,  0}`, `["{a" "b}"] 2["1" "2"]`},
		"a quote in the middle": {[]byte("a,b\n5\",1\n2,3\n"), `{csv utf-8 ,  0}`, `["a" "b"] 2:a quote is missing or stands in the middle of a cell (line 2, byte 2) 3["2" "3"]`},
		"neither":               {[]byte("a,b\n1,\xff\xff\n"), `{csv utf-8 ,  0}`, `["a" "b"] 2["1" "\xff\xff"]`},
		"GB18030 late":          {append([]byte(late), encoded(t, "上,b\n")...), `{csv gb18030 ,  0}`, ""},
		"UTF-8 late":            {[]byte(late + "上,b\n"), `{csv utf-8 ,  0}`, ""},
	} {
		f, got, err := dump(c.file, DefaultLimits(), nil)
		if c.want == "" {
			c.want, got = "上", got[strings.LastIndex(got, "[")+2:][:3]
		}
		if err != nil || fmt.Sprint(f) != c.format || got != c.want {
			t.Errorf("%s: %v as %v\n%s", name, err, f, got)
		}
	}
}

func TestWorkbook(t *testing.T) {
	b, err := os.ReadFile("../xlsx/testdata/xlsxwriter.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	if names, err := Sheets(bytes.NewReader(b), DefaultLimits()); err != nil || fmt.Sprint(names) != "[Rows Second]" {
		t.Error(names, err)
	}
	f, got, err := dump(b, DefaultLimits(), nil)
	if err != nil || f.Kind != XLSX || !strings.HasPrefix(got, `["Name" "Born" "Seen" "At" "Amount" "Ok" "Note"] 2["上海 & Co <1>" "2026-03-01"`) {
		t.Error(err, f, got)
	}
	if _, got, err = dump(b, DefaultLimits(), func(f *Format) { f.Sheet = "Second" }); err != nil || got != `["A" "x"]` {
		t.Error(err, got)
	}
}

func TestHeaderRow(t *testing.T) {
	_, got, err := dump([]byte("Report,\n\nof March,2026\na,b\n1,2\n"), DefaultLimits(), func(f *Format) { f.HeaderRow = 4 })
	if err != nil || got != `["a" "b"] 5["1" "2"]` {
		t.Error(err, got)
	}
}

func TestForcedEncoding(t *testing.T) {
	_, got, err := dump([]byte("a,b\n1,\xff\n2,3\n"), DefaultLimits(), func(f *Format) { f.Encoding = GB18030 })
	if err != nil || !strings.Contains(got, "2:the row holds bytes that are no text in GB18030") || !strings.Contains(got, `3["2" "3"]`) {
		t.Error(err, got)
	}
}

func TestRefused(t *testing.T) {
	protected, err := os.ReadFile("../xlsx/testdata/protected.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	tight := Limits{Columns: 2, Row: 8192}
	for name, c := range map[string]struct {
		file []byte
		fix  func(*Format)
		code errs.Code
		says string
	}{
		"nothing":       {nil, nil, errs.InvalidInput, "empty"},
		"blank lines":   {[]byte("\n,\n"), nil, errs.InvalidInput, "names the columns"},
		"a picture":     {[]byte("\x89PNG\r\n\x1a\n\x00\x00\x00"), nil, errs.InvalidInput, "neither text nor a workbook"},
		"a password":    {protected, nil, errs.InvalidInput, "password"},
		"a broken zip":  {[]byte("PK\x03\x04 and so on"), nil, errs.InvalidInput, "damaged"},
		"columns":       {[]byte("a,b,c\n"), nil, errs.LimitExceeded, "3 columns"},
		"an open quote": {[]byte("a,b\n\"" + strings.Repeat("x,y\n", 9000)), nil, errs.LimitExceeded, "quote"},
		"a bad sheet":   {[]byte("a\n"), func(f *Format) { f.Kind = "ods" }, errs.InvalidInput, "ods"},
		"an encoding":   {[]byte("a\n"), func(f *Format) { f.Encoding = "latin" }, errs.InvalidInput, "latin"},
		"a delimiter":   {[]byte("a\n"), func(f *Format) { f.Delimiter = "ab" }, errs.InvalidInput, "one character"},
		"a quote":       {[]byte("a\n"), func(f *Format) { f.Delimiter = `"` }, errs.InvalidInput, "one character"},
		"a broken head": {[]byte("a,b\"\n1,2\n"), nil, errs.InvalidInput, "quote"},
		"a header row":  {[]byte("a\n1\n"), func(f *Format) { f.HeaderRow = 9 }, errs.InvalidInput, "names the columns"},
	} {
		_, _, err := dump(c.file, tight, c.fix)
		if e := errs.From(err); err == nil || e.Code != c.code || !strings.Contains(e.Message.En, c.says) || e.Message.Zh == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestGuard(t *testing.T) {
	for text, want := range map[string]string{"": "", "a": "a", "=1+1": "'=1+1", "@x": "'@x", "-12.50": "-12.50", "+86 (21) 68-8": "+86 (21) 68-8", "-2+cmd|' /C calc'!A0": "'-2+cmd|' /C calc'!A0",
		"'=x": "''=x", "'a": "'a", "'+1": "'+1", "\tx": "'\tx"} {
		if got := Guard(text); got != want || Unguard(got) != text {
			t.Errorf("%q is guarded as %q and comes back as %q", text, got, Unguard(got))
		}
	}
}

// FuzzRead: whatever a file holds, it is detected and read to its end or refused with a code.
func FuzzRead(f *testing.F) {
	f.Add([]byte("a,b\n\"1\n\",2\n"), "", "")
	f.Add([]byte("sep=;\na;b\n"), GB18030, ";")
	f.Add(encoded(f, "姓名\t金额\n王芳\t1\n"), "", "\t")
	if b, err := os.ReadFile("../xlsx/testdata/openpyxl.xlsx"); err == nil {
		f.Add(b, "", "")
	}
	lim := Limits{Columns: 50, Row: 1 << 14, Temp: f.TempDir()}
	f.Fuzz(func(t *testing.T, file []byte, encoding, delimiter string) {
		_, _, err := dump(file, lim, func(f *Format) {
			if encoding != "" {
				f.Encoding = encoding
			}
			if delimiter != "" {
				f.Delimiter = delimiter
			}
		})
		if err != nil && errs.From(err).Code == errs.Internal {
			t.Error(err)
		}
	})
}
