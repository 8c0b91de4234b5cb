package accesstest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/gql"
	"github.com/tenon-platform/tenon/runtime/record"
)

// difference is a place where the platform and the scene disagree.
type difference struct{ what, got, want string }

func (d difference) String() string {
	return fmt.Sprintf("%s:\n got %s\nwant %s", d.what, d.got, d.want)
}

type comparison struct {
	t    testing.TB
	s    *scene
	w    *Tenant
	u    int
	diff []difference
	// keeps says that the engine keeps what a dry run does.
	keeps bool
}

func (c *comparison) same(what string, got, want any) {
	if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
		c.diff = append(c.diff, difference{fmt.Sprintf("user %d: %s", c.u, what), g, w})
	}
}

func (c *comparison) ask(query string) *Answer { return c.w.Ask(c.t, userID+int64(c.u), query) }

func ids(object string, ns []int) []string {
	out := []string{}
	for _, n := range ns {
		out = append(out, Key(object, firstID[object]+int64(n)))
	}
	slices.Sort(out)
	return out
}

type nodes struct {
	TotalCount int
	Nodes      []struct{ ID string }
}

func (n *nodes) ids() []string {
	out := []string{}
	for _, x := range n.Nodes {
		out = append(out, x.ID)
	}
	slices.Sort(out)
	return out
}

func decode[T any](c *comparison, a *Answer, name string) (v T) {
	if len(a.Errors) > 0 || json.Unmarshal(a.Data[name], &v) != nil {
		c.same(name, a.Body, "an answer")
	}
	return v
}

// object compares every way to the records of one object.
func (c *comparison) object(object string) {
	plural := plurals[object]
	if !c.s.allowed(c.u, object, "read") {
		c.same(object+" in the schema", c.ask("{ "+plural+" { totalCount } }").Code(), errs.Forbidden)
		a := c.ask(fmt.Sprintf(`{ node(id: %q) { id } }`, Key(object, firstID[object])))
		c.same("node of "+object, string(a.Data["node"]), "null")
		return
	}
	seen := c.s.visible(c.u, object)
	want := ids(object, seen)
	list := decode[nodes](c, c.ask("{ "+plural+"(first: 500) { totalCount nodes { id } } }"), plural)
	c.same("list of "+object, list.ids(), want)
	c.same("totalCount of "+object, list.TotalCount, len(want))
	agg := decode[[]struct{ Count int }](c, c.ask("{ "+singulars[object]+"Aggregate { count } }"), singulars[object]+"Aggregate")
	c.same("count of "+object, agg, fmt.Sprintf("[{%d}]", len(want)))
	c.byID(object, want)
	c.search(object, want)
	c.pages(object, want)
	c.exported(object, want)
	c.nested(object)
	switch object {
	case "doc":
		c.keyed(seen)
		c.past(seen)
		c.grouped(seen)
		c.rolledUp()
		c.alike(seen)
	case "note":
		c.references()
		c.lookedUp()
	case fileObject:
		c.files()
	}
	c.writes(object)
	c.bulk(object)
}

func (c *comparison) byID(object string, want []string) {
	var all, found []string
	for n := range c.s.count(object) {
		all = append(all, Key(object, firstID[object]+int64(n)))
	}
	b, _ := json.Marshal(all)
	for _, n := range decode[[]*struct{ ID string }](c, c.ask(fmt.Sprintf("{ nodes(ids: %s) { id } }", b)), "nodes") {
		if n != nil {
			found = append(found, n.ID)
		}
	}
	slices.Sort(found)
	c.same("nodes of "+object, found, want)
	for _, id := range []string{all[0], all[len(all)/2]} {
		got := string(c.ask(fmt.Sprintf("{ %s(id: %q) { id } }", singulars[object], id)).Data[singulars[object]]) != "null"
		c.same(id+" by id", got, slices.Contains(want, id))
	}
}

