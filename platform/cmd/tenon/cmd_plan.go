package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/load"
	"github.com/tenon-platform/tenon/metadata/pack"
	"github.com/tenon-platform/tenon/metadata/plan"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/plugins/packages"
	"github.com/tenon-platform/tenon/plugins/standard"
	"github.com/tenon-platform/tenon/runtime/publish"
)

func planVerb() verb {
	return verb{"plan", "[--data DIR] [--out FILE] [--remove PACKAGE] [--settle ADDRESS=local|vendor,…] [--runs FLOW=finish|drain|cancel,…] [--trust KEY,…] [--json] PACKAGE …",
		"say what a change of packages would do, counted on the real data",
		"说明软件包变更的影响，并按真实数据计数", runPlan}
}

func runPlan(ctx context.Context, e *env, args []string) (err error) {
	fs, c := e.flags("plan")
	out := fs.String("out", "", e.tr("write the plan to this file, for apply", "将计划写入文件，供 apply 使用"))
	remove := fs.String("remove", "", e.tr("package to uninstall", "要卸载的软件包"))
	change := e.changeFlags(fs)
	dirs, err := parse(fs, args, -1)
	if err != nil {
		return err
	}
	if len(dirs) == 0 && *remove == "" {
		return usageError{e.tr("name a package directory or archive", "请指定软件包目录或归档文件")}
	}
	if *remove != "" {
		change.remove = []string{*remove}
	}
	p, err := e.plan(ctx, c, dirs, *change)
	if err != nil {
		return err
	}
	return e.showPlan(c, p, *out)
}

// change is what a change of packages says beside the packages.
type change struct {
	remove []string
	settle pairs
	runs   pairs
	trust  list
}

func (e *env) changeFlags(fs *flag.FlagSet) *change {
	c := &change{settle: pairs{of: map[string]string{}, words: []string{publish.Local, publish.Vendor}}, runs: pairs{of: map[string]string{}, words: []string{catalog.FinishRuns, catalog.DrainRuns, catalog.CancelRuns}}}
	fs.Var(c.runs, "runs", e.tr("what becomes of the runs of a flow that is removed or switched off, by its key: finish, drain or cancel", "被删除或停用的自动化的运行如何处理（按标识）：finish、drain 或 cancel"))
	fs.Var(c.settle, "settle", e.tr("whose value holds where an upgrade and you changed the same, by address: local or vendor", "升级与本地均有修改时采用谁的值（按地址）：local 或 vendor"))
	fs.Var(&c.trust, "trust", e.tr("public keys, one of which must have signed each archive", "可信公钥：每个归档须由其中之一签名"))
	return c
}

// pairs are names, each with one of some words: NAME=word, several with commas between them.
type pairs struct {
	of    map[string]string
	words []string
}

func (p pairs) String() string { return "" }

func (p pairs) Set(text string) error {
	for pair := range strings.SplitSeq(text, ",") {
		i := strings.LastIndexByte(pair, '=')
		if i < 0 || !slices.Contains(p.words, pair[i+1:]) {
			words := strings.Join(p.words, "|")
			return fmt.Errorf("each is NAME=%s / 须为 名称=%s", words, words)
		}
		p.of[pair[:i]] = pair[i+1:]
	}
	return nil
}

// list is texts, several in one flag with commas between them, or in several flags.
type list []string

func (w *list) String() string { return strings.Join(*w, ",") }

func (w *list) Set(text string) error {
	*w = append(*w, strings.Split(text, ",")...)
	return nil
}

// packedPlan is a plan with the packages that it was made of, as publish.Bundle packs them; "" without any.
type packedPlan struct {
	*publish.Proposal
	Packed string `json:"packed,omitempty"`
	// Unpacked is where plan files had the packages once.
	Unpacked json.RawMessage `json:"packages,omitempty"`
}

// packages are the packages as an argument.
func (p *packedPlan) packages() any {
	if p.Packed == "" {
		return nil
	}
	return p.Packed
}

