// Package load reads a package from a file system: strictly, with the place of everything, and
// with every finding rather than the first. What the package means is metadata/resolve's business.
package load

import (
	"encoding/json"
	"io/fs"
	"path"
	"reflect"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
)

// Package reads a package directory. label names it in the findings' file names. The package is
// nil when it has no readable manifest.
func Package(fsys fs.FS, label string, fields field.Registry) (*model.Package, diag.List) {
	l := &loader{fsys: fsys, label: label, fields: fields, kinds: Kinds(), keys: keyCache{}, pkg: &model.Package{Files: map[string][]byte{}, I18n: map[string]map[string]string{}}}
	l.read()
	l.manifest()
	for _, p := range l.paths {
		l.file(p)
	}
	l.localise()
	l.findings.Sort()
	if l.pkg.Manifest.Name == "" {
		return nil, l.findings
	}
	return l.pkg, l.findings
}

type loader struct {
	fsys     fs.FS
	label    string
	fields   field.Registry
	kinds    []Kind
	keys     keyCache
	pkg      *model.Package
	paths    []string
	findings diag.List
}

const manifestFile = "tenon.json"

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

var (
	nameForm    = regexp.MustCompile(model.NameForm)
	packageForm = regexp.MustCompile(model.PackageForm)
)

// decode parses a file, holds it against dst's type and fills dst. It reports whether dst is whole.
func (l *loader) decode(p string, dst any) (model.Positions, bool) {
	before := len(l.findings)
	d := parse(l.name(p), l.pkg.Files[p], &l.findings)
	if d.root == nil {
		return nil, false
	}
	if p == manifestFile && l.foreign(d) {
		return nil, false
	}
	s := &shaper{d: d, fields: l.fields, keys: l.keys, findings: &l.findings, pos: model.Positions{}}
	s.check(d.root, reflect.TypeOf(dst).Elem(), "")
	if l.findings[before:].HasErrors() {
		return s.pos, false
	}
	if err := json.Unmarshal(d.src, dst); err != nil {
		l.findings.Errorf("wrong-type", "", d.pos(d.root.start), diag.Textf("the document does not fit: %v", "文档不符合格式：%v", err))
		return s.pos, false
	}
	return s.pos, true
}

// foreign reports a format that this build does not know, before its keys are held against those of
// this build: that they are unknown says nothing to an author.
func (l *loader) foreign(d *document) bool {
	f := d.root.get("format")
	if f == nil || f.kind != jsonNumber {
		return false
	}
	n, err := strconv.ParseInt(f.text, 10, 64)
	switch {
	case err == nil && n < 1:
		l.findings.Errorf("bad-value", "", d.pos(f.start), diag.Textf("formats count from 1", "格式版本从 1 开始"))
		return true
	case err != nil || n <= model.FormatVersion:
		return false
	}
	x := l.findings.Errorf("newer-format", "", d.pos(f.start), diag.Textf("format %s is newer than this build reads (%d)",
		"格式版本 %s 比当前程序支持的（%d）更新", f.text, model.FormatVersion))
	t := diag.Textf("install a newer build", "请安装更新版本的程序")
	x.Suggestion = &t
	return true
}

func (l *loader) manifest() {
	const p = manifestFile
	if _, ok := l.pkg.Files[p]; !ok {
		l.findings.Errorf("no-manifest", "", diag.Pos{File: l.name(p)}, diag.Textf("the package has no tenon.json", "软件包缺少 tenon.json"))
		return
	}
	m := &l.pkg.Manifest
	pos, ok := l.decode(p, m)
	if !ok {
		return
	}
	l.pkg.Pos = pos
	if !packageForm.MatchString(m.Name) {
		l.findings.Errorf("bad-name", "", pos.At("name"), diag.Textf("%q is no package name: lower-case words joined by -", "%q 不是有效的包名：须为小写单词以 - 连接", m.Name))
	}
}

// file reads one file by its place in the package.
func (l *loader) file(p string) {
	for _, k := range l.kinds {
		if stem, ok := k.Stem(p); ok {
			if p != manifestFile {
				k.read(l, p, stem)
			}
			return
		}
	}
	if strings.HasPrefix(p, "tests/") && path.Ext(p) == ".json" {
		return // read elsewhere
	}
	l.findings.Add(diag.Finding{Severity: diag.Warning, Code: "unknown-file", Pos: diag.Pos{File: l.name(p)},
		Summary: diag.Textf("nothing reads this file", "没有任何功能读取该文件")})
}

// named holds a document's name, which stands at at, against its path and the form of names.
func (l *loader) named(at diag.Pos, name, want string) {
	if name != want {
		f := l.findings.Errorf("name-and-path", "", at, diag.Textf("the name %q does not match the path, which says %q", "名称 %q 与路径中的 %q 不一致", name, want))
		t := diag.Textf("rename one of them", "请修改其中之一")
		f.Suggestion = &t
		return
	}
	if !nameForm.MatchString(name) || len(name) > model.MaxName {
		l.findings.Errorf("bad-name", "", at, diag.Textf("%q is no name: lower-case words joined by _, at most 48 characters", "%q 不是有效名称：须为小写单词以 _ 连接，最多 48 个字符", name))
	}
}
