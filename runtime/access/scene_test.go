package access_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/gql"
	"github.com/tenon-platform/tenon/runtime/record"
)

var (
	cases = flag.Int("cases", 200, "how many pairs of a user and an object are compared")
	seed  = flag.Uint64("seed", 0, "first seed; 0: by the number of cases")
)

// metadata writes the scene as a package.
func (s *scene) metadata() files {
	f := organisation()
	object := func(name, sharing, features, fields string) {
		f["objects/"+name+"/object.json"] = fmt.Sprintf(`{"name": %q, "label": %q, "sharing": %q, "features": [%s], "nameField": "name",
			"fields": [{"name": "name", "type": "text", "search": true}, {"name": "extra", "type": "text"}%s]}`, name, name, sharing, features, fields)
	}
	object("doc", s.docKind, `"search", "history"`, `, {"name": "status", "type": "text"}, {"name": "amount", "type": "int"}, {"name": "area_id", "type": "lookup", "to": "area"},
		{"name": "pool_id", "type": "lookup", "to": "pool"}, {"name": "label_id", "type": "lookup", "to": "label"}`)
	object("line", "parent", `"search"`, `, {"name": "doc_id", "type": "master", "to": "doc"}`)
	object("part", "parent", ``, `, {"name": "line_id", "type": "master", "to": "line"}`)
	object("note", "read", `"search"`, ``)
	f["objects/doc_member/object.json"] = `{"name": "doc_member", "label": "Member", "sharing": "read", "fields": [{"name": "doc_id", "type": "lookup", "to": "doc", "onDelete": "cascade"},
		{"name": "user_id", "type": "lookup", "to": "person"}, {"name": "level", "type": "text"}]}`
	for i, set := range s.sets {
		objects := map[string]any{}
		for name, p := range set {
			allow := []string{"read"}
			for op, yes := range map[string]bool{"create": p.create, "update": p.update, "delete": p.del} {
				if yes {
					allow = append(allow, op)
				}
			}
			depths := []string{"own", "unit", "subunits"}
			if name == "doc" {
				objects["area"] = map[string]any{"allow": []string{"read"}}
			}
			objects[name] = map[string]any{"allow": allow, "viewAll": p.viewAll, "editAll": p.editAll, "depth": depths[p.depth], "editDepth": depths[p.editDepth]}
		}
		b, _ := json.Marshal(map[string]any{"name": fmt.Sprint("s", i), "label": "Set", "objects": objects})
		f[fmt.Sprintf("permissions/s%d.json", i)] = string(b)
	}
	for i, r := range s.roles {
		role := map[string]any{"name": fmt.Sprint("r", i), "label": "Role"}
		var sets []string
		for _, n := range r.sets {
			sets = append(sets, fmt.Sprint("s", n))
		}
		if sets != nil {
			role["permissions"] = sets
		}
		if r.above >= 0 {
			role["parent"] = fmt.Sprint("r", r.above)
		}
		b, _ := json.Marshal(role)
		f[fmt.Sprintf("roles/r%d.json", i)] = string(b)
	}
	var rules, limits []string
	for i := range s.rules {
		rules = append(rules, s.rules[i].json(i, false))
	}
	for i := range s.limits {
		limits = append(limits, s.limits[i].json(i, true))
	}
	f["sharing/doc.json"] = fmt.Sprintf(`{"object": "doc", "rules": [%s], "restrictions": [%s], "territory": {"field": "area_id", "access": "read"},
		"queue": {"field": "pool_id", "access": "edit"}, "isolation": ["label_id"],
		"teams": [{"object": "doc_member", "record": "doc_id", "user": "user_id", "level": "level"}]}`, strings.Join(rules, ","), strings.Join(limits, ","))
	return f
}

// Ids of the scene's things in the store: a number for each kind, and the place in the scene.
const (
	unitID, areaID, userID, crewID, poolID, labelID = 1000, 2000, 3000, 4000, 5000, 6000
	docID, lineID, partID, noteID, restID           = 10000, 20000, 30000, 40000, 90000
)

var firstID = map[string]int64{"doc": docID, "line": lineID, "part": partID, "note": noteID}

func ref(object string, first int64, n int) any {
	if n < 0 {
		return nil
	}
	return key(object, first+int64(n))
}

