package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/tenon-platform/tenon/metadata/model"
)

func packageVerb() verb {
	return verb{"package", "new|build|key|show|list|install|upgrade|uninstall|remove-demo [--data DIR] [--out FILE] [--key FILE] [--trust KEY,…] [--settle ADDRESS=local|vendor,…] [--runs FLOW=finish|drain|cancel,…] [--demo] [--with-dependants] [--allow-destructive] [--yes] [--json] NAME | PACKAGE …",
		"make packages, and change which are installed; without --yes only the plan is shown", "制作软件包，安装、升级与卸载软件包；不加 --yes 时仅显示计划", runPackage}
}

// packageFlags are the flags of the verb's parts; each part uses some.
type packageFlags struct {
	*common
	*change
	out, key                           string
	demo, dependants, destructive, yes bool
	rest                               []string
}

func runPackage(ctx context.Context, e *env, args []string) error {
	fs, c := e.flags("package")
	f := &packageFlags{common: c, change: e.changeFlags(fs)}
	fs.StringVar(&f.out, "out", "", e.tr("file to write to", "输出文件"))
	fs.StringVar(&f.key, "key", "", e.tr("file of the key to sign with", "签名密钥文件"))
	fs.BoolVar(&f.demo, "demo", false, e.tr("load the packages' demo data too", "同时加载演示数据"))
	fs.BoolVar(&f.dependants, "with-dependants", false, e.tr("uninstall the packages that need it, too", "同时卸载依赖它的软件包"))
	fs.BoolVar(&f.destructive, "allow-destructive", false, e.tr("carry out changes that lose data", "允许丢失数据的变更"))
	fs.BoolVar(&f.yes, "yes", false, e.tr("carry the plan out", "执行该计划"))
	pos, err := parse(fs, args, -1)
	if err != nil {
		return err
	}
	parts := map[string]func(context.Context, *env, *packageFlags) error{
		"new": packageNew, "build": packageBuild, "key": packageKey, "show": packageShow, "list": packageList,
		"install": packageInstall, "upgrade": packageUpgrade, "uninstall": packageUninstall, "remove-demo": packageRemoveDemo}
	if len(pos) == 0 || parts[pos[0]] == nil {
		return usageError{e.tr("say what to do: new, build, key, show, list, install, upgrade, uninstall or remove-demo", "请指定操作：new、build、key、show、list、install、upgrade、uninstall 或 remove-demo")}
	}
	f.rest = pos[1:]
	if want := pos[0] != "list"; want != (len(f.rest) > 0) || len(f.rest) > 1 && pos[0] != "install" && pos[0] != "upgrade" {
		return usageError{e.tr("name one package; install and upgrade take several", "请指定一个软件包；install 与 upgrade 可指定多个")}
	}
	return parts[pos[0]](ctx, e, f)
}

// installed is a package as the administration API lists it.
type installed struct {
	Name     string            `json:"name"`
	Version  string            `json:"version"`
	Label    string            `json:"label"`
	Requires map[string]string `json:"requires,omitempty"`
}

func (e *env) installed(ctx context.Context, c *common) (out []installed, err error) {
	cl, err := e.connect(ctx, c)
	if err != nil {
		return nil, err
	}
	defer func() { err = joinClose(ctx, cl, err) }()
	var res struct{ Packages []installed }
	err = cl.admin(ctx, `query($l: String!) { packages { name version label(locale: $l) requires } }`, map[string]any{"l": e.tr("en", "zh-CN")}, &res)
	return res.Packages, err
}

func packageList(ctx context.Context, e *env, f *packageFlags) error {
	all, err := e.installed(ctx, f.common)
	if err != nil {
		return err
	}
	if f.json {
		return writeJSON(e.out, all)
	}
	for _, p := range all {
		fmt.Fprintf(e.out, "%-24s %-10s %s\n", p.Name, p.Version, p.Label)
	}
	return nil
}

func packageInstall(ctx context.Context, e *env, f *packageFlags) error {
	return e.changePackages(ctx, f, func(name, version, have string) error {
		if have != "" {
			return fmt.Errorf(e.tr("%s %s is installed already; upgrade it", "%s %s 已安装，请使用 upgrade"), name, have)
		}
		return nil
	})
}

