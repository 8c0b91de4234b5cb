package document

import (
	"bytes"
	"slices"
	"strconv"
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

// Parse reads a file strictly. A document that is broken has no root, and one finding says where.
func Parse(file string, src []byte, findings *diag.List) *Document {
	return (&parser{findings: findings}).parse(file, src)
}

func (p *parser) parse(file string, src []byte) *Document {
	d := &Document{File: file, src: bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))}
	if len(src) > maxFile {
		p.findings.Errorf("file-too-large", "", diag.Pos{File: file}, diag.Textf("the file is larger than %d MB", "文件超过 %d MB", maxFile>>20))
		return d
	}
	if i := invalidUTF8(d.src); i >= 0 {
		p.findings.Errorf("bad-utf8", "", d.pos(i), diag.Textf("the file is not valid UTF-8 here", "文件此处不是有效的 UTF-8"))
		return d
	}
	p.d = d
	root, err := p.document()
	if err != nil {
		p.findings.Errorf("bad-json", "", d.pos(err.at), err.text)
		return d
	}
	d.Root = root
	return d
}

// invalidUTF8 is where bytes are no UTF-8; -1 when all are.
func invalidUTF8(b []byte) int {
	if utf8.Valid(b) { // which looks at many bytes at a time
		return -1
	}
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
	d        *Document
	i        int
	depth    int
	findings *diag.List
	room     *Room             // that the values are read into; nil: each document has its own
	nodes    []Node            // room for the next ones
	keys     []Key             // of the objects that are open, outermost first
	items    []*Node           // of the objects and lists that are open, likewise
	names    map[string]string // of keys: each is there many times
}

func (p *parser) fail(at int, en, zh string, args ...any) *syntaxError {
	return &syntaxError{at, diag.Textf(en, zh, args...)}
}

func (p *parser) document() (*Node, *syntaxError) {
	n, err := p.value()
	if err != nil {
		return nil, err
	}
	if p.space(); p.i < len(p.d.src) {
		return nil, p.fail(p.i, "nothing may follow the document", "文档之后不应再有内容")
	}
	return n, nil
}

func (p *parser) node(k Kind, at int, text string) *Node {
	if p.room != nil {
		p.nodes = p.room.nodes.take(1)
	} else if len(p.nodes) == 0 {
		p.nodes = make([]Node, min(mostNodes, 1+len(p.d.src[p.i:])/bytesOfNode))
	}
	n := &p.nodes[0]
	p.nodes = p.nodes[1:]
	*n = Node{Kind: k, Text: text, doc: p.d, at: at, end: p.i}
	return n
}

// Nodes are allocated several at a time, where so much of the file is left: a value takes about so many bytes of it.
const (
	mostNodes   = 64
	bytesOfNode = 32
)

// close gives a list or object the items, and the keys, that were read since it began.
func (p *parser) close(n *Node, keys, items int) *Node {
	p.i++
	n.end = p.i
	if have := p.keys[keys:]; len(have) > 0 {
		n.Keys = p.someKeys(len(have))
		copy(n.Keys, have)
	}
	if have := p.items[items:]; len(have) > 0 {
		n.Items = p.someItems(len(have))
		copy(n.Items, have)
	}
	p.keys, p.items = p.keys[:keys], p.items[:items]
	return n
}

func (p *parser) someKeys(n int) []Key {
	if p.room != nil {
		return p.room.keys.take(n)
	}
	return make([]Key, n)
}

func (p *parser) someItems(n int) []*Node {
	if p.room != nil {
		return p.room.items.take(n)
	}
	return make([]*Node, n)
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

func (p *parser) value() (*Node, *syntaxError) {
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
		return p.node(String, start, s), err
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	}
	for _, w := range [...]struct {
		text string
		kind Kind
	}{{"true", Bool}, {"false", Bool}, {"null", Null}} {
		if bytes.HasPrefix(p.d.src[p.i:], []byte(w.text)) {
			p.i += len(w.text)
			return p.node(w.kind, start, w.text), nil
		}
	}
	return nil, p.fail(p.i, "%q does not begin a JSON value", "%q 不是 JSON 值的开头", string(p.d.src[p.i:p.i+1]))
}

func (p *parser) number() (*Node, *syntaxError) {
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
	return p.node(Number, start, text), nil
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

func (p *parser) object() (*Node, *syntaxError) {
	n, keys, items := p.node(Object, p.i, ""), len(p.keys), len(p.items)
	var seen map[string]bool // only of large objects: in small ones looking through is faster
	p.i++
	for first := true; ; first = false {
		p.space()
		if p.i < len(p.d.src) && p.d.src[p.i] == '}' {
			return p.close(n, keys, items), nil
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
		name, err := p.name()
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
		have := p.keys[keys:]
		if seen == nil && len(have) == manyKeys {
			seen = make(map[string]bool, 2*manyKeys)
			for _, k := range have {
				seen[k.Name] = true
			}
		}
		if seen[name] || seen == nil && slices.ContainsFunc(have, func(k Key) bool { return k.Name == name }) {
			p.findings.Errorf("duplicate-key", "", p.d.pos(at), diag.Textf("the key %q stands here twice", "键 %q 重复出现", name))
			continue
		}
		if seen != nil {
			seen[name] = true
		}
		p.keys, p.items = append(p.keys, Key{name, p.d, at}), append(p.items, v)
	}
}

func (p *parser) array() (*Node, *syntaxError) {
	n, keys, items := p.node(Array, p.i, ""), len(p.keys), len(p.items)
	p.i++
	for first := true; ; first = false {
		p.space()
		if p.i < len(p.d.src) && p.d.src[p.i] == ']' {
			return p.close(n, keys, items), nil
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
		p.items = append(p.items, v)
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
