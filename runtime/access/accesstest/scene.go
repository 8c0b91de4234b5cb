package accesstest

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// scene is a random organisation with random rules and records, in plain Go. It decides by itself
// who reaches what, as the documentation of the metadata says, and knows nothing of the platform.
type scene struct {
	rng     *rand.Rand
	units   []int // unit → the one above, or -1
	areas   []int
	firms   []int // firm → the one above, or -1
	roles   []sceneRole
	sets    []sceneSet
	users   []sceneUser
	docs    []sceneDoc
	lines   []int       // line → its doc
	parts   []int       // part → its line
	notes   []sceneNote // everybody may read notes
	shares  []sceneShare
	rules   []sceneRule
	limits  []sceneRule
	docKind string // sharing of docs
	// What users of an area and members of a pool may change, and whether docs are of several labels.
	areaEdit, poolEdit, several bool
	// What users may change that belongs to their firm or one below, or the doc that is theirs.
	firmEdit, ownDocEdit bool
	// without is the rule that the scene leaves out, to see that the comparison would notice.
	without string
}

type sceneRole struct {
	above int // or -1
	sets  []int
}

type sceneSet struct {
	objects           map[string]scenePerm
	export, allLabels bool
}

type sceneNote struct {
	owner, doc, about int // a doc, or -1
	line              int // or a line, when about is -1; or -1
}

type scenePerm struct {
	read, create, update, del, viewAll, editAll bool
	depth, editDepth                            int
}

type sceneUser struct {
	active                             bool
	unit                               int
	roles, crews, areas, pools, labels []int
	firm, doc                          int // to which the user's record leads, or -1
}

type sceneDoc struct {
	owner, area, pool, label int // or -1
	firm                     int // or -1
	labels                   []int
	twin                     int // docs of the same number are alike
	status                   string
	amount                   int          // or -1: none
	team                     map[int]bool // user → may edit
	deleted                  bool
}

type sceneShare struct {
	object                 string
	record                 int
	user, crew, unit, role int // one is not -1
	edit                   bool
}

type sceneRule struct {
	status string // condition on the status, or
	above  int    // on the amount
	to     audience
	all    bool // of restrictions: concerns everybody
	except *audience
	edit   bool
}

type audience struct {
	kind  string // role, unit, crew, area
	n     int
	below bool
}

const (
	nUnits, nAreas, nFirms, nRoles, nSets, nUsers, nCrews, nPools, nLabels = 5, 5, 4, 5, 4, 6, 2, 2, 3
	nDocs, nLines, nParts, nNotes                                          = 24, 20, 12, 8
)

// fileObject are the files of docs: as many as fileDocs, each of a doc.
const fileObject = "doc_file"

var fileDocs = []int{0, 5, 5, 11, 17, 23}

var statuses = []string{"new", "open", "done"}

func (s *scene) n(n int) int           { return s.rng.IntN(n) }
func (s *scene) chance(p float64) bool { return s.rng.Float64() < p }
func (s *scene) some(n int, p float64) (out []int) {
	for i := range n {
		if s.chance(p) {
			out = append(out, i)
		}
	}
	return out
}

func (s *scene) maybe(n int, p float64) int {
	if s.chance(p) {
		return s.n(n)
	}
	return -1
}

