package accesstest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/runtime/transfer"
)

// pages reads a list page by page: cursors lead past what is not the caller's.
func (c *comparison) pages(object string, want []string) {
	if len(want) > 0 && len(want)%2 == 0 {
		return // every other list is enough
	}
	got, after := []string{}, ""
	for range nDocs {
		p := decode[struct {
			PageInfo struct {
				HasNextPage bool
				EndCursor   string
			}
			Edges []struct{ Node struct{ ID string } }
		}](c, c.ask(fmt.Sprintf(`{ %s(first: 4, orderBy: [{%s: DESC}]%s) { pageInfo { hasNextPage endCursor } edges { node { id } } } }`, plurals[object], spare(object), after)), plurals[object])
		for _, e := range p.Edges {
			got = append(got, e.Node.ID)
		}
		if !p.PageInfo.HasNextPage {
			break
		}
		after = fmt.Sprintf(", after: %q", p.PageInfo.EndCursor)
	}
	slices.Sort(got)
	c.same("pages of "+object, got, want)
}

// exported compares the records of an export, which needs a right of its own.
func (c *comparison) exported(object string, want []string) {
	x, err := c.w.Transfer.Export(c.w.Caller(userID+int64(c.u)), transfer.Export{Object: object, Format: transfer.JSONL, Header: "name", Fields: []string{"id"}})
	if !c.s.has(c.u, func(set *sceneSet) bool { return set.export }) {
		c.same("export of "+object+" without the right", code(err), errs.Forbidden)
		return
	}
	var out bytes.Buffer
	if err == nil {
		err = x.Write(c.w.Caller(userID+int64(c.u)), &out)
	}
	if err != nil {
		c.same("export of "+object, err, nil)
		return
	}
	got := []string{}
	for d := json.NewDecoder(&out); ; {
		var row struct{ ID string }
		if err := d.Decode(&row); err == io.EOF {
			break
		} else if err != nil {
			c.same("export of "+object, err, nil)
			break
		}
		got = append(got, row.ID)
	}
	slices.Sort(got)
	c.same("export of "+object, got, want)
}

// keyed reads docs by a unique key.
func (c *comparison) keyed(seen []int) {
	for n := c.u % 3; n < nDocs; n += 3 {
		got := string(c.ask(fmt.Sprintf(`{ docBy(key: {code: "D%d"}) { id } }`, n)).Data["docBy"]) != "null"
		c.same(fmt.Sprintf("doc %d by key", n), got, slices.Contains(seen, n))
	}
}

// past compares docs as they were before some were deleted, and their history. Who may see a record
// is decided by what it is now.
func (c *comparison) past(seen []int) {
	list := decode[struct {
		Nodes []struct {
			ID      string
			History []struct{ Verb string }
		}
	}](c, c.ask("{ docs(first: 500) { nodes { id history { verb } } } }"), "docs")
	for _, d := range list.Nodes {
		c.same("history of "+d.ID, len(d.History) > 0, true)
	}
	for n := c.u % 2; n < nDocs; n += 2 {
		id := Key("doc", docID+int64(n))
		for when, want := range map[time.Time]bool{Day.Add(-time.Hour): false, Day.Add(time.Minute): c.s.reaches(c.u, "doc", n, "read"), Day.Add(2 * time.Hour): slices.Contains(seen, n)} {
			a := c.ask(fmt.Sprintf("{ doc(id: %q, asOf: %q) { id history { verb } } }", id, when.Format(time.RFC3339)))
			c.same(id+" as of "+when.String(), string(a.Data["doc"]) != "null", want)
		}
	}
}

// grouped compares groups of docs, and groups of notes by the docs that they lead to.
func (c *comparison) grouped(seen []int) {
	type group struct {
		Key   struct{ Status string }
		Count int
		Sum   struct{ Amount *string }
	}
	counts, sums := map[string]int{}, map[string]int{}
	for _, n := range seen {
		d := &c.s.docs[n]
		counts[d.status]++
		sums[d.status] += max(d.amount, 0)
	}
	got, sum := map[string]int{}, map[string]int{}
	for _, g := range decode[[]group](c, c.ask(`{ docAggregate(groupBy: [{status: true}]) { key { status } count sum { amount } } }`), "docAggregate") {
		got[g.Key.Status] = g.Count
		n := 0
		if g.Sum.Amount != nil {
			fmt.Sscan(*g.Sum.Amount, &n)
		}
		sum[g.Key.Status] = n
	}
	c.same("docs by status", got, counts)
	c.same("amounts by status", sum, sums)
	if !c.s.allowed(c.u, "note", "read") {
		return
	}
	of, has := map[string]int{}, map[string]int{}
	for _, n := range c.s.notes {
		status := ""
		if n.doc >= 0 && slices.Contains(seen, n.doc) {
			status = c.s.docs[n.doc].status
		}
		of[status]++
	}
	type over struct {
		Key   struct{ Doc struct{ Status *string } }
		Count int
	}
	for _, g := range decode[[]over](c, c.ask(`{ noteAggregate(groupBy: [{doc: {status: true}}]) { key { doc { status } } count } }`), "noteAggregate") {
		status := ""
		if g.Key.Doc.Status != nil {
			status = *g.Key.Doc.Status
		}
		has[status] = g.Count
	}
	c.same("notes by the status of their docs", has, of)
}

