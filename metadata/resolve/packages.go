package resolve

import (
	"sort"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
)

// packages orders the packages so that each comes after those that it requires.
func (r *resolver) packages() {
	byName := map[string]*model.Package{}
	var names []string
	for _, p := range r.in.Packages {
		if byName[p.Manifest.Name] != nil {
			r.errorf("duplicate-package", addr.Package(p.Manifest.Name), p.Pos.At("name"), diag.Textf("package %s is given twice", "软件包 %s 重复", p.Manifest.Name))
			continue
		}
		byName[p.Manifest.Name] = p
		names = append(names, p.Manifest.Name)
		if _, err := semver.StrictNewVersion(p.Manifest.Version); err != nil {
			r.errorf("bad-version", addr.Package(p.Manifest.Name), p.Pos.At("version"), diag.Textf("%q is no semantic version such as 1.2.0", "%q 不是语义化版本，如 1.2.0", p.Manifest.Version))
		}
	}
	sort.Slice(names, func(i, j int) bool {
		if a, b := names[i] == model.TenantPackage, names[j] == model.TenantPackage; a != b {
			return b
		}
		return names[i] < names[j]
	})
	const visiting, done = 1, 2
	state := map[string]int{}
	var visit func(name string, trail []string)
	visit = func(name string, trail []string) {
		p := byName[name]
		switch state[name] {
		case done:
			return
		case visiting:
			r.errorf("cyclic-packages", addr.Package(name), p.Pos.At("requires"), diag.Textf("packages require each other: %s", "软件包循环依赖：%s", strings.Join(append(trail, name), " → ")))
			return
		}
		state[name] = visiting
		for _, req := range sorted(p.Manifest.Requires) {
			if r.satisfied(p, byName[req], req) {
				visit(req, append(trail, name))
			}
		}
		state[name] = done
		r.ordered = append(r.ordered, p)
		r.cat.Packages = append(r.cat.Packages, catalog.Package{Name: name, Version: p.Manifest.Version, Label: p.Manifest.Label, Requires: p.Manifest.Requires})
	}
	for _, n := range names {
		visit(n, nil)
	}
}

func (r *resolver) satisfied(p, dep *model.Package, req string) bool {
	pos := p.Pos.At("requires." + req)
	want := p.Manifest.Requires[req]
	c, err := semver.NewConstraint(want)
	if err != nil {
		r.errorf("bad-version", addr.Package(p.Manifest.Name), pos, diag.Textf("%q is no range of versions such as ^1.2", "%q 不是版本范围，如 ^1.2", want))
		return false
	}
	if dep == nil {
		r.errorf("missing-package", addr.Package(p.Manifest.Name), pos, diag.Textf("package %s is required but not installed", "依赖的软件包 %s 未安装", req))
		return false
	}
	if v, err := semver.NewVersion(dep.Manifest.Version); err == nil && !c.Check(v) {
		r.errorf("wrong-package", addr.Package(p.Manifest.Name), pos, diag.Textf("%s %s is required, %s is installed", "需要 %s %s，已安装 %s", req, want, dep.Manifest.Version))
		return false
	}
	return true
}

func sorted[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
