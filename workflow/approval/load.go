package approval

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/value"
)

// maxSource bounds the JSON of a definition, maxNodes its nodes and maxNesting its blocks in blocks.
const (
	maxSource  = 1 << 20
	maxNodes   = 500
	maxNesting = 20
)

// Env is what a definition may refer to.
type Env struct {
	Scope expr.Scope
	Zone  string // IANA name of the tenant's time zone
	File  string // for findings
	// Has says whether there is a "role", "group", "post", "dept", "user", "calendar", "process"
	// or "script" of this name; nil: such names are not checked.
	Has func(kind, name string) bool
}

// Parse reads and checks a definition, strictly: what is unknown is a finding. With errors among
// the findings the definition is nil. Findings carry an address such as
// "approval.discount.node.n1.when", and those of the syntax a position.
func Parse(raw []byte, version int, env Env) (*Definition, diag.List) {
	var found diag.List
	d := &Definition{nodes: map[string]*place{}, programs: map[string]program{}}
	if len(raw) > maxSource {
		found.Errorf("too-large", "approval", diag.Pos{File: env.File}, diag.Textf("the definition has more than %d bytes", "定义超过 %d 字节", maxSource))
		return nil, found
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	err := dec.Decode(&d.Spec)
	if err == nil {
		if _, more := dec.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("there is something behind the definition")
		}
	}
	if err != nil {
		found.Errorf("bad-json", "approval", where(raw, err, dec.InputOffset(), env.File), diag.Textf("the definition cannot be read: %s", "无法读取定义：%s", strings.TrimPrefix(err.Error(), "json: ")))
		return nil, found
	}
	hash, err := canonicalHash(raw)
	if err != nil {
		found.Errorf("bad-json", "approval", diag.Pos{File: env.File}, diag.Textf("the definition cannot be read: %s", "无法读取定义：%s", err))
		return nil, found
	}
	d.Pin = Pin{Key: d.Key, Version: version, Hash: hash}
	l := &linter{def: d, env: env}
	l.definition()
	l.found.Sort()
	if l.found.HasErrors() {
		return nil, l.found
	}
	d.Warnings = l.found
	return d, l.found
}

func where(raw []byte, err error, offset int64, file string) diag.Pos {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
	}
	before := raw[:min(max(offset, 0), int64(len(raw)))]
	return diag.Pos{File: file, Line: 1 + bytes.Count(before, []byte{'\n'}), Col: len(before) - bytes.LastIndexByte(before, '\n')}
}

// canonicalHash is sha256 over the JSON with sorted keys and without blanks.
func canonicalHash(raw []byte) (string, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var x any
	if err := dec.Decode(&x); err != nil {
		return "", err
	}
	return hashOf(x), nil
}

// hashOf is sha256 over the canonical JSON of a value.
func hashOf(x any) string {
	b, err := json.Marshal(x)
	if err != nil {
		b = []byte(err.Error())
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// compile checks an expression and keeps its program.
func (l *linter) compile(address, src string, kinds ...value.Kind) {
	if src == "" {
		return
	}
	want := expr.Type{}
	if len(kinds) == 1 {
		want.Kind = kinds[0]
	}
	p, problems := expr.Compile(src, expr.Options{Object: l.def.Object, Want: want, Zone: l.env.Zone,
		Scope: names{Scope: l.env.Scope, object: l.def.Object, vars: l.def.Vars, splits: l.splits}})
	for _, x := range problems {
		l.errorf(address, x.Code, "%[1]s", "%[2]s", x.Summary.En, x.Summary.Zh).Suggestion = x.Suggestion
	}
	if p == nil {
		return
	}
	if len(kinds) > 1 {
		ok := p.Type().Kind == value.KindNull
		for _, k := range kinds {
			ok = ok || p.Type().Kind == k
		}
		if !ok {
			l.errorf(address, "type-mismatch", "the expression gives nothing that could be meant here", "表达式的类型在此处无意义")
		}
	}
	l.def.programs[src] = p
}
