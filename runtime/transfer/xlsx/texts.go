package xlsx

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"
)

// inMemory is how many bytes of shared texts are kept in memory.
const inMemory = 8 << 20

// texts are the shared texts of a workbook, one after another: in memory, or in a file when they
// are many. Only where each one ends stays in memory.
type texts struct {
	ends []uint32 // exclusive
	mem  []byte
	file *os.File
	w    *bufio.Writer
	size int64
	dir  string
}

func (t *texts) add(s []byte) error {
	if t.size += int64(len(s)); t.size > 1<<32-1 {
		return ErrTooLarge
	}
	t.ends = append(t.ends, uint32(t.size))
	if t.file == nil && t.size <= inMemory {
		t.mem = append(t.mem, s...)
		return nil
	}
	if t.file == nil {
		if err := t.spill(); err != nil {
			return err
		}
	}
	_, err := t.w.Write(s)
	return err
}

func (t *texts) spill() (err error) {
	if t.file, err = os.CreateTemp(t.dir, "texts-*"); err != nil {
		return fmt.Errorf("xlsx: set texts aside: %w", err)
	}
	t.w = bufio.NewWriterSize(t.file, 256<<10)
	_, err = t.w.Write(t.mem)
	t.mem = nil
	return err
}

func (t *texts) flush() error {
	if t.w == nil {
		return nil
	}
	err := t.w.Flush()
	t.w = nil
	return err
}

// at gives text n; there are fewer where a workbook is broken.
func (t *texts) at(n int) (string, error) {
	if t == nil || n < 0 || n >= len(t.ends) {
		return "", fmt.Errorf("%w: it has no shared text %d", ErrNotWorkbook, n)
	}
	start := uint32(0)
	if n > 0 {
		start = t.ends[n-1]
	}
	if t.file == nil {
		return string(t.mem[start:t.ends[n]]), nil
	}
	b := make([]byte, t.ends[n]-start)
	if _, err := t.file.ReadAt(b, int64(start)); err != nil {
		return "", fmt.Errorf("xlsx: read a text set aside: %w", err)
	}
	return string(b), nil
}

func (t *texts) close() error {
	if t.file == nil {
		return nil
	}
	return errors.Join(t.file.Close(), os.Remove(t.file.Name()))
}

// readStrings reads the shared texts.
func (f *File) readStrings(part string) (err error) {
	r, err := f.part(part, f.lim.Part)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	f.strings = &texts{dir: f.lim.Temp}
	s := newScanner(r, f.lim.Row)
	var text []byte
	for {
		switch s.next() {
		case endOfFile:
			if s.err != nil {
				return f.broken(part, s.err)
			}
			return f.strings.flush()
		case opened:
			if string(s.name) != "si" {
				continue
			}
			if text, err = s.text(text[:0], "si"); err != nil {
				return f.broken(part, err)
			}
			if len(f.strings.ends) >= f.lim.Strings {
				return ErrTooLarge
			}
			if err := f.strings.add(unescape(text)); err != nil {
				return err
			}
		}
	}
}

func (f *File) broken(part string, err error) error {
	if errors.Is(err, ErrTooLarge) {
		return err
	}
	return fmt.Errorf("%w: %s: %w", ErrNotWorkbook, part, err)
}

// unescape turns _x000D_ into the character that XML cannot hold.
func unescape(b []byte) []byte {
	s := string(b)
	if !strings.Contains(s, "_x") {
		return b
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if strings.HasPrefix(s[i:], "_x") && len(s) >= i+7 && s[i+6] == '_' {
			if n, err := strconv.ParseUint(s[i+2:i+6], 16, 16); err == nil && utf8.ValidRune(rune(n)) {
				out = utf8.AppendRune(out, rune(n))
				i += 6
				continue
			}
		}
		out = append(out, s[i])
	}
	return out
}