// rolledUp compares the roll-ups shown with the records that the caller sees, and not with all.
func (c *comparison) rolledUp() {
	docs := c.s.visible(c.u, "doc")
	count, done, lines := map[int]int{}, map[int]int{}, map[int]int{}
	for _, n := range docs {
		d := &c.s.docs[n]
		count[d.area]++
		if d.status == "done" {
			done[d.area] += max(d.amount, 0)
		}
	}
	type area struct {
		ID         string
		DocCount   int
		DoneAmount *json.Number
		LineCount  int
		Busy       bool
	}
	all := decode[struct{ Nodes []area }](c, c.ask(`{ areas { nodes { id docCount doneAmount } } }`), "areas")
	for _, a := range all.Nodes {
		n, amount := c.place(a.ID)-areaID, 0
		if a.DoneAmount != nil {
			fmt.Sscan(a.DoneAmount.String(), &amount)
		}
		c.same("docs counted for "+a.ID, a.DocCount, count[n])
		c.same("amounts rolled up for "+a.ID, amount, done[n])
	}
	// Lines are a part of their doc, with or without the permission for lines.
	of, readable := map[int]int{}, c.s.allowed(c.u, "line", "read")
	for l, d := range c.s.lines {
		of[d]++
		if readable && c.s.alive("line", l) && slices.Contains(docs, d) {
			lines[c.s.docs[d].area]++
		}
	}
	if readable {
		for _, a := range decode[struct{ Nodes []area }](c, c.ask(`{ areas { nodes { id lineCount } } }`), "areas").Nodes {
			c.same("lines counted for "+a.ID, a.LineCount, lines[c.place(a.ID)-areaID])
		}
	}
	for _, d := range decode[struct{ Nodes []area }](c, c.ask(`{ docs(first: 500) { nodes { id lineCount busy } } }`), "docs").Nodes {
		c.same("lines counted for "+d.ID, d.LineCount, of[c.place(d.ID)-docID])
		c.same("what follows from the lines of "+d.ID, d.Busy, d.LineCount > 1)
	}
	c.derived()
}

// derived compares what follows from roll-ups that are of more records than the caller sees: it is
// not there, for it cannot be told in part.
func (c *comparison) derived() {
	want := c.overAll()
	for _, q := range []string{`{ areas { nodes { rich } } }`, `{ areas(filter: {docCount: {gt: 1}}) { totalCount } }`, `{ areas(orderBy: [{docCount: ASC}]) { totalCount } }`, `{ areaAggregate { sum { docCount } } }`} {
		c.same(q, c.ask(q).Code(), want)
	}
}

// overAll is the code with which a condition over docs is answered that nothing holds to those of the
// caller: "" when all are.
func (c *comparison) overAll() errs.Code {
	p := c.s.perm(c.u, "doc")
	whole := p.read && (c.s.docKind != "private" || p.viewAll || p.editAll)
	for _, l := range c.s.limits {
		whole = whole && (l.edit || !(l.all || c.s.within(c.u, l.to)) || l.except != nil && c.s.within(c.u, *l.except))
	}
	whole = whole && c.s.has(c.u, func(set *sceneSet) bool { return set.allLabels }) // else labels may withhold some
	if whole {
		return ""
	}
	return errs.InvalidInput
}

// lookedUp compares what formulas of notes tell of the docs that they lead to.
func (c *comparison) lookedUp() {
	type note struct{ ID, DocName, DocCode string }
	for _, n := range decode[struct{ Nodes []note }](c, c.ask(`{ notes(first: 500) { nodes { id docName docCode } } }`), "notes").Nodes {
		doc := c.s.notes[c.place(n.ID)-noteID].doc
		want := note{ID: n.ID}
		if doc < 0 || c.s.allowed(c.u, "doc", "read") && c.s.reaches(c.u, "doc", doc, "read") {
			want.DocCode = "!"
		}
		if doc >= 0 && want.DocCode != "" {
			want.DocName, want.DocCode = fmt.Sprint("needle doc ", doc), fmt.Sprintf("D%d!", doc)
		}
		c.same("what "+n.ID+" tells of its doc", n, want)
	}
	for _, q := range []string{`{ notes(filter: {docName: {contains: "needle"}}) { totalCount } }`, `{ notes(orderBy: [{docName: ASC}]) { totalCount } }`, `{ noteAggregate(groupBy: [{docName: true}]) { count } }`} {
		c.same(q, errs.Code(c.ask(q).Code()), c.overAll())
	}
}

