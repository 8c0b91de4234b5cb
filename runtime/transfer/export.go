package transfer

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/runtime/access"
)

// Formats of exports.
const (
	CSV   = "csv"
	XLSX  = "xlsx"
	JSONL = "jsonl" // one JSON object a line, values as the API shows them
)

// Export says what is to be written out, and how.
type Export struct {
	Object string `json:"object"`
	Format string `json:"format,omitempty"` // CSV when empty
	// Fields are names of fields, in the API or in metadata, "stageLabel" for the label of a choice,
	// or paths over lookups such as "account.region.name". None: the id and all fields of the record.
	Fields  []string        `json:"fields,omitempty"`
	Filter  json.RawMessage `json:"filter,omitempty"`  // as in GraphQL
	OrderBy json.RawMessage `json:"orderBy,omitempty"` // as in GraphQL; by id when absent
	Search  string          `json:"search,omitempty"`
	Limit   int64           `json:"limit,omitempty"` // records; 0: all
	// Header is "label", the default, or "name": what the first row of a table calls the fields.
	Header string `json:"header,omitempty"`
	Labels bool   `json:"labels,omitempty"` // choices by their labels rather than their codes
	Locale string `json:"locale,omitempty"` // of labels; the caller's when empty
	// Delimiter of CSV, a comma when empty. NoMark leaves out the byte order mark, without which
	// Excel takes the file for something other than UTF-8; Raw leaves text as it is that a
	// spreadsheet would take for a formula.
	Delimiter string `json:"delimiter,omitempty"`
	NoMark    bool   `json:"noMark,omitempty"`
	Raw       bool   `json:"raw,omitempty"`
}

// maxExportFields bounds the columns of an export.
const maxExportFields = 500

// exported is one column of an export.
type exported struct {
	name   string   // as asked for
	path   []string // of relations
	leaf   string   // GraphQL field
	sub    string   // selections below it, "{ lat lng }"; else ""
	header string
	output string // GraphQL type of the values, without ! and []
}

// columns finds the columns of an export among what the holder of a profile may read.
func (e *Export) columns(o *catalog.Object, p access.Profile) ([]exported, error) {
	names := e.Fields
	if len(names) == 0 {
		names = e.all(o, p)
	}
	if len(names) > maxExportFields {
		return nil, errs.New(errs.LimitExceeded, "at most %d fields can be exported", "最多导出 %d 个字段", maxExportFields).On("fields").With("limit", maxExportFields)
	}
	out := make([]exported, len(names))
	for i, n := range names {
		x, err := e.column(o, p, n)
		if err != nil {
			return nil, err.On("fields")
		}
		out[i] = x
	}
	return out, nil
}

// all are the fields of the record itself.
func (e *Export) all(o *catalog.Object, p access.Profile) []string {
	out := []string{catalog.ID}
	for _, f := range o.Fields {
		if f.System && f.Name != catalog.ExternalID && f.Name != catalog.CreatedAt && f.Name != catalog.UpdatedAt || !p.CanRead(f) && !p.Part(f) {
			continue
		}
		if f.Type.Shape().Output != "" && (f.Column != "" || f.Formula != nil) {
			out = append(out, f.APIName)
		}
	}
	return out
}

func (e *Export) column(o *catalog.Object, p access.Profile, name string) (exported, *errs.Error) {
	x := exported{name: name}
	parts := strings.Split(name, ".")
	var heads []string
	for _, step := range parts[:len(parts)-1] {
		f := relationOf(o, step)
		if f == nil || !p.CanRead(f) || !p.Can(f.Ref.Target(), access.Read) {
			return x, e.unknown(o, p, step)
		}
		x.path, heads = append(x.path, f.RelName), append(heads, f.Label.In(e.Locale))
		o = f.Ref.Target()
	}
	last := parts[len(parts)-1]
	f, label := o.Field(last), false
	if f == nil {
		f, label = byAPIName(o, last)
	}
	if f == nil || !p.CanRead(f) && !p.Part(f) && f.Name != catalog.ID || f.Type.Shape().Output == "" {
		return x, e.unknown(o, p, last)
	}
	shape := f.Type.Shape()
	x.leaf, x.output = f.APIName, strings.Trim(shape.Output, "[]!")
	if len(shape.Extra) > 0 && (label || e.Labels) {
		x.leaf, x.output = x.leaf+shape.Extra[0].Suffix, shape.Extra[0].Output
	}
	x.sub = selections(shape.Defs[x.output])
	if x.header = name; e.Header != "name" {
		x.header = strings.Join(append(heads, labelOf(f, e.Locale)), " / ")
	}
	return x, nil
}

