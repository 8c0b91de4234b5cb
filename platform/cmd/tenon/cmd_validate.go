package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/load"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/resolve"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/plugins/packages"
	"github.com/tenon-platform/tenon/plugins/standard"
)

func validateVerb() verb {
	return verb{"validate", "[--json] PACKAGE-DIR …", "check packages, with the standard ones that they require; every finding is shown",
		"检查软件包（连同其依赖的标准包），列出全部问题", runValidate}
}

func runValidate(_ context.Context, e *env, args []string) error {
	fs, c := e.flags("validate")
	dirs, err := parse(fs, args, -1)
	if err != nil {
		return err
	}
	if len(dirs) == 0 {
		return usageError{e.tr("name a package directory", "请指定软件包目录")}
	}
	findings, err := validate(dirs)
	if err != nil {
		return err
	}
	if c.json {
		if findings == nil {
			findings = diag.List{}
		}
		if err := writeJSON(e.out, findings); err != nil {
			return err
		}
	} else {
		e.printFindings(findings)
		if len(findings) == 0 {
			fmt.Fprintln(e.out, e.tr("No findings.", "没有问题。"))
		}
	}
	if findings.HasErrors() {
		return errFailed
	}
	return nil
}

// validate loads the packages in dirs and resolves them together with the standard packages
// that are not among them.
func validate(dirs []string) (diag.List, error) {
	cat, _, findings, err := resolved(dirs)
	if err != nil || cat == nil || len(cat.Scripts) == 0 {
		return findings, err
	}
	scripts, err := newScripts(slog.New(slog.DiscardHandler), nil)
	if err != nil {
		return nil, err
	}
	defer scripts.Close()
	findings = append(findings, scripts.Vet(cat, nil)...)
	findings.Sort()
	return findings, nil
}

// resolved gives the catalogue of the packages in dirs, with the standard ones, and which packages
// those in dirs are. There is none where the findings have errors.
func resolved(dirs []string) (cat *catalog.Catalog, given map[string]bool, findings diag.List, err error) {
	var pkgs []*model.Package
	given = map[string]bool{}
	for _, d := range dirs {
		if _, err := os.Stat(d); err != nil {
			return nil, nil, nil, fmt.Errorf("read the package: %w", err)
		}
		p, f := load.Package(os.DirFS(d), d, standard.Fields())
		findings = append(findings, f...)
		if p != nil {
			pkgs, given[p.Manifest.Name] = append(pkgs, p), true
		}
	}
	if findings.HasErrors() {
		findings.Sort()
		return nil, given, findings, nil
	}
	all, err := packages.Standard()
	if err != nil {
		return nil, nil, nil, err
	}
	for _, std := range all {
		if given[std.Name] {
			continue
		}
		p, f := load.Package(std.Files, std.Name, standard.Fields())
		findings = append(findings, f...)
		if p != nil {
			pkgs = append(pkgs, p)
		}
	}
	cat, more := resolve.Resolve(resolve.Input{Packages: pkgs, Fields: standard.Fields(), Engines: standard.Engines().Signatures(), Zone: "UTC", Revision: 1, Checks: standard.Checks()})
	findings = append(findings, more...)
	findings.Sort()
	return cat, given, findings, nil
}

func versionVerb() verb {
	return verb{"version", "", "print the version", "显示版本", func(_ context.Context, e *env, _ []string) error {
		_, err := fmt.Fprintln(e.out, "tenon", version)
		return err
	}}
}
