package publish

import (
	"maps"
	"slices"

	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/pack"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
)

// Whose value holds of a property that an upgrade and the tenant both changed.
const (
	Local  = "local"
	Vendor = "vendor"
)

// meet is the bundle that a proposal leads to: its packages meet what the tenant changed of them.
// It notes the conflicts, and finds those that are not settled. Going back to an earlier revision
// takes the tenant's own package along, and has none.
func (s *Service) meet(p *Proposal) (Bundle, diag.List, error) {
	now := s.bundle()
	for _, name := range p.Remove {
		if now[name] == nil {
			return nil, nil, errs.New(errs.NotFound, "no package %s is installed", "没有安装软件包 %s", name)
		}
	}
	next := now.with(p.Packages).without(p.Remove)
	if p.Restores > 0 {
		return next, nil, nil
	}
	p.Conflicts = nil
	for _, name := range sortedKeys(p.Packages) {
		if own := next[model.TenantPackage]; own != nil && name != model.TenantPackage && now[name] != nil {
			changes := pack.Changes(own, name, now[name])
			p.Conflicts = append(p.Conflicts, pack.Conflicts(name, now[name], p.Packages[name], changes)...)
		}
	}
	var findings diag.List
	open := maps.Clone(p.Settle)
	for _, c := range p.Conflicts {
		switch p.Settle[c.Address()] {
		case Local:
		case Vendor:
			own, err := pack.Without(next[model.TenantPackage], c)
			if err != nil {
				return nil, nil, err
			}
			next[model.TenantPackage] = own
		default:
			findings = append(findings, unsettled(c))
		}
		delete(open, c.Address())
	}
	for _, address := range slices.Sorted(maps.Keys(open)) {
		return nil, nil, errs.New(errs.InvalidInput, "there is no conflict at %s to settle", "%s 处没有需要处理的冲突", address)
	}
	return next, findings, nil
}

func unsettled(c pack.Conflict) diag.Finding {
	hint := diag.Textf("settle %s: local keeps yours, vendor takes theirs", "请处理 %s：local 保留本地值，vendor 采用新版本的值", c.Address())
	return diag.Finding{Severity: diag.Error, Code: "upgrade-conflict", Pos: diag.Pos{File: model.TenantPackage + "/" + c.In, Line: 1, Col: 1},
		Summary: diag.Textf("you changed %[1]s of %[2]s to %[3]s, and its new version from %[4]s to %[5]s", "您已将 %[2]s 的 %[1]s 改为 %[3]s，而其新版本将其由 %[4]s 改为 %[5]s",
			c.Path, c.Package, short(c.Local), short(c.Base), short(c.Vendor)),
		Suggestion: &hint}
}

// short is a value as findings show it.
func short(b []byte) string {
	const most = 80
	if r := []rune(string(b)); len(r) > most {
		return string(r[:most]) + "…"
	}
	return string(b)
}
