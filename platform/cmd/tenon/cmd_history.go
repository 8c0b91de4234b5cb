package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/tenon-platform/tenon/runtime/publish"
)

func historyVerb() verb {
	return verb{"history", "[--data DIR] [--json]", "list the revisions of the metadata", "列出元数据版本", runHistory}
}

func runHistory(ctx context.Context, e *env, args []string) (err error) {
	fs, c := e.flags("history")
	if _, err := parse(fs, args, 0); err != nil {
		return err
	}
	cl, err := e.connect(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = joinClose(ctx, cl, err) }()
	var res struct{ History []revisionView }
	if err := cl.admin(ctx, `{ history { number at author message status active entries } }`, nil, &res); err != nil {
		return err
	}
	if c.json {
		return writeJSON(e.out, res.History)
	}
	for _, r := range res.History {
		mark := " "
		if r.Active {
			mark = "*"
		}
		fmt.Fprintf(e.out, "%s %4d  %s  %-10s %-8s %s\n", mark, r.Number, r.At.Local().Format("2006-01-02 15:04:05"), r.Author, r.Status, r.Message)
	}
	return nil
}

func rollbackVerb() verb {
	return verb{"rollback", "[--data DIR] [--apply] [--allow-destructive] [--out FILE] [--json] REVISION",
		"plan going back to an earlier revision; with --apply, do it", "计划回退到某个版本；加 --apply 则执行", runRollback}
}

func runRollback(ctx context.Context, e *env, args []string) error {
	fs, c := e.flags("rollback")
	do := fs.Bool("apply", false, e.tr("carry the plan out", "执行该计划"))
	destructive := fs.Bool("allow-destructive", false, e.tr("carry out changes that lose data", "允许丢失数据的变更"))
	out := fs.String("out", "", e.tr("write the plan to this file", "将计划写入文件"))
	pos, err := parse(fs, args, 1)
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(pos[0], 10, 32)
	if err != nil {
		return usageError{e.tr("a revision is a number", "版本须为数字")}
	}
	p, err := e.planRollback(ctx, c, n)
	if err != nil {
		return err
	}
	if err := e.showPlan(c, p, *out); err != nil || !*do {
		return err
	}
	return e.apply(ctx, c, p, *destructive, p.Message, false)
}

func (e *env) planRollback(ctx context.Context, c *common, n int64) (p *packedPlan, err error) {
	cl, err := e.connect(ctx, c)
	if err != nil {
		return nil, err
	}
	defer func() { err = joinClose(ctx, cl, err) }()
	var res struct{ PlanRollback publish.Proposal }
	err = cl.admin(ctx, `mutation($n: Int!) { planRollback(revision: $n) }`, map[string]any{"n": n}, &res)
	return &packedPlan{Proposal: &res.PlanRollback}, err
}

func pullVerb() verb {
	return verb{"pull", "[--data DIR] [--package NAME] [--out DIR]",
		"write an installed package's files (the tenant's own by default)", "导出已安装软件包的文件（默认为租户自有包）", runPull}
}

func runPull(ctx context.Context, e *env, args []string) (err error) {
	fs, c := e.flags("pull")
	name := fs.String("package", "tenant", e.tr("package to write", "要导出的软件包"))
	out := fs.String("out", "", e.tr("directory to write to; the package's name by default", "目标目录，默认与包同名"))
	if _, err := parse(fs, args, 0); err != nil {
		return err
	}
	cl, err := e.connect(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = joinClose(ctx, cl, err) }()
	var res struct{ Package map[string]string }
	if err := cl.admin(ctx, `query($n: String!) { package(name: $n) }`, map[string]any{"n": *name}, &res); err != nil {
		return err
	}
	if res.Package == nil && *name == "tenant" {
		res.Package = map[string]string{"tenon.json": tenantManifest}
	}
	if res.Package == nil {
		return fmt.Errorf(e.tr("package %s is not installed", "软件包 %s 未安装"), *name)
	}
	dir := *out
	if dir == "" {
		dir = *name
	}
	for p, text := range res.Package {
		if !filepath.IsLocal(p) {
			return fmt.Errorf("the package has a file outside of it: %q", p)
		}
		file := filepath.Join(dir, filepath.FromSlash(p))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return fmt.Errorf("write %s: %w", file, err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return fmt.Errorf("write %s: %w", file, err)
		}
	}
	fmt.Fprintf(e.out, e.tr("%d files of %s are in %s\n", "%[2]s 的 %[1]d 个文件已写入 %[3]s\n"), len(res.Package), *name, dir)
	return nil
}

// tenantManifest is the tenant's own package before it holds anything.
const tenantManifest = `{
  "name": "tenant",
  "version": "1.0.0",
  "label": {"en": "Our own changes", "zh-CN": "自有变更"}
}
`
