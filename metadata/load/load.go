// Package load reads a package from a file system: strictly, with the place of everything, and
// with every finding rather than the first. What the package means is metadata/resolve's business.
package load

import (
	"io/fs"
	"maps"
	"path"
	"reflect"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/tenon-platform/tenon/metadata/document"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/overlay"
	"github.com/tenon-platform/tenon/metadata/upgrade"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/parallel"
)

// Package reads a package directory. label names it in the findings' file names. The package is
// nil when it has no readable manifest.
func Package(fsys fs.FS, label string, fields field.Registry) (*model.Package, diag.List) {
	return Reader{Fields: fields, Upgrades: upgrade.Standard()}.Package(fsys, label)
}

// Packages reads the packages of one tenant, by their names and in order of them: each as the
// tenant's own package changes it.
func Packages(dirs map[string]fs.FS, fields field.Registry) (out []*model.Package, findings diag.List) {
	changed := map[string]Overlays{}
	if own := dirs[model.TenantPackage]; own != nil {
		changed = readOverlays(own, model.TenantPackage)
	}
	type outcome struct {
		pkg      *model.Package
		findings diag.List
	}
	known, rooms := &keyCache{}, &sync.Pool{}
	for _, o := range parallel.Map(slices.Sorted(maps.Keys(dirs)), func(n string) (o outcome) {
		o.pkg, o.findings = Reader{Fields: fields, Upgrades: upgrade.Standard(), Overlays: changed[n], keys: known, rooms: rooms}.Package(dirs[n], n)
		return o
	}) {
		findings = append(findings, o.findings...)
		if o.pkg != nil {
			out = append(out, o.pkg)
		}
	}
	for _, n := range slices.Sorted(maps.Keys(changed)) {
		if dirs[n] == nil {
			findings.Errorf("missing-package", "", changed[n].pos(), diag.Textf("the package %s, which is changed here, is not installed", "此处修改的软件包 %s 未安装", n))
		}
	}
	return out, findings
}

// Reader reads packages that use some field types, and are of any format that the upgrades lead from.
type Reader struct {
	Fields   field.Registry
	Upgrades upgrade.Chain
	Overlays Overlays // what of the package was changed where it is installed, by path
	keys     *keyCache
	rooms    *sync.Pool // of *document.Room
}

// Package reads a package directory; see the function of that name.
func (r Reader) Package(fsys fs.FS, label string) (*model.Package, diag.List) {
	if r.keys == nil {
		r.keys, r.rooms = &keyCache{}, &sync.Pool{}
	}
	l := &loader{Reader: r, fsys: fsys, label: label, kinds: Kinds(), docs: map[string]*document.Document{},
		pkg: &model.Package{Label: label, Files: map[string][]byte{}, I18n: map[string]map[string]string{}}}
	l.read()
	if l.raise() {
		l.peek()
		for _, p := range l.paths { // first, since texts everywhere name their keys
			l.translation(p)
		}
		l.manifest()
		l.files()
	}
	l.overlays()
	l.pkg.Forget = func() {
		for _, d := range l.docs {
			d.Forget()
		}
	}
	l.findings.Sort()
	if l.pkg.Manifest.Name == "" {
		return nil, l.findings
	}
	return l.pkg, l.findings
}

type loader struct {
	Reader
	fsys     fs.FS
	label    string
	kinds    []Kind
	pkg      *model.Package
	paths    []string
	docs     map[string]*document.Document // files that were parsed
	locales  []string                      // that the manifest declares
	tenant   bool                          // it is the tenant's own package
	findings diag.List
}

const manifestFile = upgrade.Manifest

func (l *loader) name(p string) string { return path.Join(l.label, p) }