func newScene(seed uint64) *scene {
	s := &scene{rng: rand.New(rand.NewPCG(seed, 4))}
	s.docKind = []string{"private", "private", "private", "read", "readWrite"}[s.n(5)]
	s.areaEdit, s.poolEdit, s.several = s.chance(0.3), s.chance(0.7), s.chance(0.4)
	for i := range nUnits {
		s.units, s.areas = append(s.units, s.n(i+1)-1), append(s.areas, s.n(i+1)-1)
	}
	for range nSets {
		s.sets = append(s.sets, s.randomSet())
	}
	for i := range nRoles {
		s.roles = append(s.roles, sceneRole{above: s.n(i+1) - 1, sets: s.some(nSets, 0.4)})
	}
	for range nUsers {
		s.users = append(s.users, sceneUser{active: s.chance(0.9), unit: s.maybe(nUnits, 0.9), roles: s.some(nRoles, 0.35), crews: s.some(nCrews, 0.4),
			areas: s.some(nAreas, 0.15), pools: s.some(nPools, 0.3), labels: s.some(nLabels, 0.4)})
	}
	for range nDocs {
		d := sceneDoc{owner: s.n(nUsers), area: s.maybe(nAreas, 0.4), pool: s.maybe(nPools, 0.3), label: s.maybe(nLabels, 0.4),
			labels: s.some(nLabels, 0.15),
			status: statuses[s.n(len(statuses))], amount: s.maybe(100, 0.8), team: map[int]bool{}, deleted: s.chance(0.08), twin: s.n(nDocs / 3)}
		for _, u := range s.some(nUsers, 0.08) {
			d.team[u] = s.chance(0.5)
		}
		s.docs = append(s.docs, d)
	}
	for range nLines {
		s.lines = append(s.lines, s.n(nDocs))
	}
	for range nParts {
		s.parts = append(s.parts, s.n(nLines))
	}
	for range nNotes {
		s.notes = append(s.notes, s.randomNote())
	}
	for range 5 {
		sh := sceneShare{object: "doc", record: s.n(nDocs), user: -1, crew: -1, unit: -1, role: -1, edit: s.chance(0.5)}
		switch s.n(4) {
		case 0:
			sh.user = s.n(nUsers)
		case 1:
			sh.crew = s.n(nCrews)
		case 2:
			sh.unit = s.n(nUnits)
		default:
			sh.role = s.n(nRoles)
		}
		s.shares = append(s.shares, sh)
	}
	for range 1 + s.n(3) {
		s.rules = append(s.rules, s.randomRule())
	}
	for range s.n(3) {
		l := s.randomRule()
		l.all = s.chance(0.4)
		if s.chance(0.5) {
			a := s.randomAudience()
			l.except = &a
		}
		s.limits = append(s.limits, l)
	}
	s.bind()
	return s
}

// bind leads users and docs to firms, and users to docs that are alive.
func (s *scene) bind() {
	s.firmEdit, s.ownDocEdit = s.chance(0.5), s.chance(0.5)
	for i := range nFirms {
		s.firms = append(s.firms, s.n(i+1)-1)
	}
	for i := range s.docs {
		s.docs[i].firm = s.maybe(nFirms, 0.4)
	}
	for i := range s.users {
		u := &s.users[i]
		u.firm, u.doc = s.maybe(nFirms, 0.4), s.maybe(nDocs, 0.4)
		if u.doc >= 0 && s.docs[u.doc].deleted {
			u.doc = -1
		}
	}
}

// randomNote refers to records that are alive: deletions lead no references away.
func (s *scene) randomNote() sceneNote {
	n := sceneNote{owner: s.n(nUsers), doc: s.maybe(nDocs, 0.8), about: s.maybe(nDocs, 0.5), line: -1}
	if n.about < 0 {
		n.line = s.maybe(nLines, 0.7)
	}
	if n.doc >= 0 && s.docs[n.doc].deleted {
		n.doc = -1
	}
	if n.about >= 0 && s.docs[n.about].deleted {
		n.about = -1
	}
	if n.line >= 0 && !s.alive("line", n.line) {
		n.line = -1
	}
	return n
}

func (s *scene) randomSet() sceneSet {
	set := sceneSet{objects: map[string]scenePerm{}, export: s.chance(0.5), allLabels: s.chance(0.1)}
	for _, o := range []string{"doc", "line", "part", "note"} {
		if !s.chance(0.75) {
			continue
		}
		p := scenePerm{read: true, create: s.chance(0.5), update: s.chance(0.6), del: s.chance(0.4), viewAll: s.chance(0.06), editAll: s.chance(0.04)}
		p.viewAll = p.viewAll || p.editAll
		p.depth, p.editDepth = s.n(3), s.n(3)
		set.objects[o] = p
	}
	return set
}

func (s *scene) randomRule() sceneRule {
	r := sceneRule{above: -1, to: s.randomAudience(), edit: s.chance(0.5)}
	if s.chance(0.5) {
		r.status = statuses[s.n(len(statuses))]
	} else {
		r.above = s.n(100)
	}
	return r
}

func (s *scene) randomAudience() audience {
	switch s.n(4) {
	case 0:
		return audience{"role", s.n(nRoles), s.chance(0.5)}
	case 1:
		return audience{"unit", s.n(nUnits), s.chance(0.5)}
	case 2:
		return audience{"crew", s.n(nCrews), false}
	}
	return audience{"area", s.n(nAreas), s.chance(0.5)}
}

