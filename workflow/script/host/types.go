package host

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
)

//go:embed base.d.ts
var baseTypes string

//go:embed calendar.d.ts
var calendarTypes string

// Types are the declarations of a script for editors, in TypeScript: what it is called with, what it
// gives, and what it may call. They follow from the catalogue alone.
func Types(s *catalog.Script) string {
	w := &types{}
	w.line("// Generated from the metadata; do not edit. Types of scripts/%s.js.", s.Name)
	w.b.WriteString("\n" + baseTypes)
	w.outlets(s)
	if s.Decl.Calendar {
		w.b.WriteString(calendarTypes)
	}
	w.values("Input", s.Decl.Input)
	w.values("Output", s.Decl.Output)
	w.refusals(s)
	for _, u := range s.Uses {
		w.object(u)
	}
	w.records(s)
	return w.b.String()
}

// outlets declares what the script may tell other systems and people.
func (w *types) outlets(s *catalog.Script) {
	quoted := func(all []string) string { return "'" + strings.Join(all, "' | '") + "'" }
	if all := s.Decl.Connections; len(all) > 0 {
		w.line("\n/** A message to another system: values are what {{name}} stands for in the request of its connection. */")
		w.line("interface Outgoing { to?: string; subject?: string; body?: string; record?: string; values?: { [name: string]: unknown } }")
		w.line("declare const http: {")
		w.line("  /** Sent once what the script is part of is committed, again until it is taken; gives the id of its delivery. */")
		w.line("  send(connection: %s, message: Outgoing): string;", quoted(all))
		w.line("};")
	}
	if all := s.Decl.Messages; len(all) > 0 {
		w.line("\ndeclare const notify: {")
		w.line("  /** Tells users what the message says of the record; of equal keys once. */")
		w.line("  send(message: %s, record: string, users: string[], key?: string): true;", quoted(all))
		w.line("};")
	}
}

type types struct{ b strings.Builder }

func (w *types) line(format string, args ...any) { fmt.Fprintf(&w.b, format+"\n", args...) }

// valueTypes are TypeScript's types of what scripts are given, and what of the same they may give.
var valueTypes = map[string][2]string{
	"text": {"string", "string"}, "int": {"number", "number"}, "decimal": {"string", "DecimalLike"}, "bool": {"boolean", "boolean"},
	"date": {"string", "string"}, "datetime": {"string", "string"}, "json": {"any", "unknown"}, "record": {"string", "string"},
}

func (w *types) values(name string, all []model.ScriptValue) {
	w.line("\ninterface %s {", name)
	for _, v := range all {
		w.help(v.Help)
		if name == "Output" {
			w.line("  %s?: %s | null;", v.Name, valueTypes[v.Type][1])
			continue
		}
		mark, null := "?", " | null"
		if v.Required {
			mark, null = "", ""
		}
		w.line("  %s%s: %s%s;", v.Name, mark, valueTypes[v.Type][0], null)
	}
	w.line("}")
}

// help is one line, whatever the text holds.
func (w *types) help(t model.Text) {
	if s := strings.Join(strings.Fields(t.In("en")), " "); s != "" {
		w.line("  /** %s */", strings.ReplaceAll(s, "*/", "* /"))
	}
}

func (w *types) refusals(s *catalog.Script) {
	codes := []string{}
	for _, r := range s.Signature.Refusals {
		codes = append(codes, fmt.Sprintf("'%s'", r.Name))
	}
	if len(codes) == 0 {
		codes = append(codes, "never")
	}
	w.line("\n/** Ends the run, and the action, with an error that the script declares. */")
	w.line("declare function refuse(code: %s, details?: { [name: string]: unknown }): never;", strings.Join(codes, " | "))
}

// scalars are the TypeScript types of GraphQL's.
var scalars = map[string]string{"Int": "number", "Float": "number", "Boolean": "boolean", "JSON": "any"}

func typeOf(f *catalog.Field, graph string) string {
	graph = strings.TrimRight(graph, "!")
	if inner, ok := strings.CutPrefix(graph, "["); ok {
		return typeOf(f, strings.TrimSuffix(inner, "]")) + "[]"
	}
	if t, ok := scalars[graph]; ok {
		return t
	}
	if _, ok := f.Type.Shape().Defs[graph]; ok && strings.HasPrefix(f.Type.Shape().Defs[graph], "type ") {
		return "any"
	}
	return "string"
}