// place is the number in an id.
func (c *comparison) place(id string) (n int) {
	fmt.Sscan(id[strings.LastIndexByte(id, '_')+1:], &n)
	return n
}

// alike compares the docs that are told to be the same as one, or as some values.
func (c *comparison) alike(seen []int) {
	type found []struct{ Record *struct{ ID string } }
	list := func(f found) []string {
		out := []string{}
		for _, x := range f {
			if x.Record != nil {
				out = append(out, x.Record.ID)
			}
		}
		slices.Sort(out)
		return out
	}
	twins := func(of, but int) (out []int) {
		for _, n := range seen {
			if n != but && c.s.docs[n].twin == of {
				out = append(out, n)
			}
		}
		return out
	}
	for n := c.u % 4; n < nDocs; n += 4 {
		id := Key("doc", docID+int64(n))
		a := c.ask(fmt.Sprintf(`{ duplicatesOfDoc(id: %q) { record { id } } }`, id))
		if !slices.Contains(seen, n) {
			c.same("duplicates of "+id, a.Code(), errs.NotFound)
			if !c.s.reaches(c.u, "doc", n, "read") { // merges stay known of what is in the recycle bin
				c.same("merges of "+id, c.ask(fmt.Sprintf(`{ mergesOfDoc(id: %q) { id } }`, id)).Code(), errs.NotFound)
			}
			continue
		}
		c.same("duplicates of "+id, list(decode[found](c, a, "duplicatesOfDoc")), ids("doc", twins(c.s.docs[n].twin, n)))
	}
	a := c.ask(`{ duplicatesOfDoc(input: {twin: "T1"}) { record { id } } }`)
	c.same("duplicates of values", list(decode[found](c, a, "duplicatesOfDoc")), ids("doc", twins(1, -1)))
	if c.s.allowed(c.u, "doc", "update") && c.s.allowed(c.u, "doc", "delete") {
		for n := c.u; n < nDocs; n += 7 {
			other := (n + 1) % nDocs
			want := c.refusal("doc", n, "update") // the master comes first
			if want == "" {
				want = c.refusal("doc", other, "delete")
			}
			if want == "" && c.keeps {
				continue
			}
			a := c.ask(fmt.Sprintf(`mutation { mergeDocs(input: {master: %q, others: [%q]}, dryRun: true) { warnings { rule } } }`, Key("doc", docID+int64(n)), Key("doc", docID+int64(other))))
			c.same(fmt.Sprintf("a merge of docs %d and %d", n, other), a.Code(), want)
		}
	}
}

