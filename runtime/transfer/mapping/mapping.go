// Package mapping turns rows of text into writes of records: which column fills which field, how
// its text is transformed, and which unique keys find records. It suggests mappings, too. It reads
// and writes nothing itself.
package mapping

import (
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/runtime/access"
)

// Column fills one field. A field may be named as in metadata or in the API; "account.externalId"
// (or "account_id.external_id") refers to a record of another object by a field of a unique key,
// and "id" is the record's own id.
type Column struct {
	Field string `json:"field"`
	From  string `json:"from,omitempty"` // name of the file's column; "" where the steps need none
	Steps []Step `json:"steps,omitempty"`
}

// Mode says what becomes of a row.
type Mode string

const (
	Create Mode = "create"
	Update Mode = "update" // of the record with the row's key; it is an error that there is none
	Upsert Mode = "upsert" // update the record with the row's key, else create it
)

// Settings are a whole mapping.
type Settings struct {
	Mode Mode `json:"mode"`
	// Key are the fields of a unique key by which records are found, or "id"; none to create.
	Key     []string `json:"key,omitempty"`
	Columns []Column `json:"columns"`
	// ClearEmpty clears fields whose cells are empty. Otherwise an empty cell leaves the field as it
	// is, and gives a new record the field's default.
	ClearEmpty bool `json:"clearEmpty,omitempty"`
}

// Target is what rows are written to, and by whom.
type Target struct {
	Object  *catalog.Object
	Profile access.Profile
	Zone    *time.Location // of instants without an offset
}

// compiler collects everything that is wrong with a mapping.
type compiler struct {
	t    Target
	s    Settings
	p    *Plan
	head map[string]int
	bad  []*errs.Error
	refs map[string]*reference
}

func (c *compiler) fail(field string, e *errs.Error) { c.bad = append(c.bad, e.On(field)) }

// Compile checks settings against the columns of a file and the fields of an object. The error
// holds everything that is wrong, each part on the field at fault.
func Compile(header []string, s Settings, t Target) (*Plan, error) {
	c := &compiler{t: t, s: s, head: map[string]int{}, refs: map[string]*reference{},
		p: &Plan{object: t.Object, mode: s.Mode, clear: s.ClearEmpty}}
	for i, h := range header {
		c.head[h] = i
	}
	c.allowed()
	taken := map[string]bool{}
	for _, col := range s.Columns {
		c.column(col, taken)
	}
	if len(s.Columns) == 0 {
		c.fail("columns", errs.New(errs.InvalidInput, "no column is mapped", "尚未映射任何列"))
	}
	c.references()
	c.key()
	if len(c.bad) > 0 {
		c.bad[0].More = c.bad[1:]
		return nil, c.bad[0]
	}
	c.p.identities()
	return c.p, nil
}

// allowed checks that the caller may write the object at all.
func (c *compiler) allowed() {
	ops := map[Mode][]access.Op{Create: {access.Create}, Update: {access.Update}, Upsert: {access.Create, access.Update}}[c.s.Mode]
	if ops == nil {
		c.fail("mode", errs.New(errs.InvalidInput, "the mode is create, update or upsert", "模式须为 create、update 或 upsert"))
	}
	for _, op := range ops {
		if !c.t.Profile.Can(c.t.Object, op) {
			c.fail("mode", errs.New(errs.Forbidden, "you may not do this with %s", "您无权对 %s 执行此操作", c.t.Object.Name))
			return
		}
	}
}

func (c *compiler) column(col Column, taken map[string]bool) {
	steps, err := compileSteps(col.Steps)
	if err != nil {
		c.fail(col.Field, err)
		return
	}
	out := &column{name: col.From, at: -1, steps: steps}
	if col.From != "" {
		at, ok := c.head[col.From]
		if !ok {
			c.fail(col.Field, errs.New(errs.InvalidInput, "the file has no column %q", "文件没有列 %q", col.From))
			return
		}
		out.at = at
	} else if !constant(col.Steps) {
		c.fail(col.Field, errs.New(errs.InvalidInput, "name a column of the file, or give a constant", "请指定文件中的列或给出常量"))
		return
	}
	path := c.target(out, col.Field)
	if path == "" {
		return
	}
	if taken[path] {
		c.fail(col.Field, errs.New(errs.InvalidInput, "%s is mapped twice", "%s 被重复映射", col.Field))
		return
	}
	taken[path] = true
	c.p.columns = append(c.p.columns, out)
}

// target finds what a column fills and gives its name; "" after it has reported why it cannot.
func (c *compiler) target(out *column, name string) string {
	o := c.t.Object
	if head, tail, nested := strings.Cut(name, "."); nested {
		return c.through(out, name, head, tail)
	}
	if name == catalog.ID {
		if c.s.Mode == Create {
			c.fail(name, errs.New(errs.InvalidInput, "new records are given their ids", "新记录的编号由系统分配"))
			return ""
		}
		out.id, out.field, out.read = true, catalog.ID, asIs
		return catalog.ID
	}
	f := fieldOf(o, name)
	if f == nil || !c.t.Profile.CanRead(f) && !c.t.Profile.CanWrite(f) {
		c.unknown(name)
		return ""
	}
	if !Writable(f, c.t.Profile) && !c.isKey(f) {
		c.fail(name, errs.New(errs.Forbidden, "%s cannot be written", "%s 不可写入", name))
		return ""
	}
	out.field, out.read = f.APIName, reader(f, c.t.Zone)
	return f.APIName
}

// isKey says whether a field is part of the key that finds records, which may be read-only when
// nothing is created.
func (c *compiler) isKey(f *catalog.Field) bool {
	if c.s.Mode != Update {
		return false
	}
	for _, k := range c.s.Key {
		if fieldOf(c.t.Object, k) == f {
			return true
		}
	}
	return false
}

func (c *compiler) unknown(name string) {
	e := errs.New(errs.InvalidInput, "%s has no field %s", "%s 没有字段 %s", c.t.Object.Name, name)
	var known []string
	for _, f := range c.t.Object.Fields {
		if Writable(f, c.t.Profile) {
			known = append(known, f.APIName)
		}
	}
	e.Near(name, known)
	c.fail(name, e)
}

// fieldOf finds a field by its name in metadata or in the API, or, of a lookup, by the name of the
// record that it leads to.
func fieldOf(o *catalog.Object, name string) *catalog.Field {
	if f := o.Field(name); f != nil {
		return f
	}
	if f := o.ByAPIName[name]; f != nil {
		return f
	}
	for _, f := range o.Fields {
		if f.RelName == name && single(f) {
			return f
		}
	}
	return nil
}

func single(f *catalog.Field) bool { return f.Ref != nil && !f.Ref.Many && !f.Ref.Polymorphic }

// Writable says whether an import may fill a field.
func Writable(f *catalog.Field, p access.Profile) bool {
	return f.Column != "" && !f.Computed() && !f.ReadOnly && f.Name != catalog.ID && f.Name != catalog.Version && p.CanWrite(f)
}