// object declares the records of an object: what of them is stored. Whether the caller may read a
// field is seen at run time; one that it may not is not there.
func (w *types) object(u *catalog.ScriptUse) {
	o := u.Object
	var names, sortable []string
	w.line("\ninterface %sRecord {", o.TypeName)
	for _, f := range o.Fields {
		if f.Column == "" || f.Name == catalog.DeletedAt {
			continue
		}
		names = append(names, f.APIName)
		if f.Name == catalog.ID || f.Type.Shape().Sortable {
			sortable = append(sortable, f.APIName)
		}
		w.help(f.Label)
		if f.Name == catalog.ID || f.Name == catalog.Version {
			w.line("  readonly %s: %s;", f.APIName, typeOf(f, f.Type.Shape().Output))
			continue
		}
		w.line("  readonly %s?: %s | null;", f.APIName, typeOf(f, f.Type.Shape().Output))
	}
	w.line("}")
	w.line("type %sFilter = { [f in '%s']?: { [operator: string]: unknown } } & { and?: %[1]sFilter[]; or?: %[1]sFilter[]; not?: %[1]sFilter };", o.TypeName, strings.Join(names, "' | '"))
	w.line("type %sOrder = { [f in '%s']?: 'ASC' | 'DESC' };", o.TypeName, strings.Join(sortable, "' | '"))
	w.key(o)
	if slices.ContainsFunc(u.May, func(m string) bool { return m == "create" || m == "update" }) {
		w.input(o)
	}
}

// key declares the unique keys.
func (w *types) key(o *catalog.Object) {
	keys := []string{"{ externalId: string }"}
	for _, k := range o.Keys {
		var parts []string
		for _, f := range k.Fields {
			parts = append(parts, fmt.Sprintf("%s: %s", f.APIName, typeOf(f, f.Type.Shape().Output)))
		}
		keys = append(keys, "{ "+strings.Join(parts, "; ")+" }")
	}
	w.line("type %sKey = %s;", o.TypeName, strings.Join(keys, " | "))
}

// input declares what can be written.
func (w *types) input(o *catalog.Object) {
	w.line("interface %sInput {", o.TypeName)
	for _, f := range o.Fields {
		in := f.Type.Shape().Input
		if f.Column == "" || f.Computed() || f.ReadOnly && f.System || in == "" || f.Name == catalog.ID || f.Name == catalog.Version {
			continue
		}
		t := typeOf(f, in)
		if strings.TrimRight(in, "!") == "Decimal" {
			t = "DecimalLike"
		}
		w.line("  %s?: %s | null;", f.APIName, t)
	}
	w.line("}")
}

// records declares the functions of the module, once for each object.
func (w *types) records(s *catalog.Script) {
	if len(s.Uses) == 0 {
		return
	}
	w.line("\ndeclare const records: {")
	for _, u := range s.Uses {
		n, t := u.Object.Name, u.Object.TypeName
		may := func(what string) bool { return slices.Contains(u.May, what) }
		if may("read") {
			w.line("  get(object: '%s', id: string): %sRecord;", n, t)
			w.line("  find(object: '%s', key: %sKey): %[2]sRecord | null;", n, t)
			w.line("  query(object: '%s', page: Page<%sFilter, %[2]sOrder>): %[2]sRecord[];", n, t)
			w.line("  aggregate<N extends string>(object: '%s', sums: Sums<%sFilter, N>): Summary<N>;", n, t)
		}
		if may("create") {
			w.line("  create(object: '%s', values: %sInput): %[2]sRecord;", n, t)
		}
		if may("update") {
			w.line("  update(object: '%s', id: string, values: %sInput): %[2]sRecord;", n, t)
		}
		if may("create") && may("update") {
			w.line("  upsert(object: '%s', key: %sKey, values: %[2]sInput): %[2]sRecord;", n, t)
		}
		if may("delete") {
			w.line("  delete(object: '%s', id: string): true;", n)
		}
	}
	w.line("};")
}