// labelOf is the label of a field; its API name where there is none.
func labelOf(f *catalog.Field, locale string) string {
	if s := f.Label.In(locale); s != "" {
		return s
	}
	return f.APIName
}

// byAPIName finds a field by its name in the API, or by that of its label.
func byAPIName(o *catalog.Object, name string) (f *catalog.Field, label bool) {
	if f := o.ByAPIName[name]; f != nil {
		return f, false
	}
	for _, f := range o.Fields {
		for _, x := range f.Type.Shape().Extra {
			if f.APIName+x.Suffix == name {
				return f, true
			}
		}
	}
	return nil, false
}

// relationOf finds a lookup of one record by its name in metadata, or as the API calls it or its record.
func relationOf(o *catalog.Object, name string) *catalog.Field {
	for _, f := range o.Fields {
		if f.Ref != nil && !f.Ref.Many && !f.Ref.Polymorphic && f.RelName != "" && (f.RelName == name || f.Name == name || f.APIName == name) {
			return f
		}
	}
	return nil
}

func (e *Export) unknown(o *catalog.Object, p access.Profile, name string) *errs.Error {
	out := errs.New(errs.InvalidInput, "%s has no field %s", "%s 没有字段 %s", o.Name, name)
	var known []string
	for _, f := range o.Fields {
		if p.CanRead(f) {
			known = append(known, f.APIName)
		}
	}
	return out.Near(name, known)
}

// selections are the fields of a GraphQL type that a field's values are made of: "{ lat lng }".
// Such types have scalar fields alone.
func selections(def string) string {
	body, ok := strings.CutPrefix(strings.TrimSpace(def), "type ")
	if !ok {
		return ""
	}
	_, body, _ = strings.Cut(body, "{")
	out := ""
	for _, line := range strings.Split(body, "\n") {
		if name, _, ok := strings.Cut(line, ":"); ok {
			out += " " + strings.TrimSpace(name)
		}
	}
	return "{" + out + " }"
}

// query is the GraphQL operation that reads one page. Columns are c0, c1 …; what lies behind
// lookups is v within v.
func (e *Export) query(o *catalog.Object, columns []exported) string {
	var b strings.Builder
	fmt.Fprintf(&b, "query ($f: %sFilter, $o: [%[1]sOrder!], $n: Int, $a: String", o.TypeName)
	search := ""
	if e.Search != "" {
		b.WriteString(", $s: String")
		search = ", search: $s"
	}
	fmt.Fprintf(&b, ") { page: %s(filter: $f, orderBy: $o, first: $n, after: $a%s) { pageInfo { hasNextPage endCursor } nodes {", o.PluralName, search)
	for i, c := range columns {
		fmt.Fprintf(&b, " c%d: ", i)
		for _, step := range c.path {
			b.WriteString(step + " { v: ")
		}
		b.WriteString(c.leaf + c.sub + strings.Repeat(" }", len(c.path)))
	}
	b.WriteString(" } } }")
	return b.String()
}

// fileNameOf is what a client is to call an export.
func (e *Export) fileNameOf(o *catalog.Object, now time.Time) string {
	return fmt.Sprintf("%s-%s.%s", o.Name, now.Format("20060102-1504"), e.Format)
}
