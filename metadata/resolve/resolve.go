// Package resolve turns raw packages into one immutable catalogue, in stages. Each stage takes
// what the ones before it proved and reports every finding; a stage does not run on what an
// earlier one found broken. It reads no data: the same packages give the same catalogue.
package resolve

import (
	"strconv"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/engine"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
)

// Input is what a catalogue is made of.
type Input struct {
	Packages []*model.Package
	Fields   field.Registry
	Engines  engine.Registry  // that actions may call
	Storage  *catalog.Storage // physical names so far; nil: none
	Past     *catalog.Storage // physical names of an older revision that is gone back to; nil: none
	Zone     string           // IANA name of the tenant's time zone
	Revision int64
	// Checks are run last, on a whole catalogue: what is known only above this layer.
	Checks []Check
	// Proven says that the packages were resolved before: what only judges them, and is nothing that a
	// catalogue holds, is not done again.
	Proven bool
}

// Check finds what is wrong with a catalogue. at tells where a part of an approval is written.
type Check func(cat *catalog.Catalog, at func(a *catalog.Approval, path string) diag.Pos) diag.List

// Resolve makes the catalogue. It is nil when the findings have errors.
func Resolve(in Input) (*catalog.Catalog, diag.List) {
	r := &resolver{in: in, cat: &catalog.Catalog{Revision: in.Revision, Zone: in.Zone,
		Picklists: map[string]*model.Picklist{}, ByName: map[string]*catalog.Object{}, ByPrefix: map[string]*catalog.Object{}},
		loc: expr.Location(in.Zone), keyOf: map[[2]string]*duplicateKey{}, picklistOf: map[string]string{}, added: map[[3]string]bool{}, actionParts: map[[2]string][]actionPart{}}
	for _, stage := range []func(){
		r.packages,     // order by dependencies
		r.merge,        // objects, picklists, extensions, overrides
		r.attachments,  // objects that hold the files of others
		r.processLocks, // records that processes lock
		r.objects,      // names, system fields
		r.blocking,     // keys of duplicate rules, as fields
		r.settings,     // what administrators choose for packages
		r.fields,       // Type.New
		r.references,   // targets and reverse relations
		r.storage,      // physical names
		r.keys,         // keys and indexes
		r.decisions,    // decision tables, which expressions ask
		r.tiers,        // tier tables, likewise
		r.formulas,     // expressions of formulas, in dependency order
		r.rollups,      // paths and conditions
		r.conditions,   // rules, defaults, partial keys
		r.overlaps,     // records that are held apart in time
		r.duplicates,   // rules that find records that are the same
		r.scorings,     // scoring models
		r.serving,      // objects that the platform itself needs
		r.ledgers,      // objects whose records are entries of accounts
		r.scripts,      // declarations of scripts
		r.actions,      // declared verbs and the engines they call
		r.connections,  // other systems, what they are told and tell, and messages to people
		r.outlets,      // what scripts may tell
		r.access,       // permission sets, roles and sharing
		r.approvals,    // approval processes
		r.automations,  // flows
		r.captures,     // what strangers may send
		r.segments,     // records that belong together
		r.slas,         // promises, and the flows that they run
		r.screens,      // layouts, views, stage paths and apps
		r.requires,     // what packages use of others
		r.feeds,        // what a change of one record touches elsewhere
		r.tables,       // physical tables
		r.tests,        // what test cases name
		r.checks,       // what others know of the whole
	} {
		stage()
		if r.findings.HasErrors() {
			r.findings.Sort()
			return nil, r.findings
		}
	}
	r.findings.Sort()
	return r.cat, r.findings
}

type resolver struct {
	in             Input
	cat            *catalog.Catalog
	findings       diag.List
	ordered        []*model.Package
	names          []string                      // of objects, in order of declaration
	loc            *time.Location                // of the tenant
	decls          layer[string, *objectDecl]    // of objects, and of what is like one
	picklistOf     map[string]string             // package of a global picklist
	stages         []stageDecl                   // of duplicates files
	duplicateDecls []*duplicateDecl              // in order of declaration
	uses           []use                         // what extensions and actions name of other packages
	added          map[[3]string]bool            // object, field, target: targets that extensions add
	actionParts    map[[2]string][]actionPart    // by object and action: what extensions add
	had            map[string]catalog.TableNames // by object: the physical names that it has already
	states         layer[*catalog.Field, *formulaState]
	keyOf          map[[2]string]*duplicateKey // by object and field that is a key
	open           []*catalog.Field            // formulas being compiled, outermost first
	flows          map[*catalog.Approval]model.Positions
	sealed         bool // the catalogue is whole: nothing in it changes any more
}

// objectDecl is an object with everything that extensions added to it.
type objectDecl struct {
	pkg string
	// filesOf names the object whose files the object holds, where the platform made it.
	filesOf string
	def     model.Object
	fields  []fieldDecl
	keys    []placed[model.Key]
	idx     []placed[model.Index]
	rules   []placed[model.Rule]
	types   []placed[model.RecordType]
	apart   []placed[model.NoOverlap]
}

// origin is where a declaration comes from: a package, and the other one that it is conditional on.
type origin struct{ pkg, when string }

// placed is a declaration with the package and the place that it came from.
type placed[T any] struct {
	v T
	origin
	pos  model.Positions
	path string
	over map[string]diag.Pos // by key: where an override gave it
}

func (p placed[T]) at(key string) diag.Pos {
	first, _, _ := strings.Cut(key, ".")
	if pos, ok := p.over[first]; ok {
		return pos
	}
	if key == "" {
		return p.pos.At(p.path)
	}
	return p.pos.At(p.path + "." + key)
}

// place is at, for who may never ask.
func (p placed[T]) place(key string) func() diag.Pos {
	return func() diag.Pos { return p.at(key) }
}

type fieldDecl = placed[model.Field]

func place[T any](items []T, from origin, pos model.Positions, path string) []placed[T] {
	out := make([]placed[T], len(items))
	for i, v := range items {
		out[i] = placed[T]{v: v, origin: from, pos: pos, path: path + "." + strconv.Itoa(i)}
	}
	return out
}

func (r *resolver) errorf(code string, of addr.Address, pos diag.Pos, text diag.Text) *diag.Finding {
	return r.findings.Errorf(code, of.String(), pos, text)
}