// plan asks for the plan of the packages in some directories and archives.
func (e *env) plan(ctx context.Context, c *common, sources []string, change change) (p *packedPlan, err error) {
	all := publish.Bundle{}
	for _, source := range sources {
		name, files, err := e.readPackage(source, change.trust)
		if err != nil {
			return nil, err
		}
		if !areText(files) { // what travels is text; the loader tells where it is not
			_, found := load.Package(publish.Bundle{name: files}.FS(name), name, standard.Fields())
			return &packedPlan{Proposal: &publish.Proposal{Findings: found}}, nil
		}
		all[name] = files
	}
	p = &packedPlan{}
	if len(all) > 0 {
		p.Packed = all.Packed()
	}
	vars := map[string]any{"packages": p.packages(), "settle": change.settle.of, "runs": change.runs.of}
	if len(change.remove) > 0 {
		vars["remove"] = change.remove
	}
	cl, err := e.connect(ctx, c)
	if err != nil {
		return nil, err
	}
	defer func() { err = joinClose(ctx, cl, err) }()
	var res struct{ Plan publish.Proposal }
	err = cl.admin(ctx, `mutation($packages: Packages, $remove: [String!], $settle: JSON, $runs: JSON) { plan(packages: $packages, remove: $remove, settle: $settle, runs: $runs) }`, vars, &res)
	p.Proposal = &res.Plan
	return p, err
}

// readPackage reads a package, a directory or an archive, and its name.
func (e *env) readPackage(source string, trust []string) (string, map[string][]byte, error) {
	files, err := e.packageFiles(source, trust)
	if err != nil {
		return "", nil, err
	}
	var m struct{ Name string }
	if b, ok := files["tenon.json"]; !ok {
		return "", nil, fmt.Errorf(e.tr("%s has no tenon.json: it is no package", "%s 缺少 tenon.json，不是软件包"), source)
	} else if err := json.Unmarshal(b, &m); err != nil || m.Name == "" {
		m.Name = "package" // broken: the findings will say where
	}
	return m.Name, files, nil
}

// packageFiles are the files of a package: a directory, an archive, or a standard package of that
// name. An archive must be signed by one of the keys in trust, where there are any.
func (e *env) packageFiles(source string, trust []string) (map[string][]byte, error) {
	if !strings.HasSuffix(source, pack.Extension) {
		dir := os.DirFS(source)
		if _, err := os.Stat(source); errors.Is(err, os.ErrNotExist) {
			std, err := packages.Standard()
			if err != nil {
				return nil, err
			}
			if i := slices.IndexFunc(std, func(p packages.Package) bool { return p.Name == source }); i >= 0 {
				dir = std[i].Files
			}
		}
		files, err := publish.ReadFiles(dir)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", source, err)
		}
		return files, nil
	}
	b, err := os.ReadFile(source)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", source, err)
	}
	files, info, err := pack.Open(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", source, err)
	}
	if len(trust) > 0 && !slices.Contains(trust, info.Signer) {
		return nil, fmt.Errorf(e.tr("%s is not signed by a key that you trust", "%s 未由可信密钥签名"), source)
	}
	return files, nil
}

func areText(files map[string][]byte) bool {
	for _, text := range files {
		if !utf8.Valid(text) {
			return false
		}
	}
	return true
}

func (e *env) showPlan(c *common, p *packedPlan, file string) error {
	switch {
	case c.json:
		if err := writeJSON(e.out, p.Proposal); err != nil {
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

func writePlan(file string, p *packedPlan) error {
	b, err := json.MarshalIndent(p, "", " ")
	if err != nil {
		return fmt.Errorf("encode the plan: %w", err)
	}
	if err := os.WriteFile(file, b, 0o600); err != nil {
		return fmt.Errorf("write the plan: %w", err)
	}
	return nil
}

func readPlanFile(file string) (*packedPlan, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the plan: %w", err)
	}
	p := &packedPlan{Proposal: &publish.Proposal{}}
	if err := json.Unmarshal(b, p); err != nil {
		return nil, fmt.Errorf("%s is no plan: %w", file, err)
	}
	if p.Unpacked != nil {
		return nil, errs.New(errs.InvalidInput, "%s was written by an earlier version of Tenon: plan again", "%s 由 Tenon 的较早版本写成，请重新生成计划", file)
	}
	return p, nil
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
