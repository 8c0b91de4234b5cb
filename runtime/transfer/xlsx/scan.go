package xlsx

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"
)

// scanner reads the XML of large parts without allocating for each tag. It knows what
// such parts may hold: elements, attributes, text, the five entities and character references. A
// document type is refused, so no entity can be declared.
type scanner struct {
	r     *bufio.Reader
	limit int // bytes of one tag or text
	name  []byte
	attrs []byte // as written
	chars []byte
	buf   []byte
	ended bool // the last tag was <a/>: its end comes next
	err   error
}

type event uint8

const (
	endOfFile event = iota // or an error, in err
	opened
	closed
	characters
)

var (
	errSyntax = errors.New("the XML is broken")
	errType   = errors.New("the XML declares a document type")
)

func newScanner(r io.Reader, limit int) *scanner {
	return &scanner{r: bufio.NewReaderSize(r, 64<<10), limit: limit}
}

// next reads on. Names and text are valid until the next call.
func (s *scanner) next() event {
	if s.ended {
		s.ended = false
		return closed
	}
	for s.err == nil {
		c, err := s.r.Peek(1)
		switch {
		case errors.Is(err, io.EOF):
			return endOfFile
		case err != nil:
			s.err = err
			return endOfFile
		}
		if c[0] != '<' {
			if s.text1() {
				return characters
			}
			continue
		}
		if e := s.tag(); e != endOfFile {
			return e
		}
	}
	return endOfFile
}

// read gathers bytes up to and including delim.
func (s *scanner) read(delim byte) []byte {
	for {
		b, err := s.r.ReadSlice(delim)
		s.buf = append(s.buf, b...)
		switch {
		case len(s.buf) > s.limit:
			s.err = ErrTooLarge
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF):
			s.err = io.ErrUnexpectedEOF
		case err != nil:
			s.err = err
		}
		return s.buf
	}
}

// text1 reads text up to the next tag; false when there is only space between elements.
func (s *scanner) text1() bool {
	s.buf = s.buf[:0]
	b := s.read('<')
	if errors.Is(s.err, io.ErrUnexpectedEOF) { // space behind the last element
		if s.err = nil; len(bytes.TrimSpace(b)) > 0 {
			s.err = errSyntax
		}
		return false
	}
	if s.err != nil {
		return false
	}
	if s.err = s.r.UnreadByte(); s.err != nil {
		return false
	}
	s.chars, s.err = entities(b[:len(b)-1])
	return s.err == nil
}

// tag reads one tag; endOfFile for what is passed over.
func (s *scanner) tag() event {
	s.buf = s.buf[:0]
	b := s.read('>')
	if len(b) > 2 && b[1] == '!' || len(b) > 1 && b[1] == '?' {
		return s.special()
	}
	for s.err == nil && insideQuotes(b) {
		b = s.read('>')
	}
	if s.err != nil {
		return endOfFile
	}
	b = b[1 : len(b)-1]
	e := opened
	if len(b) > 0 && b[0] == '/' {
		e, b = closed, b[1:]
	} else if len(b) > 0 && b[len(b)-1] == '/' {
		s.ended, b = true, b[:len(b)-1]
	}
	n := bytes.IndexAny(b, " \t\r\n")
	if n < 0 {
		n = len(b)
	}
	s.name, s.attrs = b[:n], b[n:]
	if i := bytes.IndexByte(s.name, ':'); i >= 0 {
		s.name = s.name[i+1:]
	}
	if len(s.name) == 0 {
		s.err = errSyntax
		return endOfFile
	}
	return e
}

// special passes over comments and declarations, and reads CDATA as text.
func (s *scanner) special() event {
	end := ">"
	switch {
	case bytes.HasPrefix(s.buf, []byte("<?")):
		end = "?>"
	case bytes.HasPrefix(s.buf, []byte("<!--")):
		end = "-->"
	case bytes.HasPrefix(s.buf, []byte("<![CDATA[")):
		end = "]]>"
	default:
		s.err = errType
		return endOfFile
	}
	for s.err == nil && (!bytes.HasSuffix(s.buf, []byte(end)) || len(s.buf) < 4+len(end) && end == "-->") {
		s.read('>')
	}
	if s.err != nil || end != "]]>" {
		return endOfFile
	}
	s.chars = s.buf[len("<![CDATA[") : len(s.buf)-len(end)]
	return characters
}

func insideQuotes(tag []byte) bool {
	var q byte
	for _, c := range tag {
		switch {
		case q != 0 && c == q:
			q = 0
		case q == 0 && (c == '"' || c == '\''):
			q = c
		}
	}
	return q != 0
}

// attr gives an attribute without a prefix; "" when it is absent.
func (s *scanner) attr(name string) string {
	b := s.attrs
	for {
		b = bytes.TrimLeft(b, " \t\r\n")
		eq := bytes.IndexByte(b, '=')
		if eq < 0 {
			return ""
		}
		key := bytes.TrimRight(b[:eq], " \t\r\n")
		b = bytes.TrimLeft(b[eq+1:], " \t\r\n")
		if len(b) == 0 || b[0] != '"' && b[0] != '\'' {
			return ""
		}
		end := bytes.IndexByte(b[1:], b[0])
		if end < 0 {
			return ""
		}
		if string(key) == name {
			v, err := entities(bytes.Clone(b[1 : 1+end]))
			if err != nil {
				return ""
			}
			return string(v)
		}
		b = b[end+2:]
	}
}

// text appends the text of the t elements up to the end of the element that is open, without the
// phonetic readings of Japanese texts.
func (s *scanner) text(dst []byte, until string) ([]byte, error) {
	in, phonetic := false, 0
	for {
		switch s.next() {
		case endOfFile:
			if s.err == nil {
				s.err = io.ErrUnexpectedEOF
			}
			return nil, s.err
		case opened:
			switch string(s.name) {
			case "t":
				in = true
			case "rPh":
				phonetic++
			}
		case closed:
			switch string(s.name) {
			case until:
				return dst, nil
			case "t":
				in = false
			case "rPh":
				phonetic--
			}
		case characters:
			if !in || phonetic > 0 {
				continue
			}
			if dst = append(dst, s.chars...); len(dst) > s.limit {
				return nil, ErrTooLarge
			}
		}
	}
}

// entities replaces entities and character references, in place: a replacement is never longer.
func entities(b []byte) ([]byte, error) {
	at := bytes.IndexByte(b, '&')
	if at < 0 {
		return b, nil
	}
	out := b[:at]
	for b = b[at:]; len(b) > 0; {
		if b[0] != '&' {
			n := bytes.IndexByte(b, '&')
			if n < 0 {
				n = len(b)
			}
			out, b = append(out, b[:n]...), b[n:]
			continue
		}
		end := bytes.IndexByte(b[:min(len(b), 12)], ';')
		if end < 0 {
			return nil, errSyntax
		}
		r, ok := entity(string(b[1:end]))
		if !ok {
			return nil, errSyntax
		}
		out, b = utf8.AppendRune(out, r), b[end+1:]
	}
	return out, nil
}

func entity(name string) (rune, bool) {
	switch name {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	if len(name) < 2 || name[0] != '#' {
		return 0, false
	}
	digits, base := name[1:], 10
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	return rune(n), err == nil && n > 0 && utf8.ValidRune(rune(n))
}