// references compares what notes, which everybody may read, show of docs and lines that may not be
// the caller's: over lookups and polymorphic ones, in filters both ways, and in their order.
func (c *comparison) references() {
	var docs, lines []int
	readsDocs, readsLines := c.s.allowed(c.u, "doc", "read"), c.s.allowed(c.u, "line", "read")
	if readsDocs {
		docs = c.s.visible(c.u, "doc")
	}
	if readsLines {
		lines = c.s.visible(c.u, "line")
	}
	shows := func(n *sceneNote) string {
		switch {
		case n.about >= 0 && slices.Contains(docs, n.about):
			return Key("doc", docID+int64(n.about))
		case n.line >= 0 && slices.Contains(lines, n.line):
			return Key("line", lineID+int64(n.line))
		}
		return ""
	}
	if readsDocs || readsLines {
		list := decode[struct {
			Nodes []struct {
				ID    string
				About *struct{ ID string }
			}
		}](c, c.ask(`{ notes { nodes { id about { ... on Node { id } } } } }`), "notes")
		for _, x := range list.Nodes {
			got := ""
			if x.About != nil {
				got = x.About.ID
			}
			c.same("about of "+x.ID, got, shows(&c.s.notes[c.place(x.ID)-noteID]))
		}
	}
	if !readsDocs {
		return
	}
	list := decode[struct {
		Nodes []struct {
			ID  string
			Doc *struct{ ID string }
		}
	}](c, c.ask(`{ notes(orderBy: [{doc: {code: ASC}}, {id: ASC}]) { nodes { id doc { id } } } }`), "notes")
	type ordered struct{ code, id string }
	var order []ordered
	for i := range c.s.notes {
		n, code := &c.s.notes[i], ""
		if slices.Contains(docs, n.doc) {
			code = fmt.Sprint("D", n.doc)
		}
		order = append(order, ordered{code, Key("note", noteID+int64(i))})
	}
	slices.SortFunc(order, func(a, b ordered) int { return strings.Compare(a.code+"\x00"+a.id, b.code+"\x00"+b.id) })
	for i, x := range list.Nodes {
		c.same(fmt.Sprintf("note %d in the order of docs", i), x.ID, order[i].id)
		c.same("doc of "+x.ID, x.Doc != nil, slices.Contains(docs, c.s.notes[c.place(x.ID)-noteID].doc))
	}
	var open, with []int
	for i := range c.s.notes {
		if n := &c.s.notes[i]; slices.Contains(docs, n.doc) && c.s.docs[n.doc].status == "open" {
			open = append(open, i)
		}
	}
	for _, d := range docs {
		if slices.ContainsFunc(c.s.notes, func(n sceneNote) bool { return n.doc == d }) {
			with = append(with, d)
		}
	}
	got := decode[nodes](c, c.ask(`{ notes(filter: {doc: {status: {eq: "open"}}}) { totalCount nodes { id } } }`), "notes")
	c.same("notes of open docs", got.ids(), ids("note", open))
	got = decode[nodes](c, c.ask(`{ docs(first: 500, filter: {notes: {some: {name: {contains: "needle"}}}}) { totalCount nodes { id } } }`), "docs")
	c.same("docs with notes", got.ids(), ids("doc", with))
	c.every(docs)
}

// every compares conditions on all docs of an area, of those that the caller sees.
func (c *comparison) every(docs []int) {
	var want []string
	for a := range nAreas {
		if !slices.ContainsFunc(docs, func(d int) bool { return c.s.docs[d].area == a && c.s.docs[d].status != "open" }) {
			want = append(want, Key("area", areaID+int64(a)))
		}
	}
	got := decode[nodes](c, c.ask(`{ areas(filter: {docs: {every: {status: {eq: "open"}}}}) { nodes { id } } }`), "areas")
	c.same("areas whose docs are open", got.ids(), want)
}

// files compares which files may be downloaded.
func (c *comparison) files() {
	for n, d := range fileDocs {
		id := fmt.Sprint("paper ", n)
		token := c.w.papers[n]
		want := ""
		if !c.s.alive("doc", d) || !c.s.reaches(c.u, "doc", d, "read") {
			want = string(errs.NotFound)
		}
		_, err := c.w.Files.Find(c.w.Caller(userID+int64(c.u)), token)
		c.same("download of "+id, code(err), want)
	}
	nested := decode[struct {
		Nodes []struct {
			ID       string
			DocFiles nodes
		}
	}](c, c.ask(`{ docs(first: 500) { nodes { id docFiles { totalCount nodes { id } } } } }`), "docs")
	for _, d := range nested.Nodes {
		var of []int
		for n, doc := range fileDocs {
			if doc == c.place(d.ID)-docID {
				of = append(of, n)
			}
		}
		c.same("files of "+d.ID, d.DocFiles.ids(), ids(fileObject, of))
		c.same("number of files of "+d.ID, d.DocFiles.TotalCount, len(of))
	}
}

// bulk compares what becomes of changes and deletions in one request, row by row.
func (c *comparison) bulk(object string) {
	for _, op := range []string{"update", "delete"} {
		if !c.s.allowed(c.u, object, op) {
			continue
		}
		var in, want []string
		for n := c.u % 2; n < c.s.count(object); n += 2 {
			refusal := c.refusal(object, n, op)
			if refusal == "" && c.keeps {
				continue
			}
			row := fmt.Sprintf("{id: %q", Key(object, firstID[object]+int64(n)))
			if op == "update" {
				row += ", patch: {" + spare(object) + `: "x"}`
			}
			in, want = append(in, row+"}"), append(want, refusal)
		}
		if len(in) == 0 {
			continue
		}
		name := op + strings.ToUpper(plurals[object][:1]) + plurals[object][1:]
		rows := decode[[]struct{ Errors []struct{ Code string } }](c, c.ask(fmt.Sprintf(`mutation { %s(inputs: [%s], atomic: false, dryRun: true) { errors { code } } }`, name, strings.Join(in, ", "))), name)
		var got []string
		for _, r := range rows {
			code := ""
			if len(r.Errors) > 0 {
				code = r.Errors[0].Code
			}
			got = append(got, code)
		}
		c.same(name, got, want)
	}
}
