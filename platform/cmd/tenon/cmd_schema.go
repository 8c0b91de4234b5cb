package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tenon-platform/tenon/metadata/schema"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/plugins/standard"
)

func schemaVerb() verb {
	return verb{"schema", "[--out DIR] [--json] [KIND]",
		"print the JSON Schema of a kind of file, list the kinds, or write all schemas for an editor",
		"输出某类文件的 JSON Schema、列出全部类型，或为编辑器写出全部 Schema", runSchema}
}

func runSchema(_ context.Context, e *env, args []string) error {
	fs, c := e.flags("schema")
	out := fs.String("out", "", e.tr("write all schemas and their catalogue into this directory", "将全部 Schema 及目录写入该文件夹"))
	pos, err := parse(fs, args, -1)
	if err != nil {
		return err
	}
	if len(pos) > 1 || len(pos) == 1 && *out != "" {
		return usageError{e.tr("name one kind, or a directory with --out", "请指定一个类型，或用 --out 指定文件夹")}
	}
	set, err := schema.New(standard.Fields())
	if err != nil {
		return err
	}
	switch {
	case *out != "":
		return e.writeSchemas(set, *out)
	case len(pos) == 0:
		return e.listSchemas(set, c.json)
	}
	return e.printSchema(set, pos[0])
}

func (e *env) printSchema(set *schema.Set, kind string) error {
	if b := set.Get(kind); b != nil {
		_, err := e.out.Write(b)
		return err
	}
	var known []string
	for _, k := range set.Kinds() {
		known = append(known, k.Name)
	}
	msg := fmt.Sprintf(e.tr("there is no kind %q", "没有类型 %q"), kind)
	if s := diag.DidYouMean(kind, known); s != nil {
		msg += e.tr("; ", "；") + e.tr.text(*s)
	}
	return usageError{msg}
}

func (e *env) listSchemas(set *schema.Set, asJSON bool) error {
	if asJSON {
		b, err := set.Catalogue("")
		if err == nil {
			_, err = e.out.Write(b)
		}
		return err
	}
	for _, k := range set.Kinds() {
		fmt.Fprintf(e.out, "%-10s %-24s %s\n", k.Name, k.Glob, e.tr.text(k.Title))
	}
	return nil
}

func (e *env) writeSchemas(set *schema.Set, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make %s: %w", dir, err)
	}
	b, err := set.Catalogue("")
	if err != nil {
		return err
	}
	files := map[string][]byte{"catalogue.json": b}
	for _, k := range set.Kinds() {
		files[k.Name+".json"] = set.Get(k.Name)
	}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			return fmt.Errorf("write the schema: %w", err)
		}
	}
	fmt.Fprintf(e.out, e.tr("%d schemas are in %s\n", "%d 个 Schema 已写入 %s\n"), len(set.Kinds()), dir)
	return nil
}
