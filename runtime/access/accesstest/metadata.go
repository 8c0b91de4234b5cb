package accesstest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/files"
	"github.com/tenon-platform/tenon/runtime/record"
)

// metadata writes the scene as a package.
func (s *scene) metadata() Package {
	f := Organisation()
	object := func(name, sharing, features, fields string) {
		f["objects/"+name+"/object.json"] = fmt.Sprintf(`{"name": %q, "label": %q, "sharing": %q, "features": [%s], "nameField": "name",
			"fields": [{"name": "name", "type": "text", "search": true}, {"name": "extra", "type": "text"}%s]}`, name, name, sharing, features, fields)
	}
	object("doc", s.docKind, `"search", "history", "files"`, `, {"name": "status", "type": "text"}, {"name": "amount", "type": "int"}, {"name": "area_id", "type": "lookup", "to": "area"},
		{"name": "firm_id", "type": "lookup", "to": "firm"},
		{"name": "pool_id", "type": "lookup", "to": "pool"}, {"name": "label_id", "type": "lookup", "to": "label"}, {"name": "label_ids", "type": "multilookup", "to": "label", "inverse": "labelled"},
		{"name": "code", "type": "text", "unique": true}, {"name": "twin", "type": "text"},
		{"name": "line_count", "type": "rollup", "function": "count", "from": "line.doc_id"}, {"name": "busy", "type": "formula", "returns": "bool", "stored": true, "expr": "line_count > 1"}`)
	f["objects/firm/object.json"] = `{"name": "firm", "label": "Firm", "sharing": "private", "fields": [{"name": "above_id", "type": "lookup", "to": "firm", "inverse": "below"}, {"name": "path", "type": "tree_path", "parent": "above_id"}]}`
	f["objects/person/object.json"] = strings.Replace(f["objects/person/object.json"], `"fields": [`, `"fields": [{"name": "firm_id", "type": "lookup", "to": "firm"}, {"name": "doc_id", "type": "lookup", "to": "doc", "inverse": "people"}, `, 1)
	object("line", "parent", `"search"`, `, {"name": "doc_id", "type": "master", "to": "doc"}`)
	object("part", "parent", ``, `, {"name": "line_id", "type": "master", "to": "line"}`)
	object("note", "read", `"search"`, `, {"name": "doc_id", "type": "lookup", "to": "doc"}, {"name": "about_id", "type": "ref", "to": ["doc", "line"]},
		{"name": "doc_name", "type": "formula", "returns": "text", "stored": true, "expr": "doc_id.name"}, {"name": "doc_code", "type": "formula", "returns": "text", "expr": "CONCAT(doc_id.code, '!')"}`)
	f["objects/area/object.json"] = strings.Replace(f["objects/area/object.json"], `"fields": [`, `"fields": [{"name": "doc_count", "type": "rollup", "function": "count", "from": "doc.area_id"},
		{"name": "done_amount", "type": "rollup", "function": "sum", "from": "doc.area_id", "field": "amount", "where": "status == 'done'"},
		{"name": "line_count", "type": "rollup", "function": "count", "from": "line.doc_id.area_id"}, {"name": "rich", "type": "formula", "returns": "bool", "expr": "doc_count > 2"}, `, 1)
	f["duplicates/doc.json"] = `{"object": "doc", "rules": [{"name": "twins", "keys": ["twin"], "match": [{"field": "twin"}], "action": "warn", "message": "There is one like this."}]}`
	f["objects/doc_member/object.json"] = `{"name": "doc_member", "label": "Member", "sharing": "read", "fields": [{"name": "doc_id", "type": "lookup", "to": "doc", "onDelete": "cascade"},
		{"name": "user_id", "type": "lookup", "to": "person"}, {"name": "level", "type": "text"}]}`
	for i, set := range s.sets {
		objects := map[string]any{}
		for name, p := range set.objects {
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
		b, _ := json.Marshal(map[string]any{"name": fmt.Sprint("s", i), "label": "Set", "objects": objects, "system": set.system()})
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
	isolation := `"label_id"`
	if s.several {
		isolation += `, "label_ids"`
	}
	var rules, limits []string
	for i := range s.rules {
		rules = append(rules, s.rules[i].json(i, false))
	}
	for i := range s.limits {
		limits = append(limits, s.limits[i].json(i, true))
	}
	f["sharing/doc.json"] = fmt.Sprintf(`{"object": "doc", "rules": [%s], "restrictions": [%s], "territory": {"field": "area_id", "access": %q},
		"queue": {"field": "pool_id", "access": %q}, "isolation": [%s],
		"belonging": [{"user": "firm_id", "field": "firm_id", "access": %q}, {"user": "doc_id", "field": "id", "access": %q}],
		"teams": [{"object": "doc_member", "record": "doc_id", "user": "user_id", "level": "level"}]}`, strings.Join(rules, ","), strings.Join(limits, ","), level(s.areaEdit), level(s.poolEdit), isolation, level(s.firmEdit), level(s.ownDocEdit))
	return f
}

// system are the rights of a set that belong to no object.
func (s *sceneSet) system() []string {
	out := []string{}
	if s.export {
		out = append(out, "export")
	}
	if s.allLabels {
		out = append(out, "allBrands")
	}
	return out
}

func level(edit bool) string {
	if edit {
		return "edit"
	}
	return "read"
}

// Ids of the scene's things in the store: a number for each kind, and the place in the scene.
const (
	unitID, areaID, userID, crewID, poolID, labelID, firmID = 1000, 2000, 3000, 4000, 5000, 6000, 7000
	docID, lineID, partID, noteID, fileID, restID           = 10000, 20000, 30000, 40000, 50000, 90000
)

var firstID = map[string]int64{"doc": docID, "line": lineID, "part": partID, "note": noteID, fileObject: fileID}

func ref(object string, first int64, n int) any {
	if n < 0 {
		return nil
	}
	return Key(object, first+int64(n))
}

// fill makes the tenant of a scene with all its records.
func (s *scene) fill(t testing.TB, e *Env) *Tenant {
	w := e.Tenant(t, s.metadata())
	var ops []record.Op
	rest := int64(restID)
	add := func(object string, id int64, in map[string]any) {
		if id == 0 {
			rest++
			id = rest
		}
		ops = append(ops, w.Make(object, id, in))
	}
	for i, above := range s.units {
		add("unit", unitID+int64(i), map[string]any{"code": fmt.Sprint("u", i), "aboveId": ref("unit", unitID, above)})
	}
	for i, above := range s.areas {
		add("area", areaID+int64(i), map[string]any{"code": fmt.Sprint("a", i), "aboveId": ref("area", areaID, above)})
	}
	for i, above := range s.firms {
		add("firm", firmID+int64(i), map[string]any{"aboveId": ref("firm", firmID, above)})
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
		add("person", userID+int64(i), map[string]any{"name": fmt.Sprint("User ", i), "status": status, "orgUnitId": ref("unit", unitID, u.unit), "firmId": ref("firm", firmID, u.firm)})
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
			"poolId": ref("pool", poolID, d.pool), "labelId": ref("label", labelID, d.label), "firmId": ref("firm", firmID, d.firm), "code": fmt.Sprint("D", i), "twin": fmt.Sprint("T", d.twin)}
		if len(d.labels) > 0 {
			in["labelIds"] = refs("label", labelID, d.labels)
		}
		if d.amount >= 0 {
			in["amount"] = json.Number(fmt.Sprint(d.amount))
		}
		add("doc", docID+int64(i), in)
		for u, edit := range d.team {
			add("doc_member", 0, map[string]any{"docId": ref("doc", docID, i), "userId": ref("person", userID, u), "level": level(edit)})
		}
	}
	for i, u := range s.users {
		if u.doc >= 0 {
			ops = append(ops, record.Op{Verb: record.Update, Object: w.Cat.Object("person"), ID: userID + int64(i), Input: map[string]any{"docId": ref("doc", docID, u.doc)}})
		}
	}
	for i, d := range s.lines {
		add("line", lineID+int64(i), map[string]any{"name": fmt.Sprint("needle line ", i), "docId": ref("doc", docID, d)})
	}
	for i, l := range s.parts {
		add("part", partID+int64(i), map[string]any{"name": fmt.Sprint("part ", i), "lineId": ref("line", lineID, l)})
	}
	for i, n := range s.notes {
		about := ref("doc", docID, n.about)
		if n.line >= 0 {
			about = ref("line", lineID, n.line)
		}
		add("note", noteID+int64(i), map[string]any{"name": fmt.Sprint("needle note ", i), "ownerId": ref("person", userID, n.owner), "docId": ref("doc", docID, n.doc), "aboutId": about})
	}
	for i, d := range fileDocs {
		w.papers = append(w.papers, w.upload(t, fmt.Sprint("paper ", i)))
		add(fileObject, fileID+int64(i), map[string]any{"docId": ref("doc", docID, d), "file": w.papers[i]})
	}
	for _, sh := range s.shares {
		in := map[string]any{"recordId": ref("doc", docID, sh.record), "userId": ref("person", userID, sh.user), "teamId": ref("crew", crewID, sh.crew),
			"orgUnitId": ref("unit", unitID, sh.unit), "accessLevel": level(sh.edit)}
		if sh.role >= 0 {
			in["role"] = fmt.Sprint("r", sh.role)
		}
		add("share", 0, in)
	}
	w.Put(t, ops...)
	ops = nil
	for i := range s.docs { // loaders leave no history
		ops = append(ops, record.Op{Verb: record.Update, Object: w.Cat.Object("doc"), ID: docID + int64(i), Input: map[string]any{"extra": fmt.Sprint("x", i)}})
	}
	_, err := w.Records.Write(ident.With(context.Background(), platform()), access.Everything, ops, record.Options{Atomic: true})
	must(t, err)
	w.Clock.Advance(time.Hour)
	ops = nil
	for i, d := range s.docs {
		if d.deleted {
			ops = append(ops, record.Op{Verb: record.Delete, Object: w.Cat.Object("doc"), ID: docID + int64(i)})
		}
	}
	w.Put(t, ops...)
	return w
}

func refs(object string, first int64, ns []int) (out []any) {
	for _, n := range ns {
		out = append(out, ref(object, first, n))
	}
	return out
}

// upload takes in a file that the next write may use.
func (w *Tenant) upload(t testing.TB, text string) string {
	t.Helper()
	info, err := w.Files.Upload(ident.With(context.Background(), platform()), files.Upload{Object: fileObject, Field: "file", Name: text + ".txt", Type: "text/plain"}, strings.NewReader(text))
	must(t, err)
	return info.ID
}
