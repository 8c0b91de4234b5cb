package resolve

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/decide"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/words"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/spec"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

var decisionKeys = spec.Of[model.Decision]()

// Limits of a decision table.
const (
	maxTableFields = 32
	maxTableRows   = 1000
	maxVersions    = 50
)

// decisions resolves the decision tables of all packages.
func (r *resolver) decisions() {
	for _, p := range r.ordered {
		for i := range p.Decisions {
			r.decision(p.Manifest.Name, &p.Decisions[i])
		}
	}
	sort.Slice(r.cat.Decisions, func(i, j int) bool { return r.cat.Decisions[i].Name < r.cat.Decisions[j].Name })
}

// decisionCheck resolves one table.
type decisionCheck struct {
	checked
	decl *model.Decision
	d    *catalog.Decision
	t    *decide.Table
}

func (r *resolver) decision(pkg string, decl *model.Decision) {
	of := addr.Decision(decl.Name)
	if r.cat.Decision(decl.Name) != nil {
		r.errorf("duplicate-name", of, decl.Pos.At("name"), diag.Textf("there are two decision tables named %s", "有两个名为 %s 的决策表", decl.Name))
		return
	}
	plain := *decl
	plain.Pos = model.Positions{}
	d := &catalog.Decision{Name: decl.Name, Package: pkg, Label: decl.Label, Help: decl.Help, Permission: decl.Permission, Decl: &plain, Digest: digest(plain)}
	c := &decisionCheck{checked: checked{r, of, decl.Pos}, decl: decl, d: d, t: &decide.Table{Name: decl.Name, Hit: decide.Hit(decl.Hit), Zone: r.loc}}
	d.Table = c.t
	before := len(r.findings)
	r.oneOf(of, decl.Pos.Place("hit"), decl.Hit, decisionKeys.Get("hit").Enum)
	d.Object = r.about(pkg, decl.Object, decl.Permission, of, decl.Pos)
	d.Inputs = c.fields("inputs", decl.Inputs)
	d.Outputs = c.fields("outputs", decl.Outputs)
	for _, f := range d.Inputs.Fields {
		c.t.Inputs = append(c.t.Inputs, inputOf(f))
	}
	for _, f := range d.Outputs.Fields {
		c.output(f)
	}
	if r.findings[before:].HasErrors() {
		return // the rows are about fields that are wrong
	}
	c.versions()
	if decl.Otherwise != nil {
		c.t.Otherwise = c.then(decl.Otherwise, "otherwise", of)
	}
	r.cat.Decisions = append(r.cat.Decisions, d)
	if r.findings[before:].HasErrors() {
		return
	}
	c.faults()
	c.cases()
}