func packageUpgrade(ctx context.Context, e *env, f *packageFlags) error {
	return e.changePackages(ctx, f, func(name, version, have string) error {
		if have == "" {
			return fmt.Errorf(e.tr("%s is not installed; install it", "%s 未安装，请使用 install"), name)
		}
		next, err := semver.NewVersion(version)
		if err != nil {
			return nil // the plan says so, with its place
		}
		if old, err := semver.NewVersion(have); err == nil && !next.GreaterThan(old) {
			return fmt.Errorf(e.tr("%s %s is installed, which is not older than %s", "%s 已安装 %s，不低于 %s"), name, have, version)
		}
		return nil
	})
}

// changePackages plans the packages that are named, shows the plan, and carries it out if it may.
// allow holds each against the version that is installed, "" for none.
func (e *env) changePackages(ctx context.Context, f *packageFlags, allow func(name, version, have string) error) error {
	all, err := e.installed(ctx, f.common)
	if err != nil {
		return err
	}
	for _, source := range f.rest {
		name, files, err := e.readPackage(source, f.trust)
		if err != nil {
			return err
		}
		have := ""
		if i := slices.IndexFunc(all, func(p installed) bool { return p.Name == name }); i >= 0 {
			have = all[i].Version
		}
		if err := allow(name, versionOf(files), have); err != nil {
			return err
		}
	}
	p, err := e.plan(ctx, f.common, f.rest, *f.change)
	if err != nil {
		return err
	}
	return e.showAndApply(ctx, f, p)
}

// showAndApply shows a plan, and carries it out where that was asked for.
func (e *env) showAndApply(ctx context.Context, f *packageFlags, p *packedPlan) error {
	if f.yes && f.json && !p.Findings.HasErrors() { // one document is printed: what came of it
		return e.apply(ctx, f.common, p, f.destructive, p.Message, f.demo)
	}
	if err := e.showPlan(f.common, p, f.out); err != nil {
		return err
	}
	if f.yes {
		return e.apply(ctx, f.common, p, f.destructive, p.Message, f.demo)
	}
	if !f.json && len(p.Entries) > 0 {
		fmt.Fprintln(e.out, e.tr("Nothing was changed; with --yes this is carried out.", "尚未变更；加 --yes 执行。"))
	}
	return nil
}

func packageUninstall(ctx context.Context, e *env, f *packageFlags) error {
	name := f.rest[0]
	if name == model.TenantPackage {
		return errors.New(e.tr("the tenant's own package is no installed one; change it", "租户自有包不可卸载，请直接修改"))
	}
	all, err := e.installed(ctx, f.common)
	if err != nil {
		return err
	}
	f.remove = []string{name}
	if needing := dependants(all, name); len(needing) > 0 {
		if !f.dependants {
			return fmt.Errorf(e.tr("%s is needed by %s; uninstall them first, or all with --with-dependants", "%s 被 %s 依赖；请先卸载它们，或使用 --with-dependants 一并卸载"), name, strings.Join(needing, ", "))
		}
		f.remove = append(f.remove, needing...)
	}
	p, err := e.plan(ctx, f.common, nil, *f.change)
	if err != nil {
		return err
	}
	return e.showAndApply(ctx, f, p)
}

// dependants are the packages that need one, themselves or through others, in order of installation.
func dependants(all []installed, name string) (out []string) {
	needs := map[string]bool{name: true}
	for _, p := range all { // each comes after what it requires
		for req := range p.Requires {
			if needs[req] && !needs[p.Name] {
				needs[p.Name] = true
				out = append(out, p.Name)
			}
		}
	}
	return out
}

func packageRemoveDemo(ctx context.Context, e *env, f *packageFlags) (err error) {
	cl, err := e.connect(ctx, f.common)
	if err != nil {
		return err
	}
	defer func() { err = joinClose(ctx, cl, err) }()
	var res struct {
		RemoveDemo struct {
			Removed int      `json:"removed"`
			Kept    []string `json:"kept"`
		}
	}
	if err := cl.admin(ctx, `mutation($n: String!) { removeDemo(package: $n) { removed kept } }`, map[string]any{"n": f.rest[0]}, &res); err != nil {
		return err
	}
	if f.json {
		return writeJSON(e.out, res.RemoveDemo)
	}
	fmt.Fprintf(e.out, e.tr("%d demo records were removed.\n", "已移除 %d 条演示记录。\n"), res.RemoveDemo.Removed)
	for _, k := range res.RemoveDemo.Kept {
		fmt.Fprintf(e.out, e.tr("%s stays: other records need it\n", "%s 已保留：有其他记录引用\n"), k)
	}
	return nil
}