// fill makes the tenant of a scene with all its records.
func (s *scene) fill(t testing.TB) *tenant {
	w := newTenant(t, s.metadata())
	var ops []record.Op
	rest := int64(restID)
	add := func(object string, id int64, in map[string]any) {
		if id == 0 {
			rest++
			id = rest
		}
		ops = append(ops, w.make(object, id, in))
	}
	for i, above := range s.units {
		add("unit", unitID+int64(i), map[string]any{"code": fmt.Sprint("u", i), "aboveId": ref("unit", unitID, above)})
	}
	for i, above := range s.areas {
		add("area", areaID+int64(i), map[string]any{"code": fmt.Sprint("a", i), "aboveId": ref("area", areaID, above)})
	}
	for i := range nCrews {
		add("crew", crewID+int64(i), map[string]any{"code": fmt.Sprint("c", i)})
	}
	for i := range nPools {
		add("pool", poolID+int64(i), map[string]any{"code": fmt.Sprint("p", i)})
	}
	for i := range nLabels {
		add("label", labelID+int64(i), map[string]any{"code": fmt.Sprint("l", i)})
	}
	for i, u := range s.users {
		status := "active"
		if !u.active {
			status = "inactive"
		}
		add("person", userID+int64(i), map[string]any{"name": fmt.Sprint("User ", i), "status": status, "orgUnitId": ref("unit", unitID, u.unit)})
	}
	for i, u := range s.users {
		me := ref("person", userID, i)
		for _, r := range u.roles {
			add("holding", 0, map[string]any{"userId": me, "role": fmt.Sprint("r", r)})
		}
		for _, n := range u.crews {
			add("crew_member", 0, map[string]any{"userId": me, "teamId": ref("crew", crewID, n)})
		}
		for _, n := range u.areas {
			add("area_user", 0, map[string]any{"userId": me, "territoryId": ref("area", areaID, n)})
		}
		for _, n := range u.pools {
			add("pool_member", 0, map[string]any{"userId": me, "queueId": ref("pool", poolID, n)})
		}
		for _, n := range u.labels {
			add("label_user", 0, map[string]any{"userId": me, "brandId": ref("label", labelID, n)})
		}
	}
	for i, d := range s.docs {
		in := map[string]any{"name": fmt.Sprint("needle doc ", i), "ownerId": ref("person", userID, d.owner), "status": d.status, "areaId": ref("area", areaID, d.area),
			"poolId": ref("pool", poolID, d.pool), "labelId": ref("label", labelID, d.label)}
		if d.amount >= 0 {
			in["amount"] = json.Number(fmt.Sprint(d.amount))
		}
		add("doc", docID+int64(i), in)
		for u, edit := range d.team {
			level := "read"
			if edit {
				level = "edit"
			}
			add("doc_member", 0, map[string]any{"docId": ref("doc", docID, i), "userId": ref("person", userID, u), "level": level})
		}
	}
	for i, d := range s.lines {
		add("line", lineID+int64(i), map[string]any{"name": fmt.Sprint("needle line ", i), "docId": ref("doc", docID, d)})
	}
	for i, l := range s.parts {
		add("part", partID+int64(i), map[string]any{"name": fmt.Sprint("part ", i), "lineId": ref("line", lineID, l)})
	}
	for i, u := range s.notes {
		add("note", noteID+int64(i), map[string]any{"name": fmt.Sprint("needle note ", i), "ownerId": ref("person", userID, u)})
	}
	for _, sh := range s.shares {
		level := "read"
		if sh.edit {
			level = "edit"
		}
		in := map[string]any{"recordId": ref("doc", docID, sh.record), "userId": ref("person", userID, sh.user), "teamId": ref("crew", crewID, sh.crew),
			"orgUnitId": ref("unit", unitID, sh.unit), "accessLevel": level}
		if sh.role >= 0 {
			in["role"] = fmt.Sprint("r", sh.role)
		}
		add("share", 0, in)
	}
	for i, d := range s.docs {
		if d.deleted {
			ops = append(ops, record.Op{Verb: record.Delete, Object: w.cat.Object("doc"), ID: docID + int64(i)})
		}
	}
	w.put(t, ops...)
	return w
}

// difference is a place where the platform and the scene disagree.
type difference struct{ what, got, want string }

func (d difference) String() string {
	return fmt.Sprintf("%s:\n got %s\nwant %s", d.what, d.got, d.want)
}

type comparison struct {
	t    testing.TB
	s    *scene
	w    *tenant
	u    int
	diff []difference
}

func (c *comparison) same(what string, got, want any) {
	if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
		c.diff = append(c.diff, difference{fmt.Sprintf("user %d: %s", c.u, what), g, w})
	}
}

func (c *comparison) ask(query string) *answer { return c.w.ask(c.t, userID+int64(c.u), query) }