// on says whether a node of a tree is another, or below it.
func on(tree []int, node, top int) bool {
	for ; node >= 0; node = tree[node] {
		if node == top {
			return true
		}
	}
	return false
}

func (s *scene) roleBelow(r, top int) bool {
	for ; r >= 0; r = s.roles[r].above {
		if r == top {
			return true
		}
	}
	return false
}

// perm adds up what a user's permission sets say of an object.
func (s *scene) perm(u int, object string) (p scenePerm) {
	user := s.users[u]
	if !user.active && s.without != "inactive" {
		return p
	}
	for _, r := range user.roles {
		for _, n := range s.roles[r].sets {
			q, ok := s.sets[n].objects[object]
			if !ok {
				continue
			}
			p.read, p.create, p.update, p.del = true, p.create || q.create, p.update || q.update, p.del || q.del
			p.viewAll, p.editAll = p.viewAll || q.viewAll, p.editAll || q.editAll
			p.depth, p.editDepth = max(p.depth, q.depth, q.editDepth), max(p.editDepth, q.editDepth)
		}
	}
	return p
}

// has says whether one of a user's permission sets is such.
func (s *scene) has(u int, such func(*sceneSet) bool) bool {
	user := s.users[u]
	return (user.active || s.without == "inactive") && slices.ContainsFunc(user.roles, func(r int) bool {
		return slices.ContainsFunc(s.roles[r].sets, func(n int) bool { return such(&s.sets[n]) })
	})
}

func (s *scene) within(u int, a audience) bool {
	user := s.users[u]
	switch a.kind {
	case "role":
		return slices.ContainsFunc(user.roles, func(r int) bool { return r == a.n || a.below && s.roleBelow(r, a.n) })
	case "unit":
		return user.unit == a.n || (a.below || s.without == "exact audience") && on(s.units, user.unit, a.n)
	case "crew":
		return slices.Contains(user.crews, a.n)
	}
	return slices.ContainsFunc(user.areas, func(x int) bool { return x == a.n || (a.below || s.without == "exact audience") && on(s.areas, x, a.n) })
}

func (r *sceneRule) meets(d *sceneDoc) bool {
	if r.status != "" {
		return d.status == r.status
	}
	return d.amount >= 0 && d.amount > r.above
}

// allowed says whether the user may do op (read, update, delete) with any record of the object.
func (s *scene) allowed(u int, object, op string) bool {
	p := s.perm(u, object)
	if object == fileObject { // files are written by who may change their doc
		p = s.perm(u, "doc")
		p.del = p.update
	}
	switch op {
	case "update":
		return p.update
	case "delete":
		return p.del
	}
	return p.read
}

// reaches says whether the user may do op with a record.
func (s *scene) reaches(u int, object string, n int, op string) bool {
	if !s.allowed(u, object, op) {
		return false
	}
	p := s.perm(u, object)
	edit := op != "read"
	up := "read"
	if edit {
		up = "update"
	}
	all := p.editAll || p.viewAll && !edit
	switch object {
	case "part":
		return all || s.without == "parent" || s.reaches(u, "line", s.parts[n], up)
	case "line":
		return all || s.reaches(u, "doc", s.lines[n], up)
	case "note":
		return all || !edit || s.owned(u, s.notes[n].owner, p, edit)
	case fileObject:
		return s.reaches(u, "doc", fileDocs[n], up)
	}
	public := s.docKind == "readWrite" || s.docKind == "read" && !edit
	return s.open(u, &s.docs[n], edit) && (all || public || s.granted(u, n, p, edit))
}

// open says whether nothing withholds a doc from the user.
func (s *scene) open(u int, d *sceneDoc, edit bool) bool {
	if s.without != "brand" && !s.has(u, func(set *sceneSet) bool { return set.allLabels }) {
		mine := s.users[u].labels
		if d.label >= 0 && !slices.Contains(mine, d.label) {
			return false
		}
		if s.several && len(d.labels) > 0 && !slices.ContainsFunc(d.labels, func(l int) bool { return slices.Contains(mine, l) }) {
			return false
		}
	}
	for _, r := range s.limits {
		if !r.meets(d) || r.edit && !edit || s.without == "restriction" {
			continue
		}
		if (r.all || s.within(u, r.to)) && (r.except == nil || !s.within(u, *r.except)) {
			return false
		}
	}
	return true
}

