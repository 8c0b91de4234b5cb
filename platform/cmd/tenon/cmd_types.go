package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tenon-platform/tenon/workflow/script/host"
)

func typesVerb() verb {
	return verb{"types", "--out DIR PACKAGE-DIR …", "write TypeScript declarations of the packages' scripts for an editor",
		"为编辑器写出软件包脚本的 TypeScript 声明", runTypes}
}

func runTypes(_ context.Context, e *env, args []string) error {
	fs, _ := e.flags("types")
	out := fs.String("out", "", e.tr("write the declarations into this directory", "将声明写入该文件夹"))
	dirs, err := parse(fs, args, -1)
	if err != nil {
		return err
	}
	if len(dirs) == 0 || *out == "" {
		return usageError{e.tr("name a package directory, and a directory with --out", "请指定软件包目录，并用 --out 指定输出文件夹")}
	}
	cat, given, findings, err := resolved(dirs)
	if err != nil {
		return err
	}
	if cat == nil {
		e.printFindings(findings)
		return errFailed
	}
	if err := os.MkdirAll(*out, 0o755); err != nil {
		return fmt.Errorf("make the directory: %w", err)
	}
	n := 0
	for _, s := range cat.Scripts {
		if !given[s.Package] {
			continue
		}
		if err := os.WriteFile(filepath.Join(*out, s.Name+".d.ts"), []byte(host.Types(s)), 0o644); err != nil {
			return fmt.Errorf("write the declarations: %w", err)
		}
		n++
	}
	fmt.Fprintf(e.out, e.tr("%d declarations written.\n", "已写出 %d 份声明。\n"), n)
	return nil
}
