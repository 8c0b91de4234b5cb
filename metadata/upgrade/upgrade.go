// Package upgrade raises packages of old formats to the current one, one version at a time, before
// anything is decoded: whatever reads a package knows one format. Files on disk stay as they are.
// Every upgrade is kept for ever.
//
// To change the format: raise model.FormatVersion, add a file v<old>.go with the Step from the old
// version and a test beside it, and list the Step in Standard.
package upgrade

import (
	"fmt"
	"path"
	"sort"

	"github.com/tenon-platform/tenon/metadata/document"
	"github.com/tenon-platform/tenon/platform/diag"
)

// First is the format of packages that name none.
const First = 1

// Manifest is the file that names a package's format.
const Manifest = "tenon.json"

// Package is the files of a package as trees, by slash path. A Step changes the trees in place, and
// the paths by Move; findings keep pointing to the files as they are on disk.
type Package struct {
	Files map[string]*document.Document // those that are JSON
}

// Each visits the files whose paths match a pattern (see path.Match), in the order of the paths.
func (p *Package) Each(pattern string, visit func(name string, root *document.Node)) {
	var names []string
	for name := range p.Files {
		if ok, err := path.Match(pattern, name); err != nil {
			panic(fmt.Sprintf("upgrade: %q: %v", pattern, err))
		} else if ok {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	for _, name := range names {
		visit(name, p.Files[name].Root)
	}
}

// Move gives a file another path.
func (p *Package) Move(from, to string) {
	if d, ok := p.Files[from]; ok {
		delete(p.Files, from)
		p.Files[to] = d
	}
}

// Step raises packages from one format to the next. Apply finds documents as authors wrote them,
// not as they should be: it must not trip over missing or mistyped values, which are reported
// later. What it cannot raise it reports.
type Step struct {
	From  int
	Apply func(p *Package, findings *diag.List)
}

// Chain is the steps from the first format to the current one.
type Chain struct{ steps []Step }

// NewChain makes a chain; the steps lead from First upwards without a gap, or it panics.
func NewChain(steps ...Step) Chain {
	for i, s := range steps {
		if s.From != First+i {
			panic(fmt.Sprintf("upgrade: step %d raises from format %d", i, s.From))
		}
	}
	return Chain{steps}
}

// Standard is the chain of this build.
func Standard() Chain { return NewChain() }

// Current is the format that the chain leads to.
func (c Chain) Current() int { return First + len(c.steps) }

// Raise raises a package of a format to the current one, which its manifest names afterwards.
func (c Chain) Raise(p *Package, format int, findings *diag.List) {
	for _, s := range c.steps[format-First:] {
		s.Apply(p, findings)
	}
	if m := p.Files[Manifest]; m != nil && m.Root != nil {
		m.Root.Set("format", document.NewLiteral(m.Root, document.Number, fmt.Sprint(c.Current())))
	}
}
