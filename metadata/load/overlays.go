package load

import (
	"io/fs"
	"path"
	"strings"

	"github.com/tenon-platform/tenon/metadata/document"
	"github.com/tenon-platform/tenon/metadata/overlay"
	"github.com/tenon-platform/tenon/platform/diag"
)

// Overlays are the changes to one package, by the paths of the files that they change.
type Overlays map[string]*document.Document

// pos is where the first of the changes stands.
func (o Overlays) pos() (first diag.Pos) {
	for _, d := range o {
		if d.Root != nil && (first.File == "" || d.File < first.File) {
			first = d.Root.Pos()
		}
	}
	return first
}

// readOverlays reads what the tenant's own package, whose files fsys has, changes of others: by the
// names of the packages. What is wrong with the documents themselves is said by whoever reads that
// package as a whole.
func readOverlays(fsys fs.FS, label string) map[string]Overlays {
	out := map[string]Overlays{}
	err := fs.WalkDir(fsys, overlay.Folder, func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		pkg, file, ok := overlay.Split(p)
		if !ok || !strings.HasSuffix(p, ".json") {
			return nil
		}
		b, err := fs.ReadFile(fsys, p)
		if err != nil {
			return err
		}
		if out[pkg] == nil {
			out[pkg] = Overlays{}
		}
		var broken diag.List
		out[pkg][file] = document.Parse(path.Join(label, p), b, &broken)
		return nil
	})
	if err != nil {
		return out // there is no such folder
	}
	return out
}

// overlays holds what changes other packages against what is there: only the tenant's own package
// has such changes, and they are to files that exist.
func (l *loader) overlays() {
	for p, d := range l.Overlays {
		if d.Root == nil {
			continue
		}
		if _, ok := l.pkg.Files[p]; !ok {
			l.findings.Errorf("unknown-file", "", d.Root.Pos(), diag.Textf("the package has no file %s to change", "软件包中没有可修改的文件 %s", p))
		} else if p == manifestFile { // it says which package this is, on which others build
			l.findings.Errorf("not-extensible", "", d.Root.Pos(), diag.Textf("what a package says of itself in %s cannot be changed", "软件包在 %s 中对自身的声明不可修改", p))
		}
	}
	for _, o := range l.pkg.Overlays {
		if !l.tenant {
			l.findings.Errorf("not-extensible", "", o.Pos.At(""), diag.Textf("only the tenant's own package changes files of others; extend their objects instead", "只有租户自有包可以修改其他软件包的文件；请改为扩展对象"))
		}
	}
}
