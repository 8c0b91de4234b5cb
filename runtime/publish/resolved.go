package publish

import (
	"crypto/sha256"
	"encoding/binary"
	"io/fs"
	"runtime/debug"
	"sort"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/load"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/plan"
	"github.com/tenon-platform/tenon/metadata/resolve"
	"github.com/tenon-platform/tenon/platform/diag"
)

// resolved is what a bundle leads to. The service keeps the last one, because the same bundle is
// resolved when it is planned, again when it is applied, and its data is loaded after that; for a
// large catalogue this is most of the time that publishing takes.
type resolved struct {
	key      resolvedKey
	packages []*model.Package
	cat      *catalog.Catalog
	findings diag.List
	settled  bool // see settle
	from     *catalog.Catalog
	diff     *plan.Plan // what changes from there on; see difference
}

type resolvedKey struct {
	files   [sha256.Size]byte
	storage *catalog.Storage // the physical names it starts from
	past    int64            // the revision that is gone back to; 0: none
	rev     int64
}

// resolve loads and resolves a bundle; cat is nil when the findings have errors. past is the
// revision that is gone back to, or nil.
func (s *Service) resolve(b Bundle, storage *catalog.Storage, past *Revision, rev int64) (*catalog.Catalog, diag.List) {
	r := s.resolvedAs(b.digest(), b, storage, past, rev)
	return r.cat, r.findings
}

// resolvedAs is resolve of a bundle whose digest is known.
func (s *Service) resolvedAs(files [sha256.Size]byte, b Bundle, storage *catalog.Storage, past *Revision, rev int64) *resolved {
	key, names := resolvedKey{files, storage, 0, rev}, (*catalog.Storage)(nil)
	if past != nil {
		key.past, names = past.Number, past.storage
	}
	if s.last != nil && s.last.key == key {
		return s.last
	}
	r := &resolved{key: key}
	r.packages, r.findings = LoadBundle(b, s.opt.Fields)
	if !r.findings.HasErrors() {
		var more diag.List
		r.cat, more = resolve.Resolve(s.input(r.packages, storage, names, rev))
		r.findings = append(r.findings, more...)
		r.findings.Sort()
	}
	s.last = r
	return r
}

// difference is what changes from one catalogue to another. That to the last one is kept with it: a plan counts it, and
// the apply counts it again, and carries it out.
func (s *Service) difference(old, cat *catalog.Catalog) *plan.Plan {
	r := s.last
	if r == nil || r.cat != cat {
		return plan.Diff(old, cat)
	}
	if r.from != old {
		r.from, r.diff = old, plan.Diff(old, cat)
	}
	return r.diff
}

// muchMetadata is the size of a bundle, in bytes, from which on its reading is worth a collection of its own.
const muchMetadata = 1 << 20

// settle lets go of where things stand in the files that were resolved last, of so many bytes in all, once nobody will
// name a place in them: all that was to be found in them is found, by their cases, too. It takes tens of
// megabytes of what a large plan keeps until it is applied. The cases of a revision that is gone back to have not been run, and may be.
//
// Reading so much leaves several times its size behind. That is given back beside what follows: whoever planned looks
// at the plan, and the store works on one core when it is applied at once.
func (s *Service) settle(p *Proposal, size int) {
	if p.Restores > 0 || s.last.settled {
		return
	}
	s.last.settled = true
	forget(s.last.packages)
	if size > muchMetadata && !s.opt.Passing {
		go debug.FreeOSMemory()
	}
}

// served is the catalogue of a revision that was published, as readServed gives it.
func (s *Service) served(rev *Revision) (*catalog.Catalog, diag.List) {
	packages, findings := LoadBundle(rev.bundle, s.opt.Fields)
	if findings.HasErrors() {
		return nil, findings
	}
	in := s.input(packages, rev.storage, nil, rev.Number)
	in.Proven = true
	cat, more := resolve.Resolve(in)
	forget(packages)
	return cat, append(findings, more...)
}

func forget(packages []*model.Package) {
	for _, p := range packages {
		p.Forget()
	}
}

// input is what a catalogue of packages is made of here.
func (s *Service) input(packages []*model.Package, storage, past *catalog.Storage, rev int64) resolve.Input {
	return resolve.Input{Packages: packages, Fields: s.opt.Fields, Engines: s.opt.Engines.Signatures(), Storage: storage, Past: past, Zone: s.opt.Zone, Revision: rev, Checks: s.opt.Checks}
}

// loaded gives the packages of a bundle, with what was wrong with them.
func (s *Service) loaded(b Bundle) ([]*model.Package, diag.List) {
	if s.last != nil && s.last.key.files == b.digest() {
		return s.last.packages, s.last.findings
	}
	return LoadBundle(b, s.opt.Fields)
}

// digest is equal for bundles of the same files.
func (b Bundle) digest() (sum [sha256.Size]byte) {
	h := sha256.New()
	part := func(p []byte) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write(p)
	}
	for _, pkg := range sortedKeys(b) {
		part([]byte(pkg))
		for _, path := range sortedKeys(b[pkg]) {
			part([]byte(path))
			part(b[pkg][path])
		}
		part(nil)
	}
	h.Sum(sum[:0])
	return sum
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// LoadBundle reads the packages of a bundle, in order of their names, as the tenant's own package
// changes them.
func LoadBundle(b Bundle, fields field.Registry) ([]*model.Package, diag.List) {
	dirs := make(map[string]fs.FS, len(b))
	for n := range b {
		dirs[n] = b.FS(n)
	}
	return load.Packages(dirs, fields)
}
