// Package plan compares two catalogues and says what would change: each change with its address,
// its class and, once counted, how much of the real data it touches. It is pure: it describes
// the physical steps and the probes that count, but runtime/publish carries them out.
package plan

import (
	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/store/driver"
)

// Class says what a change does to existing data.
type Class string

const (
	Additive    Class = "additive"    // existing data stays as it is
	Rewriting   Class = "rewriting"   // existing rows get new values
	Destructive Class = "destructive" // existing data is lost
)

// Op is the mark of a change.
type Op string

const (
	Add     Op = "+"
	Change  Op = "~"
	Remove  Op = "-"
	Replace Op = "±" // another column takes over
)

// Entry is one change.
type Entry struct {
	Op      Op           `json:"op"`
	Address addr.Address `json:"address"`
	Class   Class        `json:"class"`
	Summary diag.Text    `json:"summary"`
	// Impact says in words what the count means; Count is nil when nothing is counted. A
	// blocking impact with a count above zero forbids the apply.
	Impact   *diag.Text `json:"impact,omitempty"`
	Count    *int64     `json:"count,omitempty"`
	Blocking bool       `json:"blocking,omitempty"`
	// Runs is what becomes of the runs of a flow that starts none any more, which Count counts: finish, drain or
	// cancel. "": the entry is about nothing of the kind. Who asks for a plan may ask for another of them.
	Runs  string `json:"runs,omitempty"`
	Probe *Probe `json:"-"`
}

// Plan is everything that would change between two catalogues.
type Plan struct {
	Entries []Entry
	Steps   Steps
	// Access says that somebody may gain or lose records or fields.
	Access bool
}

// Destroys says whether any change loses data.
func (p *Plan) Destroys() bool {
	for _, e := range p.Entries {
		if e.Class == Destructive {
			return true
		}
	}
	return false
}

// Empty says whether nothing would change.
func (p *Plan) Empty() bool { return len(p.Entries) == 0 }

// Probe is a question about the real data, asked on the old catalogue's tables.
type Probe struct {
	Kind    ProbeKind
	Object  *catalog.Object // of the old catalogue
	Field   *catalog.Field  // of the old catalogue
	New     *catalog.Field  // of the new catalogue: Unconvertible
	Rule    *expr.Program   // Violates: compiled on NewObj
	NewObj  *catalog.Object
	Key     *catalog.Key // Duplicates: of the new catalogue
	Apart   *catalog.NoOverlap
	Codes   []string         // Holds: picklist codes
	Setting *catalog.Setting // Misfits, Set
	Flow    string           // Running: key of a process
}

// ProbeKind is what a probe counts.
type ProbeKind uint8

const (
	Rows          ProbeKind = iota // all live records
	NonNull                        // records with a value in Field
	Nulls                          // records without a value in Field
	Unconvertible                  // values of Field that New does not accept
	Violates                       // records for which Rule is true
	Duplicates                     // records that share their Key with another
	Holds                          // records whose Field has one of Codes
	Running                        // instances of the process Flow that are not over
	Overlaps                       // records whose range overlaps that of another, by Apart
	Set                            // values that Setting was given, for the tenant and for brands
	Misfits                        // those of them that do not fit its type
)

// Steps are the physical work, in the order of an apply.
type Steps struct {
	Before []driver.Change // additive, while the old catalogue serves
	Fill   []Fill          // backfills, in batches
	After  []driver.Change // reclaims space once the new catalogue serves
}

// Fill gives existing rows of an object values for fields that are new or retyped.
type Fill struct {
	Object  *catalog.Object // of the new catalogue
	Default []*catalog.Field
	Compute []*catalog.Field
	Convert []Conversion
}

// Conversion carries a retyped field's values over.
type Conversion struct{ Old, New *catalog.Field }

// Diff compares what is with what shall be. old may be empty, never nil.
func Diff(old, new *catalog.Catalog) *Plan {
	d := &differ{old: old, new: new}
	d.packages()
	d.settings()
	d.picklists()
	d.objects()
	d.decisions()
	d.scripts()
	d.connections()
	d.screens()
	d.access()
	d.approvals()
	d.automations()
	return &Plan{Entries: d.entries, Steps: d.steps, Access: d.accessChanged}
}

type differ struct {
	old, new *catalog.Catalog
	entries  []Entry
	steps    Steps
	// accessChanged: somebody may gain or lose something
	accessChanged bool
}

func (d *differ) add(e Entry) *Entry {
	d.entries = append(d.entries, e)
	return &d.entries[len(d.entries)-1]
}

// join takes what another has found.
func (d *differ) join(found *differ) {
	d.entries = append(d.entries, found.entries...)
	d.steps.Before = append(d.steps.Before, found.steps.Before...)
	d.steps.Fill = append(d.steps.Fill, found.steps.Fill...)
	d.steps.After = append(d.steps.After, found.steps.After...)
	d.accessChanged = d.accessChanged || found.accessChanged
}

func (d *differ) packages() {
	was := map[string]catalog.Package{}
	for _, p := range d.old.Packages {
		was[p.Name] = p
	}
	for _, p := range d.new.Packages {
		o, ok := was[p.Name]
		delete(was, p.Name)
		switch {
		case !ok:
			d.add(Entry{Op: Add, Address: addr.Package(p.Name), Class: Additive,
				Summary: diag.Textf("package %s %s is installed", "安装软件包 %s %s", p.Name, p.Version)})
		case o.Version != p.Version:
			d.add(Entry{Op: Change, Address: addr.Package(p.Name), Class: Additive,
				Summary: diag.Textf("package %s goes from %s to %s", "软件包 %s 从 %s 升级到 %s", p.Name, o.Version, p.Version)})
		}
	}
	for _, p := range d.old.Packages {
		if _, gone := was[p.Name]; gone {
			d.add(Entry{Op: Remove, Address: addr.Package(p.Name), Class: Additive,
				Summary: diag.Textf("package %s is removed", "移除软件包 %s", p.Name)})
		}
	}
}
