package table

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"

	"github.com/tenon-platform/tenon/platform/errs"
)

// sample is how much of a CSV file is looked at to find its delimiter, in bytes.
const sample = 64 << 10

// Detect finds out how a file is to be read. The encoding is found by reading the whole file, for
// its first Chinese name may stand anywhere.
func Detect(src Source) (Format, error) {
	head := make([]byte, min(sample, src.Size()))
	if _, err := src.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return Format{}, fmt.Errorf("read the file: %w", err)
	}
	switch {
	case len(head) == 0:
		return Format{}, errs.New(errs.InvalidInput, "the file is empty", "文件为空")
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")):
		return Format{Kind: XLSX}, nil
	case isJSONL(head):
		return Format{Kind: JSONL}, nil
	}
	encoding, err := detectEncoding(src, head)
	if err != nil {
		return Format{}, err
	}
	text, err := decoded(bytes.NewReader(head), encoding)
	if err != nil {
		return Format{}, err
	}
	b, err := io.ReadAll(text)
	if err != nil {
		return Format{}, fmt.Errorf("read the file: %w", err)
	}
	return Format{Kind: CSV, Encoding: encoding, Delimiter: delimiter(string(b))}, nil
}

func detectEncoding(src Source, head []byte) (string, error) {
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return UTF16, nil
	case bytes.IndexByte(head, 0) >= 0:
		return "", errs.New(errs.InvalidInput, "the file is neither text nor a workbook", "文件既不是文本也不是工作簿")
	}
	whole := func() io.Reader { return io.NewSectionReader(src, 0, src.Size()) }
	ok, err := isUTF8(whole())
	if err != nil {
		return "", fmt.Errorf("read the file: %w", err)
	}
	if ok {
		return UTF8, nil
	}
	decoded := transform.NewReader(whole(), simplifiedchinese.GB18030.NewDecoder())
	if ok, err = lacks(decoded, utf8.RuneError); err != nil {
		return "", fmt.Errorf("read the file: %w", err)
	}
	if ok {
		return GB18030, nil
	}
	return UTF8, nil // its bad rows will be told
}

// isUTF8 says whether all that r gives is UTF-8.
func isUTF8(r io.Reader) (bool, error) {
	buf := make([]byte, 64<<10)
	kept := 0
	for {
		n, err := r.Read(buf[kept:])
		b := buf[:kept+n]
		end := len(b)
		if err == nil { // a character may go on in the next part
			end = lastWhole(b)
		}
		if !utf8.Valid(b[:end]) {
			return false, nil
		}
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		kept = copy(buf, b[end:])
	}
}

// lastWhole is how long b is without a character that is cut off at its end.
func lastWhole(b []byte) int {
	for i := len(b) - 1; i >= 0 && i >= len(b)-utf8.UTFMax; i-- {
		if utf8.RuneStart(b[i]) {
			if utf8.FullRune(b[i:]) {
				return len(b)
			}
			return i
		}
	}
	return len(b)
}

// lacks says whether text does not hold r.
func lacks(text io.Reader, r rune) (bool, error) {
	buf := make([]byte, 64<<10)
	kept := 0
	for {
		n, err := text.Read(buf[kept:])
		b := buf[:kept+n]
		if bytes.ContainsRune(b, r) {
			return false, nil
		}
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		kept = copy(buf, b[lastWhole(b):])
	}
}

// delimiters in the order of preference.
var delimiters = []rune{',', ';', '\t', '|'}

// delimiter picks the one that divides the most rows into the same number of cells.
func delimiter(text string) string {
	if rest, ok := strings.CutPrefix(text, "sep="); ok && rest != "" {
		if r, n := utf8.DecodeRuneInString(rest); strings.HasPrefix(rest[n:], "\n") || strings.HasPrefix(rest[n:], "\r\n") {
			return string(r)
		}
	}
	best, bestScore := ',', 0.0
	for _, d := range delimiters {
		if s := divides(text, d); s > bestScore {
			best, bestScore = d, s
		}
	}
	return string(best)
}

// divides scores a delimiter: the share of rows with as many cells as the header, and then the
// number of cells. A delimiter that divides nothing scores 0.
func divides(text string, d rune) float64 {
	c := csv.NewReader(strings.NewReader(text))
	c.Comma, c.FieldsPerRecord, c.LazyQuotes, c.ReuseRecord = d, -1, true, true
	head, same, rows := 0, 0, 0
	for rows < 50 {
		cells, err := c.Read()
		if err != nil {
			break
		}
		if rows++; rows == 1 {
			head = len(cells)
		}
		if len(cells) == head {
			same++
		}
	}
	if head < 2 {
		return 0
	}
	return float64(same)/float64(rows) + float64(min(head, 100))/1000
}
