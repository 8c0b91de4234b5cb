package load

import (
	"bytes"
	"fmt"
	"sort"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tenon-platform/tenon/platform/diag"
)

// Limits of one document.
const (
	maxFile  = 4 << 20 // bytes
	maxDepth = 64
	manyKeys = 32 // of one object, from where on a set finds duplicates
	maxDigit = 64 // characters of a number: "1e999999999" must not reach a decoder
)

type kind uint8

const (
	jsonNull kind = iota
	jsonBool
	jsonNumber
	jsonString
	jsonArray
	jsonObject
)

func (k kind) name() (en, zh string) {
	switch k {
	case jsonNull:
		return "null", "null"
	case jsonBool:
		return "true or false", "布尔值"
	case jsonNumber:
		return "a number", "数字"
	case jsonString:
		return "text", "文本"
	case jsonArray:
		return "a list", "列表"
	}
	return "an object", "对象"
}

// node is one value of a document with its place.
type node struct {
	kind       kind
	start, end int // bytes
	text       string
	keys       []key
	items      []*node // of arrays, and of objects by key
}

type key struct {
	name  string
	start int
}

func (n *node) get(name string) *node {
	for i, k := range n.keys {
		if k.name == name {
			return n.items[i]
		}
	}
	return nil
}

// document is a parsed file.
type document struct {
	file  string
	src   []byte
	lines []int // where each line begins
	root  *node
}

// pos is the place of a byte. Every value of a file has one, so it must not count from the start.
func (d *document) pos(offset int) diag.Pos {
	if d.lines == nil {
		d.lines = []int{0}
		for i, c := range d.src {
			if c == '\n' {
				d.lines = append(d.lines, i+1)
			}
		}
	}
	offset = min(offset, len(d.src))
	line := sort.SearchInts(d.lines, offset+1)
	return diag.Pos{File: d.file, Line: line, Col: offset - d.lines[line-1] + 1}
}

// parse reads a file strictly. A document that is broken has no root, and one finding says where.
func parse(file string, src []byte, findings *diag.List) *document {
	d := &document{file: file, src: bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))}
	if len(src) > maxFile {
		findings.Errorf("file-too-large", "", diag.Pos{File: file}, diag.Textf("the file is larger than %d MB", "文件超过 %d MB", maxFile>>20))
		return d
	}
	if i := invalidUTF8(d.src); i >= 0 {
		findings.Errorf("bad-utf8", "", d.pos(i), diag.Textf("the file is not valid UTF-8 here", "文件此处不是有效的 UTF-8"))
		return d
	}
	p := &parser{d: d, findings: findings}
	root, err := p.document()
	if err != nil {
		findings.Errorf("bad-json", "", d.pos(err.at), err.text)
		return d
	}
	d.root = root
	return d
}