func ids(object string, ns []int) []string {
	out := []string{}
	for _, n := range ns {
		out = append(out, key(object, firstID[object]+int64(n)))
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

func decode[T any](c *comparison, a *answer, name string) (v T) {
	if len(a.Errors) > 0 || json.Unmarshal(a.Data[name], &v) != nil {
		c.same(name, a.body, "an answer")
	}
	return v
}

// object compares every way to the records of one object.
func (c *comparison) object(object string) {
	if !c.s.allowed(c.u, object, "read") {
		c.same(object+" in the schema", c.ask("{ "+object+"s { totalCount } }").code(), "INVALID_INPUT")
		a := c.ask(fmt.Sprintf(`{ node(id: %q) { id } }`, key(object, firstID[object])))
		c.same("node of "+object, string(a.Data["node"]), "null")
		return
	}
	seen := c.s.visible(c.u, object)
	want := ids(object, seen)
	list := decode[nodes](c, c.ask("{ "+object+"s(first: 500) { totalCount nodes { id } } }"), object+"s")
	c.same("list of "+object, list.ids(), want)
	c.same("totalCount of "+object, list.TotalCount, len(want))
	agg := decode[[]struct{ Count int }](c, c.ask("{ "+object+"Aggregate { count } }"), object+"Aggregate")
	c.same("count of "+object, agg, fmt.Sprintf("[{%d}]", len(want)))
	c.byID(object, want)
	c.search(object, want)
	c.nested(object)
	c.writes(object)
}

func (c *comparison) byID(object string, want []string) {
	var all, found []string
	for n := range c.s.count(object) {
		all = append(all, key(object, firstID[object]+int64(n)))
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
		got := string(c.ask(fmt.Sprintf("{ %s(id: %q) { id } }", object, id)).Data[object]) != "null"
		c.same(id+" by id", got, slices.Contains(want, id))
	}
}

func (c *comparison) search(object string, want []string) {
	if object == "part" {
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
			with = append(with, key("area", areaID+int64(area)))
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

// writes compares what becomes of changes and deletions that keep nothing.
func (c *comparison) writes(object string) {
	for _, op := range []string{"update", "delete"} {
		if !c.s.allowed(c.u, object, op) {
			continue
		}
		for n := 0; n < c.s.count(object); n += 3 {
			id := key(object, firstID[object]+int64(n))
			want := ""
			switch {
			case !c.s.alive(object, n) || !c.s.reaches(c.u, object, n, "read"):
				want = "NOT_FOUND"
			case !c.s.reaches(c.u, object, n, op):
				want = "FORBIDDEN"
			}
			name := strings.ToUpper(object[:1]) + object[1:]
			arg := `, patch: {extra: "x"}`
			if op == "delete" {
				arg = ""
			}
			a := c.ask(fmt.Sprintf(`mutation { %s%s(id: %q%s, dryRun: true) { warnings { rule } } }`, op, name, id, arg))
			c.same(op+" of "+id, a.code(), want)
		}
	}
}

// subscription compares the changes told of with those of records that may be seen.
func (c *comparison) subscription() {
	if !c.s.allowed(c.u, "doc", "read") {
		return
	}
	user := userID + int64(c.u)
	ctx, cancel := context.WithTimeout(c.w.caller(user), 20*time.Second)
	defer cancel()
	profile := func(ctx context.Context) (access.Profile, error) {
		who, _ := ident.From(ctx)
		return c.w.access.Profile(ctx, who.Principal)
	}
	sub, refused := c.w.graph.Subscribe(ctx, profile, gql.Request{Query: "subscription { docChanged { id doc { id } } }"})
	if refused != nil {
		c.same("subscription", string(refused.Body), "")
		return
	}
	var ops []record.Op
	for n := range nDocs {
		if c.s.alive("doc", n) {
			ops = append(ops, record.Op{Verb: record.Update, Object: c.w.cat.Object("doc"), ID: docID + int64(n), Input: map[string]any{"extra": fmt.Sprint("touched by ", c.u, "/", n)}})
		}
	}
	c.w.put(c.t, ops...)
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

// TestOracle compares the platform with the plain rules over random scenes.
func TestOracle(t *testing.T) {
	first := *seed
	if first == 0 {
		first = uint64(*cases)
	}
	for n, done := first, 0; done < *cases; n++ {
		s := newScene(n)
		w := s.fill(t)
		for u := range nUsers {
			c := &comparison{t: t, s: s, w: w, u: u}
			for _, o := range []string{"doc", "line", "part", "note"} {
				c.object(o)
				done++
			}
			if u == int(n)%nUsers {
				c.subscription()
			}
			for _, d := range c.diff {
				t.Errorf("seed %d: %v", n, d)
			}
			if len(c.diff) > 0 {
				t.FailNow()
			}
		}
		if err := w.db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d cases from seed %d", *cases, first)
}

// TestOracleNotices leaves one rule after another out of the plain rules: the comparison must find
// a difference, or it would not notice that the platform lacks the rule.
func TestOracleNotices(t *testing.T) {
	left := []string{"owner", "hierarchy", "unit", "subunits", "criteria", "team", "share", "territory", "queue", "brand", "parent", "restriction", "inactive", "exact audience"}
	for n := uint64(1); len(left) > 0 && n <= 40; n++ {
		s := newScene(n)
		w := s.fill(t)
		left = slices.DeleteFunc(left, func(rule string) bool {
			s.without = rule
			for u := range nUsers {
				c := &comparison{t: t, s: s, w: w, u: u}
				for _, o := range []string{"doc", "part"} {
					// The list alone: what it shows is what the rule is about.
					if !s.allowed(u, o, "read") {
						continue
					}
					list := decode[nodes](c, c.ask("{ "+o+"s(first: 500) { totalCount nodes { id } } }"), o+"s")
					c.same(o, list.ids(), ids(o, s.visible(u, o)))
				}
				if len(c.diff) > 0 {
					return true
				}
			}
			return false
		})
		if err := w.db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(left) > 0 {
		t.Errorf("nothing would tell that these rules are missing: %v", left)
	}
}
