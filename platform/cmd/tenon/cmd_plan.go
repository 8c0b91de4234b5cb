package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"unicode/utf8"

	"github.com/tenon-platform/tenon/metadata/load"
	"github.com/tenon-platform/tenon/metadata/plan"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/plugins/standard"
	"github.com/tenon-platform/tenon/runtime/publish"
)

func planVerb() verb {
	return verb{"plan", "[--data DIR] [--out FILE] [--remove PACKAGE] [--json] PACKAGE-DIR …",
		"say what a change of packages would do, counted on the real data",
		"说明软件包变更的影响，并按真实数据计数", runPlan}
}

func runPlan(ctx context.Context, e *env, args []string) (err error) {
	fs, c := e.flags("plan")
	out := fs.String("out", "", e.tr("write the plan to this file, for apply", "将计划写入文件，供 apply 使用"))
	remove := fs.String("remove", "", e.tr("package to uninstall", "要卸载的软件包"))
	dirs, err := parse(fs, args, -1)
	if err != nil {
		return err
	}
	if len(dirs) == 0 && *remove == "" {
		return usageError{e.tr("name a package directory", "请指定软件包目录")}
	}
	p, err := e.plan(ctx, c, dirs, *remove)
	if err != nil {
		return err
	}
	return e.showPlan(c, p, *out)
}

// plan asks for the plan of the packages in some directories.
func (e *env) plan(ctx context.Context, c *common, dirs []string, remove string) (p *publish.Proposal, err error) {
	packages := publish.Text{}
	for _, d := range dirs {
		name, files, err := readPackage(d)
		if err != nil {
			return nil, err
		}
		if !areText(files) { // what travels as JSON is text; the loader tells where it is not
			_, found := load.Package(os.DirFS(d), name, standard.Fields())
			return &publish.Proposal{Findings: found}, nil
		}
		packages[name] = files
	}
	vars := map[string]any{"packages": packages}
	if remove != "" {
		vars["remove"] = []string{remove}
	}
	cl, err := e.connect(ctx, c)
	if err != nil {
		return nil, err
	}
	defer func() { err = joinClose(ctx, cl, err) }()
	var res struct{ Plan publish.Proposal }
	err = cl.admin(ctx, `mutation($packages: Packages, $remove: [String!]) { plan(packages: $packages, remove: $remove) }`, vars, &res)
	res.Plan.Packages = packages.Bundle()
	return &res.Plan, err
}

// readPackage reads a package directory and its name.
func readPackage(dir string) (string, map[string]string, error) {
	files, err := publish.ReadFiles(os.DirFS(dir))
	if err != nil {
		return "", nil, fmt.Errorf("read %s: %w", dir, err)
	}
	var m struct{ Name string }
	if b, ok := files["tenon.json"]; !ok {
		return "", nil, fmt.Errorf("%s has no tenon.json: it is no package", dir)
	} else if err := json.Unmarshal(b, &m); err != nil || m.Name == "" {
		m.Name = "package" // broken: the findings will say where
	}
	text := make(map[string]string, len(files))
	for p, b := range files {
		text[p] = string(b)
	}
	return m.Name, text, nil
}

func areText(files map[string]string) bool {
	for _, text := range files {
		if !utf8.ValidString(text) {
			return false
		}
	}
	return true
}

func (e *env) showPlan(c *common, p *publish.Proposal, file string) error {
	switch {
	case c.json:
		if err := writeJSON(e.out, p); err != nil {
			return err
		}
	default:
		e.printFindings(p.Findings)
		if !p.Findings.HasErrors() {
			e.printEntries(p.Entries)
		}
	}
	if p.Findings.HasErrors() {
		return errFailed
	}
	if file == "" {
		return nil
	}
	if err := writePlan(file, p); err != nil {
		return err
	}
	if !c.json {
		fmt.Fprintf(e.out, e.tr("\nThe plan is in %s; carry it out with: tenon apply %[1]s\n", "\n计划已写入 %s，执行：tenon apply %[1]s\n"), file)
	}
	return nil
}

// planFile is a plan with what it was made of, as a file holds it.
type planFile struct {
	*publish.Proposal
	Packages publish.Text `json:"packages,omitempty"`
}

func writePlan(file string, p *publish.Proposal) error {
	b, err := json.MarshalIndent(planFile{p, p.Packages.Text()}, "", " ")
	if err != nil {
		return fmt.Errorf("encode the plan: %w", err)
	}
	if err := os.WriteFile(file, b, 0o600); err != nil {
		return fmt.Errorf("write the plan: %w", err)
	}
	return nil
}

func readPlanFile(file string) (*publish.Proposal, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the plan: %w", err)
	}
	f := planFile{Proposal: &publish.Proposal{}}
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, fmt.Errorf("%s is no plan: %w", file, err)
	}
	f.Proposal.Packages = f.Packages.Bundle()
	return f.Proposal, nil
}

func (e *env) printFindings(l diag.List) {
	for _, f := range l {
		sev := e.tr("error", "错误")
		if f.Severity == diag.Warning {
			sev = e.tr("warning", "警告")
		}
		fmt.Fprintf(e.out, "%s: %s[%s]: %s\n", f.Pos, sev, f.Code, e.tr.text(f.Summary))
		if f.Suggestion != nil {
			fmt.Fprintf(e.out, "    %s\n", e.tr.text(*f.Suggestion))
		}
	}
}

func (e *env) printEntries(entries []plan.Entry) {
	if len(entries) == 0 {
		fmt.Fprintln(e.out, e.tr("Nothing would change.", "没有变更。"))
		return
	}
	n := map[plan.Class]int{}
	for _, x := range entries {
		n[x.Class]++
		mark := ""
		if x.Class != plan.Additive {
			mark = " [" + e.class(x.Class) + "]"
		}
		fmt.Fprintf(e.out, "%s %s%s\n    %s\n", x.Op, x.Address, mark, e.tr.text(x.Summary))
		switch {
		case x.Impact != nil && x.Count != nil:
			fmt.Fprintf(e.out, "    %d %s\n", *x.Count, e.tr.text(*x.Impact))
		case x.Impact != nil:
			fmt.Fprintf(e.out, "    %s\n", e.tr("not counted: it depends on what this change adds", "未计数：取决于本次新增的内容"))
		}
	}
	fmt.Fprintf(e.out, e.tr("\n%d additive, %d rewriting, %d destructive changes.\n", "\n新增 %d 项，重写 %d 项，破坏性 %d 项。\n"),
		n[plan.Additive], n[plan.Rewriting], n[plan.Destructive])
}

func (e *env) class(c plan.Class) string {
	switch c {
	case plan.Rewriting:
		return e.tr("rewriting", "重写数据")
	case plan.Destructive:
		return e.tr("destructive", "破坏性")
	}
	return e.tr("additive", "新增")
}