func invalidUTF8(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

type syntaxError struct {
	at   int
	text diag.Text
}

type parser struct {
	d        *document
	i        int
	depth    int
	findings *diag.List
}

func (p *parser) fail(at int, en, zh string, args ...any) *syntaxError {
	return &syntaxError{at, diag.Textf(en, zh, args...)}
}

func (p *parser) document() (*node, *syntaxError) {
	n, err := p.value()
	if err != nil {
		return nil, err
	}
	if p.space(); p.i < len(p.d.src) {
		return nil, p.fail(p.i, "nothing may follow the document", "文档之后不应再有内容")
	}
	return n, nil
}

func (p *parser) space() {
	for p.i < len(p.d.src) {
		switch p.d.src[p.i] {
		case ' ', '\t', '\n', '\r':
			p.i++
		default:
			return
		}
	}
}

func (p *parser) value() (*node, *syntaxError) {
	p.space()
	if p.i >= len(p.d.src) {
		return nil, p.fail(p.i, "the file ends where a value should be", "文件在应有值处结束")
	}
	start := p.i
	switch c := p.d.src[p.i]; {
	case c == '{' || c == '[':
		if p.depth++; p.depth > maxDepth {
			return nil, p.fail(p.i, "nested deeper than %d levels", "嵌套超过 %d 层", maxDepth)
		}
		defer func() { p.depth-- }()
		if c == '{' {
			return p.object()
		}
		return p.array()
	case c == '"':
		s, err := p.str()
		return &node{kind: jsonString, start: start, end: p.i, text: s}, err
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	}
	for word, k := range map[string]kind{"true": jsonBool, "false": jsonBool, "null": jsonNull} {
		if bytes.HasPrefix(p.d.src[p.i:], []byte(word)) {
			p.i += len(word)
			return &node{kind: k, start: start, end: p.i, text: word}, nil
		}
	}
	return nil, p.fail(p.i, "%q does not begin a JSON value", "%q 不是 JSON 值的开头", string(p.d.src[p.i:p.i+1]))
}

func (p *parser) number() (*node, *syntaxError) {
	start := p.i
	for p.i < len(p.d.src) && bytes.IndexByte([]byte("+-.eE0123456789"), p.d.src[p.i]) >= 0 {
		p.i++
	}
	text := string(p.d.src[start:p.i])
	if len(text) > maxDigit {
		return nil, p.fail(start, "the number has more than %d characters", "数字超过 %d 个字符", maxDigit)
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || !validNumber(text) || f > 1e300 || f < -1e300 {
		return nil, p.fail(start, "%s is no number", "%s 不是数字", text)
	}
	return &node{kind: jsonNumber, start: start, end: p.i, text: text}, nil
}

// validNumber holds to JSON's grammar, which is stricter than Go's: no leading zero or plus, and
// digits on both sides of the point.
func validNumber(s string) bool {
	i := 0
	digits := func() bool {
		from := i
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		return i > from
	}
	if i < len(s) && s[i] == '-' {
		i++
	}
	zero := i < len(s) && s[i] == '0'
	from := i
	if !digits() || zero && i > from+1 {
		return false
	}
	if i < len(s) && s[i] == '.' {
		if i++; !digits() {
			return false
		}
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		if !digits() {
			return false
		}
	}
	return i == len(s)
}

func (p *parser) object() (*node, *syntaxError) {
	n := &node{kind: jsonObject, start: p.i}
	var seen map[string]bool // only of large objects: in small ones looking through is faster
	p.i++
	for first := true; ; first = false {
		p.space()
		if p.i < len(p.d.src) && p.d.src[p.i] == '}' {
			p.i++
			n.end = p.i
			return n, nil
		}
		if !first {
			if err := p.expect(',', "a comma or }", "逗号或 }"); err != nil {
				return nil, err
			}
			p.space()
		}
		at := p.i
		if at >= len(p.d.src) || p.d.src[at] != '"' {
			return nil, p.fail(at, "a key in double quotes should be here", "此处应为双引号括起的键")
		}
		name, err := p.str()
		if err != nil {
			return nil, err
		}
		p.space()
		if err := p.expect(':', "a colon", "冒号"); err != nil {
			return nil, err
		}
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		if seen == nil && len(n.keys) == manyKeys {
			seen = make(map[string]bool, 2*manyKeys)
			for _, k := range n.keys {
				seen[k.name] = true
			}
		}
		if seen[name] || seen == nil && n.get(name) != nil {
			p.findings.Errorf("duplicate-key", "", p.d.pos(at), diag.Textf("the key %q stands here twice", "键 %q 重复出现", name))
			continue
		}
		if seen != nil {
			seen[name] = true
		}
		n.keys, n.items = append(n.keys, key{name, at}), append(n.items, v)
	}
}

func (p *parser) array() (*node, *syntaxError) {
	n := &node{kind: jsonArray, start: p.i}
	p.i++
	for first := true; ; first = false {
		p.space()
		if p.i < len(p.d.src) && p.d.src[p.i] == ']' {
			p.i++
			n.end = p.i
			return n, nil
		}
		if !first {
			if err := p.expect(',', "a comma or ]", "逗号或 ]"); err != nil {
				return nil, err
			}
		}
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		n.items = append(n.items, v)
	}
}

func (p *parser) expect(c byte, en, zh string) *syntaxError {
	if p.i >= len(p.d.src) {
		return p.fail(p.i, "the file ends where %[1]s should be", "文件在应有%[2]s处结束", en, zh)
	}
	if p.d.src[p.i] != c {
		return p.fail(p.i, "%[1]s should be here", "此处应为%[2]s", en, zh)
	}
	p.i++
	return nil
}

func (p *parser) str() (string, *syntaxError) {
	start := p.i
	var out []byte
	for p.i++; p.i < len(p.d.src); {
		switch c := p.d.src[p.i]; {
		case c == '"':
			p.i++
			return string(out), nil
		case c == '\\':
			r, n := p.escape()
			if n == 0 {
				return "", p.fail(p.i, "unknown escape in text", "文本中有未知的转义")
			}
			out, p.i = utf8.AppendRune(out, r), p.i+n
		case c < ' ':
			return "", p.fail(p.i, "a control character must be escaped in text", "文本中的控制字符须转义")
		default:
			out, p.i = append(out, c), p.i+1
		}
	}
	return "", p.fail(start, "the text that begins here has no end", "此处开始的文本没有结束")
}

// escape reads the escape at p.i and gives its rune and length, 0 when it is none.
func (p *parser) escape() (rune, int) {
	s := p.d.src[p.i:]
	if len(s) < 2 {
		return 0, 0
	}
	if i := bytes.IndexByte([]byte(`"\/bfnrt`), s[1]); i >= 0 {
		return rune("\"\\/\b\f\n\r\t"[i]), 2
	}
	r, ok := hex4(s)
	if !ok {
		return 0, 0
	}
	if utf16.IsSurrogate(r) {
		low, ok := hex4(s[6:])
		if r = utf16.DecodeRune(r, low); !ok || r == utf8.RuneError {
			return 0, 0
		}
		return r, 12
	}
	return r, 6
}

func hex4(s []byte) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(s[2:6]), 16, 32)
	return rune(n), err == nil
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func index(path string, i int) string { return fmt.Sprintf("%s.%d", path, i) }