// read takes in all files; those of folders that other readers own stay verbatim.
func (l *loader) read() {
	err := fs.WalkDir(l.fsys, ".", func(p string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if strings.HasPrefix(e.Name(), ".") && p != "." {
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if e.IsDir() {
			return nil
		}
		b, err := fs.ReadFile(l.fsys, p)
		if err != nil {
			return err
		}
		l.pkg.Files[p] = b
		l.paths = append(l.paths, p)
		return nil
	})
	if err != nil {
		l.findings.Errorf("unreadable", "", diag.Pos{File: l.label}, diag.Textf("the package cannot be read: %v", "无法读取软件包：%v", err))
	}
	sort.Strings(l.paths)
}

// doc parses a file, once; one that is broken has no root.
func (l *loader) doc(p string) *document.Document {
	d := l.docs[p]
	if d == nil {
		d = document.Parse(l.name(p), l.pkg.Files[p], &l.findings)
		if over := l.Overlays[p]; over != nil && p != manifestFile {
			overlay.Apply(d, over, &l.findings)
		}
		l.docs[p] = d
	}
	return d
}

// open gives a file that is looked at once: until done is called there are its values.
func (l *loader) open(p string) (d *document.Document, done func()) {
	if l.docs[p] != nil || l.Overlays[p] != nil {
		return l.doc(p), func() {}
	}
	room, ok := l.rooms.Get().(*document.Room)
	if !ok {
		room = &document.Room{}
	}
	d = room.Parse(l.name(p), l.pkg.Files[p], &l.findings)
	l.docs[p] = d
	return d, func() {
		d.Fold()
		l.rooms.Put(room)
	}
}

// raise raises a package of an old format. It reports whether the package can be read at all.
func (l *loader) raise() bool {
	if _, ok := l.pkg.Files[manifestFile]; !ok {
		return true // manifest says so
	}
	format, ok := l.Upgrades.Format(l.doc(manifestFile).Root, &l.findings)
	if !ok || format == l.Upgrades.Current() {
		return ok
	}
	old := &upgrade.Package{Files: map[string]*document.Document{}}
	for _, p := range l.paths {
		if path.Ext(p) == ".json" && l.doc(p).Root != nil {
			old.Files[p] = l.doc(p)
		}
	}
	l.Upgrades.Raise(old, format, &l.findings)
	l.replace(old.Files)
	return true
}

// replace takes in the files as upgrades made them. Those that no upgrade saw stay.
func (l *loader) replace(files map[string]*document.Document) {
	l.paths = slices.DeleteFunc(l.paths, func(p string) bool { return l.docs[p] != nil && l.docs[p].Root != nil })
	for p, d := range files {
		d.Edited = true
		l.docs[p] = d
		l.paths = append(l.paths, p)
	}
	sort.Strings(l.paths)
}

// decode fills dst from a file. It reports whether dst is whole.
func (l *loader) decode(p string, dst any) (model.Positions, bool) {
	before := len(l.findings)
	d, done := l.open(p)
	defer done()
	if d.Root == nil {
		return model.Positions{}, false
	}
	(&shaper{l}).read(d.Root, reflect.ValueOf(dst).Elem())
	return model.PositionsOf(d.At), !l.findings[before:].HasErrors()
}

// peek looks at what of the manifest decides how the rest is read.
func (l *loader) peek() {
	d := l.docs[manifestFile]
	if d == nil || d.Root == nil {
		return
	}
	if n := d.Root.Get("name"); n != nil {
		l.tenant = n.Text == model.TenantPackage
	}
	if n := d.Root.Get("locales"); n != nil {
		for _, x := range n.Items {
			l.locales = append(l.locales, x.Text)
		}
	}
}

func (l *loader) manifest() {
	const p = manifestFile
	if _, ok := l.pkg.Files[p]; !ok {
		l.findings.Errorf("no-manifest", "", diag.Pos{File: l.name(p)}, diag.Textf("the package has no tenon.json", "软件包缺少 tenon.json"))
		return
	}
	var m model.Manifest
	pos, ok := l.decode(p, &m)
	if !ok {
		return
	}
	l.pkg.Manifest, l.pkg.Pos = m, pos
	if !model.PackageForm.Match(m.Name) {
		l.findings.Errorf("bad-name", "", pos.At("name"), diag.Textf("%q is no package name: lower-case words joined by -", "%q 不是有效的包名：须为小写单词以 - 连接", m.Name))
	}
}

// translation reads a file of texts.
func (l *loader) translation(p string) {
	for _, k := range l.kinds {
		if stem, ok := k.Stem(p); ok && k.Name == texts {
			k.read(l, p, stem)(l.pkg)
		}
	}
}

// files reads all files that were not read before, several at a time, and takes them into the
// package in order of their paths.
func (l *loader) files() {
	type outcome struct {
		doc      *document.Document
		keep     keep
		findings diag.List
	}
	read := parallel.Map(l.paths, func(p string) (o outcome) {
		one := *l // what a file leads to is its own
		one.findings, one.docs = nil, map[string]*document.Document{}
		if d := l.docs[p]; d != nil {
			one.docs[p] = d
		}
		o.keep = one.file(p)
		o.doc, o.findings = one.docs[p], one.findings
		return o
	})
	for i, o := range read {
		if o.doc != nil {
			l.docs[l.paths[i]] = o.doc
		}
		l.findings = append(l.findings, o.findings...)
		o.keep(l.pkg)
	}
}

// file reads one file by its place in the package, unless it was read before.
func (l *loader) file(p string) keep {
	for _, k := range l.kinds {
		if stem, ok := k.Stem(p); ok {
			if p != manifestFile && k.Name != texts {
				return k.read(l, p, stem)
			}
			return nothing
		}
	}
	if stem, ok := strings.CutSuffix(p, ".js"); ok && path.Dir(p) == "scripts" && l.pkg.Files[stem+".json"] != nil {
		return nothing // the declaration beside it names it
	}
	l.findings.Add(diag.Finding{Severity: diag.Warning, Code: "unknown-file", Pos: diag.Pos{File: l.name(p)},
		Summary: diag.Textf("nothing reads this file", "没有任何功能读取该文件")})
	return nothing
}

// named holds a document's name, which stands at at, against its path and the form of names.
func (l *loader) named(at func() diag.Pos, name, want string) {
	if name != want {
		f := l.findings.Errorf("name-and-path", "", at(), diag.Textf("the name %q does not match the path, which says %q", "名称 %q 与路径中的 %q 不一致", name, want))
		t := diag.Textf("rename one of them", "请修改其中之一")
		f.Suggestion = &t
		return
	}
	if !model.NameForm.Match(name) || len(name) > model.MaxName {
		l.findings.Errorf("bad-name", "", at(), diag.Textf("%q is no name: lower-case words joined by _, at most 48 characters", "%q 不是有效名称：须为小写单词以 _ 连接，最多 48 个字符", name))
	}
}