func (c *comparison) search(object string, want []string) {
	if object == "part" || object == fileObject {
		return
	}
	got := decode[nodes](c, c.ask("{ "+object+`s(search: "needle", first: 500) { totalCount nodes { id } } }`), object+"s")
	c.same("search of "+object, got.ids(), want)
	c.same("search count of "+object, got.TotalCount, len(want))
	found := []string{}
	for _, h := range decode[[]struct{ Record *struct{ ID string } }](c, c.ask(fmt.Sprintf(`{ search(text: "needle", objects: [%q], first: 100) { record { id } } }`, object)), "search") {
		found = append(found, h.Record.ID)
	}
	slices.Sort(found)
	c.same("global search of "+object, found, want)
}

// children compares private docs within areas that everybody may read, and filters by them.
func (c *comparison) children() {
	of := map[int][]int{}
	for _, d := range c.s.visible(c.u, "doc") {
		of[c.s.docs[d].area] = append(of[c.s.docs[d].area], d)
	}
	a := decode[struct {
		Nodes []struct {
			ID   string
			Docs nodes
		}
	}](c, c.ask(`{ areas { nodes { id docs(first: 500) { totalCount nodes { id } } } } }`), "areas")
	for _, x := range a.Nodes {
		var n int
		fmt.Sscanf(x.ID, "area_%d", &n)
		c.same("docs of "+x.ID, x.Docs.ids(), ids("doc", of[n-areaID]))
		c.same("number of docs of "+x.ID, x.Docs.TotalCount, len(of[n-areaID]))
	}
	with := []string{}
	for area := range of {
		if area >= 0 {
			with = append(with, Key("area", areaID+int64(area)))
		}
	}
	slices.Sort(with)
	for filter, same := range map[string]bool{`{docs: {some: {name: {contains: "needle"}}}}`: true, `{docs: {none: {}}}`: false} {
		got := decode[nodes](c, c.ask(`{ areas(filter: `+filter+`) { totalCount nodes { id } } }`), "areas")
		want := with
		if !same {
			want = slices.DeleteFunc([]string{"area_2000", "area_2001", "area_2002", "area_2003", "area_2004"}, func(id string) bool { return slices.Contains(with, id) })
		}
		c.same("areas where "+filter, got.ids(), want)
	}
}

// nested compares lines within docs, and docs over lines, and filters both ways.
func (c *comparison) nested(object string) {
	if object == "doc" {
		c.children()
	}
	if object != "line" || !c.s.allowed(c.u, "doc", "read") {
		return
	}
	docs, lines := c.s.visible(c.u, "doc"), c.s.visible(c.u, "line")
	a := decode[struct {
		Nodes []struct {
			ID    string
			Lines nodes
		}
	}](c, c.ask(`{ docs(first: 500) { nodes { id lines(first: 500) { totalCount nodes { id } } } } }`), "docs")
	for _, d := range a.Nodes {
		var of []int
		for _, l := range lines {
			if ids("doc", []int{c.s.lines[l]})[0] == d.ID {
				of = append(of, l)
			}
		}
		c.same("lines of "+d.ID, d.Lines.ids(), ids("line", of))
		c.same("number of lines of "+d.ID, d.Lines.TotalCount, len(of))
	}
	up := decode[struct {
		Nodes []struct {
			ID  string
			Doc *struct{ ID string }
		}
	}](c, c.ask(`{ lines(first: 500) { nodes { id doc { id } } } }`), "lines")
	for _, l := range up.Nodes {
		var n int
		fmt.Sscanf(l.ID, "line_%d", &n)
		doc := c.s.lines[n-lineID]
		c.same("doc of "+l.ID, l.Doc != nil, slices.Contains(docs, doc))
	}
	var with []int
	for _, d := range docs {
		if slices.ContainsFunc(lines, func(l int) bool { return c.s.lines[l] == d }) {
			with = append(with, d)
		}
	}
	f := decode[nodes](c, c.ask(`{ docs(first: 500, filter: {lines: {some: {name: {contains: "needle"}}}}) { totalCount nodes { id } } }`), "docs")
	c.same("docs with lines", f.ids(), ids("doc", with))
	var over []int
	for _, l := range lines {
		if slices.Contains(docs, c.s.lines[l]) {
			over = append(over, l)
		}
	}
	f = decode[nodes](c, c.ask(`{ lines(first: 500, filter: {doc: {name: {contains: "needle"}}}) { totalCount nodes { id } } }`), "lines")
	c.same("lines over docs", f.ids(), ids("line", over))
}