// digest is equal for tables that decide alike.
func digest(decl model.Decision) string {
	b, err := json.Marshal([]any{decl.Hit, decl.Inputs, settingsOf(decl.Inputs), decl.Outputs, settingsOf(decl.Outputs), decl.Rows, decl.Versions, decl.Otherwise})
	if err != nil { // names, texts and raw JSON that was read as JSON always marshal
		panic(err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func settingsOf(fields []model.Field) (out []map[string]json.RawMessage) {
	for _, f := range fields {
		out = append(out, f.Settings)
	}
	return out
}

// fields makes the inputs or outputs, as fields of an object without a table.
func (c *decisionCheck) fields(key string, decls []model.Field) *catalog.Object {
	o := &catalog.Object{Name: c.decl.Name + "." + key, Package: c.d.Package, PartOf: c.d,
		ByName: map[string]*catalog.Field{}, ByAPIName: map[string]*catalog.Field{}, InverseOf: map[string]*catalog.Inverse{}}
	d := &objectDecl{pkg: c.d.Package, fields: place(decls, origin{pkg: c.d.Package}, c.decl.Pos, key)}
	d.def.Pos = c.decl.Pos
	c.r.decls.set(o.Name, d)
	if n := len(decls); n == 0 || n > maxTableFields {
		c.errorf("bad-table", key, "a table has 1 to %d of these", "决策表须有 1 到 %d 项", maxTableFields)
	}
	for i := range d.fields {
		c.r.field(o, &d.fields[i])
	}
	for _, f := range o.Fields {
		if !askable(f) {
			c.r.errorf("bad-table", f.Addr(), d.field(f.Name).at("type"), diag.Textf("a table cannot have a field of type %s", "决策表不能使用类型为“%s”的字段", words.FieldType(f.Kind)))
			continue
		}
		if was := o.ByAPIName[f.APIName]; was != nil {
			c.r.errorf("name-clash", f.Addr(), d.field(f.Name).at("name"), diag.Textf("the API name %s of %s is taken by %s", "%[2]s 的 API 名称 %[1]s 已被 %[3]s 占用", f.APIName, f.Name, was.Name))
		}
		o.ByAPIName[f.APIName] = f
	}
	return o
}

// askable says whether a table can work with values of a field.
func askable(f *catalog.Field) bool {
	if _, ok := f.Type.(interface{ Targets() []string }); ok || f.Type.Shape().Input == "" {
		return false
	}
	switch f.Store.Type {
	case driver.Bool, driver.Int, driver.Decimal, driver.Text, driver.Date, driver.DateTime, driver.Time, driver.List:
		return true
	}
	return false
}

func inputOf(f *catalog.Field) decide.Input {
	in := decide.Input{Name: f.Name, Type: symbolType(f), Codes: choicesOf(f), Required: f.Required}
	if k := in.Type.Kind; k == value.KindInt || k == value.KindDecimal {
		in.Accepts = func(v value.Value) bool {
			_, err := f.Type.Coerce(json.Number(v.AppendDecimal(nil)))
			return err == nil
		}
	}
	return in
}

// choicesOf are the choices of a picklist field, nil for others.
func choicesOf(f *catalog.Field) (out []string) {
	if c, ok := f.Type.(chooser); ok && f.Store.Type == driver.Text {
		for _, v := range c.Choices() {
			out = append(out, v.Code)
		}
	}
	return out
}

func (c *decisionCheck) output(f *catalog.Field) {
	one := symbolType(f)
	if _, ok := decide.TypeOf(c.t.Hit, one); !ok || one.Kind == value.KindList {
		c.errorf("bad-table", "outputs."+itoa(f.Place)+".type", "the policy %q cannot be applied to a field of type %s", "命中策略“%s”不适用于类型为“%s”的字段", words.Value("Decision", "hit", string(c.t.Hit)), words.FieldType(f.Kind))
	}
	codes := choicesOf(f)
	c.t.Outputs = append(c.t.Outputs, decide.Output{Name: f.Name, Type: one, Fit: func(v value.Value) (value.Value, bool) {
		if one.Kind == value.KindDecimal || one.Kind == value.KindInt {
			v = value.Round(v, int(one.Scale))
		}
		return v, codes == nil || slices.Contains(codes, v.Text())
	}})
}

func (c *decisionCheck) versions() {
	if len(c.decl.Rows) == 0 && len(c.decl.Versions) == 0 {
		c.errorf("bad-table", "", "the table has no rows", "决策表没有规则行")
	}
	if len(c.decl.Versions) > maxVersions {
		c.errorf("bad-table", "versions", "a table has at most %d versions", "决策表最多 %d 个版本", maxVersions)
		return
	}
	if len(c.decl.Rows) > 0 {
		c.t.Versions = append(c.t.Versions, decide.Version{Rows: c.rows(c.decl.Rows, "rows")})
	}
	last := ""
	for i, v := range c.decl.Versions {
		path := "versions." + itoa(i)
		day, err := time.Parse(time.DateOnly, v.From)
		switch {
		case err != nil:
			c.errorf("bad-table", path+".from", "%q is no day, such as 2026-01-01", "%q 不是日期，如 2026-01-01", v.From)
			continue
		case v.From <= last:
			c.errorf("bad-table", path+".from", "versions stand in the order of their days, each later than the one before", "版本须按生效日先后排列且互不相同")
		}
		last = v.From
		c.t.Versions = append(c.t.Versions, decide.Version{Since: value.Date(day.Unix() / 86400), Rows: c.rows(v.Rows, path+".rows")})
	}
}

func (c *decisionCheck) rows(rows []model.DecisionRow, path string) (out []decide.Row) {
	if len(rows) > maxTableRows {
		c.errorf("bad-table", path, "a table has at most %d rows", "决策表最多 %d 行", maxTableRows)
		return nil
	}
	seen := map[string]bool{}
	for i, x := range rows {
		at := path + "." + itoa(i)
		if !model.NameForm.Match(x.Name) || len(x.Name) > model.MaxName {
			c.errorf("bad-name", at+".name", "%q is no name: lower-case words joined by _, at most 48 characters", "%q 不是有效名称：须为小写单词以 _ 连接，最多 48 个字符", x.Name)
		}
		if seen[x.Name] {
			c.errorf("duplicate-name", at+".name", "there are two rows named %s", "有两行名为 %s", x.Name)
		}
		seen[x.Name] = true
		if x.Priority != 0 && c.t.Hit != decide.Priority {
			c.errorf("bad-table", at+".priority", "rows have priorities where the policy is priority", "仅命中策略为 priority 时可设置优先级")
		}
		of := c.of.Row(x.Name)
		out = append(out, decide.Row{Name: x.Name, Priority: x.Priority, Cells: c.cells(x.When, at+".when", of), Then: c.then(x.Then, at+".then", of)})
	}
	return out
}

// unknown reports keys that are no fields.
func (c *decisionCheck) unknown(keys []string, o *catalog.Object, path string) {
	for _, k := range keys {
		if o.ByName[k] == nil {
			c.errorf("unknown-field", path+"."+k, "the table has no %q here", "决策表此处没有 %q", k).Suggestion = diag.DidYouMean(k, fieldNames(o))
		}
	}
}

// cells compiles the tests of a row, in the order of the inputs.
func (c *decisionCheck) cells(when map[string]string, path string, of addr.Address) (out []decide.Cell) {
	c.unknown(slices.Sorted(maps.Keys(when)), c.d.Inputs, path)
	for i, f := range c.d.Inputs.Fields {
		src := when[f.Name]
		if s := strings.TrimSpace(src); s == "" || s == "-" {
			continue
		}
		if p := c.cell(f, src, path+"."+f.Name, of); p != nil {
			out = append(out, decide.NewCell(i, src, p, c.t.Inputs))
		}
	}
	return out
}

// cellStart recognises tests that begin with an operator.
var cellStart = patternOf(`^(<=|>=|<>|!=|==|=|<|>|(not\s+)?in\b|(not\s+)?between\b|is\b)`)

func (c *decisionCheck) cell(f *catalog.Field, src, path string, of addr.Address) *expr.Program {
	s := strings.TrimLeft(src, " \t")
	switch trimmed := strings.TrimSpace(s); {
	case trimmed == "blank":
		return c.compile("ISBLANK("+f.Name+")", src, 0, path, of, boolean)
	case trimmed == "not blank":
		return c.compile("not ISBLANK("+f.Name+")", src, 0, path, of, boolean)
	case cellStart.MatchString(trimmed):
		return c.compile(f.Name+" "+s, src, len(f.Name)+1-(len(src)-len(s)), path, of, boolean)
	}
	opt := expr.Options{Scope: tableScope{c.d.Inputs}, Object: c.d.Inputs.Name, Zone: c.r.cat.Zone, Loc: c.r.loc}
	p, _ := expr.Compile(src, opt)
	if p != nil && p.Type().Kind == value.KindBool && (f.Store.Type != driver.Bool || len(p.Inputs()) > 0) {
		return p
	}
	if p == nil {
		return c.compile(src, src, 0, path, of, expr.Type{})
	}
	return c.compile(f.Name+" == ("+src+")", src, len(f.Name)+5, path, of, boolean)
}

// compile compiles text, which is src with shift bytes before it.
func (c *decisionCheck) compile(text, src string, shift int, path string, of addr.Address, want expr.Type) *expr.Program {
	p, problems := expr.Compile(text, expr.Options{Scope: tableScope{c.d.Inputs}, Object: c.d.Inputs.Name, Want: want, Zone: c.r.cat.Zone, Loc: c.r.loc})
	for _, x := range problems {
		at := min(max(x.Start-shift, 0), len(src))
		c.r.errorf(x.Code, of, c.r.within(c.decl.Pos.At(path), src, at), x.Summary).Suggestion = x.Suggestion
	}
	return p
}

// then compiles what a row gives. What does not change is held against the output's field.
func (c *decisionCheck) then(set map[string]string, path string, of addr.Address) []decide.Give {
	c.unknown(slices.Sorted(maps.Keys(set)), c.d.Outputs, path)
	out := make([]decide.Give, len(c.d.Outputs.Fields))
	for i, f := range c.d.Outputs.Fields {
		src, ok := set[f.Name]
		if !ok || strings.TrimSpace(src) == "" {
			continue
		}
		want := symbolType(f)
		if path == "otherwise" {
			want, _ = decide.TypeOf(c.t.Hit, want)
		}
		p := c.compile(src, src, 0, path+"."+f.Name, of, want)
		if p == nil {
			continue
		}
		if len(p.Inputs()) == 0 && !p.UsesNow() {
			if e := c.misfit(f, p.Eval(nil, expr.Env{})); e != nil && want.Kind == symbolType(f).Kind {
				c.r.errorf("bad-table", of, c.decl.Pos.At(path+"."+f.Name), e.Message)
			}
		}
		out[i] = decide.NewGive(p, c.t.Inputs)
	}
	return out
}

// misfit says why an output cannot have a value.
func (c *decisionCheck) misfit(f *catalog.Field, v value.Value) *errs.Error {
	if v.IsNull() {
		return nil
	}
	fitted, ok := c.t.Outputs[f.Place].Fit(v)
	if !ok {
		return errs.New(errs.InvalidInput, "%q is no choice of this field", "%q 不是该字段的选项", v.Text())
	}
	var in any
	dec := json.NewDecoder(strings.NewReader(string(f.Type.AppendJSON(nil, fitted))))
	dec.UseNumber()
	if dec.Decode(&in) != nil {
		return nil // what a type writes it reads
	}
	_, e := f.Type.Coerce(in)
	return e
}

// tableScope tells expressions of a table what names mean: its inputs, and nothing else.
type tableScope struct{ inputs *catalog.Object }

var _ expr.Scope = tableScope{}

// Symbol finds an input.
func (s tableScope) Symbol(_, name string) (expr.Symbol, bool) {
	f := s.inputs.ByName[name]
	if f == nil {
		return expr.Symbol{}, false
	}
	return expr.Symbol{Name: f.Name, Type: symbolType(f), Codes: choicesOf(f)}, true
}

func (s tableScope) Names(string) []string                      { return fieldNames(s.inputs) }
func (s tableScope) Children(string, string) (expr.Child, bool) { return expr.Child{}, false }
func (s tableScope) ChildNames(string) []string                 { return nil }
func (s tableScope) Table(string) string                        { return "" }

// asFunction is an output of a table as expressions call it; nil when there is no such output.
func asFunction(d *catalog.Decision, output string) *expr.Table {
	if output == "" && len(d.Outputs.Fields) == 1 {
		output = d.Outputs.Fields[0].Name
	}
	f := d.Outputs.ByName[output]
	if f == nil {
		return nil
	}
	t := &expr.Table{Name: d.Name + "." + output, Package: d.Package, Digest: d.Digest, Now: len(d.Decl.Versions) > 0 || d.Table.UsesNow()}
	t.Result, _ = decide.TypeOf(d.Table.Hit, symbolType(f))
	for _, in := range d.Table.Inputs {
		t.Params = append(t.Params, in.Type)
	}
	at := f.Place
	t.Eval = func(in []value.Value, env expr.Env) value.Value {
		r, err := d.Table.Decide(in, env)
		if err != nil {
			return value.Null
		}
		return r.Values[at]
	}
	return t
}
