package main

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tenon-platform/tenon/metadata/model"
)

// skeleton is a small package that is whole: an object with a rule, who may use it, demo data and
// cases. NAME in paths and the words in {{}} are filled in.
//
//go:embed all:skeleton
var skeleton embed.FS

// packageNew writes the skeleton of a package into a new directory of its name.
func packageNew(_ context.Context, e *env, f *packageFlags) error {
	name := f.rest[0]
	if !model.PackageForm.Match(name) || len(name) > model.MaxName-len("_user") || name == model.TenantPackage {
		return usageError{e.tr("a package's name is lower-case words joined by -", "包名须为小写单词以 - 连接")}
	}
	dir := f.out
	if dir == "" {
		dir = name
	}
	if _, err := os.Stat(dir); err == nil {
		return fmt.Errorf(e.tr("%s is there already", "%s 已存在"), dir)
	}
	object := strings.ReplaceAll(name, "-", "_")
	words := strings.ReplaceAll(name, "-", " ")
	fill := strings.NewReplacer("{{package}}", name, "{{name}}", object, "{{title}}", strings.ToUpper(words[:1])+words[1:])
	root, err := fs.Sub(skeleton, "skeleton")
	if err != nil {
		return err
	}
	n := 0
	err = fs.WalkDir(root, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(root, p)
		if err != nil {
			return err
		}
		file := filepath.Join(dir, filepath.FromSlash(strings.ReplaceAll(p, "NAME", object)))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		n++
		return os.WriteFile(file, []byte(fill.Replace(string(text))), 0o644)
	})
	if err != nil {
		return fmt.Errorf("write the package: %w", err)
	}
	fmt.Fprintf(e.out, e.tr("%d files are in %s; try: tenon test %[2]s\n", "%d 个文件已写入 %s；可执行：tenon test %[2]s\n"), n, dir)
	return nil
}