func (s *scene) owned(u, owner int, p scenePerm, edit bool) bool {
	if owner == u && s.without != "owner" {
		return true
	}
	if s.without != "hierarchy" {
		for _, r := range s.users[owner].roles {
			for _, mine := range s.users[u].roles {
				if r != mine && s.roleBelow(r, mine) {
					return true
				}
			}
		}
	}
	depth := p.depth
	if edit {
		depth = p.editDepth
	}
	mine, other := s.users[u].unit, s.users[owner].unit
	if mine < 0 || other < 0 {
		return false
	}
	return depth >= 1 && mine == other && s.without != "unit" || depth >= 2 && mine != other && on(s.units, other, mine) && s.without != "subunits"
}

func (s *scene) granted(u, n int, p scenePerm, edit bool) bool {
	d, user := &s.docs[n], s.users[u]
	if s.owned(u, d.owner, p, edit) {
		return true
	}
	if may, in := d.team[u]; in && (may || !edit) && !d.deleted && s.without != "team" { // members go with the doc
		return true
	}
	if d.area >= 0 && (s.areaEdit || !edit) && s.without != "territory" && slices.ContainsFunc(user.areas, func(a int) bool { return on(s.areas, d.area, a) }) {
		return true
	}
	if d.pool >= 0 && (s.poolEdit || !edit) && s.without != "queue" && slices.Contains(user.pools, d.pool) {
		return true
	}
	if s.belongs(user, n, edit) {
		return true
	}
	for _, r := range s.rules {
		if r.meets(d) && (r.edit || !edit) && s.within(u, r.to) && s.without != "criteria" {
			return true
		}
	}
	for _, sh := range s.shares {
		if sh.record != n || edit && !sh.edit || s.without == "share" {
			continue
		}
		if sh.user == u || slices.Contains(user.crews, sh.crew) || sh.unit >= 0 && on(s.units, user.unit, sh.unit) || slices.Contains(user.roles, sh.role) {
			return true
		}
	}
	return false
}

// belongs says whether a doc is of the user's firm or one below it, or the one that is the user's.
func (s *scene) belongs(user sceneUser, n int, edit bool) bool {
	firm := s.docs[n].firm
	if firm >= 0 && user.firm >= 0 && (s.firmEdit || !edit) && s.without != "belonging" && (firm == user.firm || on(s.firms, firm, user.firm) && s.without != "belonging below") {
		return true
	}
	return user.doc == n && (s.ownDocEdit || !edit) && s.without != "bound to it"
}

// visible lists the live records of an object that a user may read.
func (s *scene) visible(u int, object string) (out []int) {
	for n := range s.count(object) {
		if s.alive(object, n) && s.reaches(u, object, n, "read") {
			out = append(out, n)
		}
	}
	return out
}

func (s *scene) count(object string) int {
	return map[string]int{"doc": nDocs, "line": nLines, "part": nParts, "note": nNotes, fileObject: len(fileDocs)}[object]
}

// alive says whether a record is outside the recycle bin: details go with their master.
func (s *scene) alive(object string, n int) bool {
	switch object {
	case "doc":
		return !s.docs[n].deleted
	case "line":
		return s.alive("doc", s.lines[n])
	case "part":
		return s.alive("line", s.parts[n])
	case fileObject:
		return s.alive("doc", fileDocs[n])
	}
	return true
}

func (a audience) json() string {
	name := map[string]string{"role": "role", "unit": "unit", "crew": "team", "area": "territory"}[a.kind]
	code := fmt.Sprintf("%c%d", a.kind[0], a.n)
	if a.below {
		name += "AndBelow"
	}
	return fmt.Sprintf(`{%q: %q}`, name, code)
}

func (r *sceneRule) json(i int, limit bool) string {
	where := fmt.Sprintf("status == '%s'", r.status)
	if r.status == "" {
		where = fmt.Sprintf("amount > %d", r.above)
	}
	level := map[bool]string{true: "edit", false: "read"}[r.edit]
	if !limit {
		return fmt.Sprintf(`{"name": "r%d", "where": %q, "to": %s, "access": %q}`, i, where, r.to.json(), level)
	}
	out := fmt.Sprintf(`{"name": "l%d", "where": %q, "deny": %q`, i, where, level)
	if !r.all {
		out += `, "from": ` + r.to.json()
	}
	if r.except != nil {
		out += `, "except": [` + r.except.json() + `]`
	}
	return out + "}"
}