// plurals and singulars are how the API calls the objects; spare is a field of each that decides nothing.
var (
	plurals   = map[string]string{"doc": "docs", "line": "lines", "part": "parts", "note": "notes", fileObject: "docFiles"}
	singulars = map[string]string{"doc": "doc", "line": "line", "part": "part", "note": "note", fileObject: "docFile"}
)

func spare(object string) string {
	if object == fileObject {
		return "note"
	}
	return "extra"
}

// refusal is the code with which a write of a record is refused; "" when it is not.
func (c *comparison) refusal(object string, n int, op string) string {
	switch {
	case !c.s.alive(object, n) || !c.s.reaches(c.u, object, n, "read"):
		return "NOT_FOUND"
	case !c.s.reaches(c.u, object, n, op):
		return "FORBIDDEN"
	}
	return ""
}

// writes compares what becomes of changes and deletions that keep nothing.
func (c *comparison) writes(object string) {
	for _, op := range []string{"update", "delete"} {
		if !c.s.allowed(c.u, object, op) {
			continue
		}
		for n := 0; n < c.s.count(object); n += 3 {
			id, want := Key(object, firstID[object]+int64(n)), c.refusal(object, n, op)
			if want == "" && c.keeps {
				continue
			}
			name := strings.ToUpper(singulars[object][:1]) + singulars[object][1:]
			arg := `, patch: {` + spare(object) + `: "x"}`
			if op == "delete" {
				arg = ""
			}
			a := c.ask(fmt.Sprintf(`mutation { %s%s(id: %q%s, dryRun: true) { warnings { rule } } }`, op, name, id, arg))
			c.same(op+" of "+id, a.Code(), want)
		}
	}
}

// subscription compares the changes told of with those of records that may be seen.
func (c *comparison) subscription() {
	if !c.s.allowed(c.u, "doc", "read") {
		return
	}
	user := userID + int64(c.u)
	ctx, cancel := context.WithTimeout(c.w.Caller(user), 20*time.Second)
	defer cancel()
	profile := func(ctx context.Context) (access.Profile, error) {
		who, _ := ident.From(ctx)
		return c.w.Access.Profile(ctx, who.Principal)
	}
	sub, refused := c.w.Graph.Subscribe(ctx, profile, gql.Request{Query: "subscription { docChanged { id doc { id } } }"})
	if refused != nil {
		c.same("subscription", string(refused.Body), "")
		return
	}
	var ops []record.Op
	for n := range nDocs {
		if c.s.alive("doc", n) {
			ops = append(ops, record.Op{Verb: record.Update, Object: c.w.Cat.Object("doc"), ID: docID + int64(n), Input: map[string]any{"extra": fmt.Sprint("touched by ", c.u, "/", n)}})
		}
	}
	c.w.Put(c.t, ops...)
	want, got := ids("doc", c.s.visible(c.u, "doc")), []string{}
	for range want {
		b, err := sub.Next(ctx)
		if err != nil {
			break
		}
		var a struct {
			Data struct{ DocChanged struct{ ID string } }
		}
		if err := json.Unmarshal(b, &a); err != nil {
			c.t.Fatal(err)
		}
		got = append(got, a.Data.DocChanged.ID)
	}
	slices.Sort(got)
	c.same("changes", got, want)
	short, stop := context.WithTimeout(ctx, 5*time.Millisecond)
	defer stop()
	if b, err := sub.Next(short); err == nil {
		c.same("further changes", string(b), "")
	}
}
