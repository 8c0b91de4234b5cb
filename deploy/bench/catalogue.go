package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// label is a text in both languages.
func label(en, zh string, n int) map[string]string {
	return map[string]string{"en": fmt.Sprintf("%s %d", en, n), "zh-CN": fmt.Sprintf("%s %d", zh, n)}
}

// entityName is the name of the n-th object of a large catalogue, from 0.
func entityName(n int) string { return fmt.Sprintf("entity_%03d", n) }

// entityList is the name of its list in the API.
func entityList(n int) string { return fmt.Sprintf("entity%03dList", n) }

// writeCatalogue writes a package of many objects with many fields each into a directory: business
// objects of all sorts of fields, linked by lookups, each with an index and a rule.
func writeCatalogue(dir string, objects, fields int) error {
	if err := writeJSON(dir, "tenon.json", map[string]any{"format": 1, "name": "large", "version": "1.0.0",
		"label": map[string]string{"en": "Large", "zh-CN": "大目录"}, "locales": []string{"en", "zh-CN"}}); err != nil {
		return err
	}
	for n := range objects {
		if err := writeEntity(dir, n, fields); err != nil {
			return err
		}
	}
	return nil
}

func writeEntity(dir string, n, fields int) error {
	all := []map[string]any{{"name": "name", "type": "text", "maxLength": 120, "required": true, "label": label("Name", "名称", n)}}
	for i := 1; i < fields; i++ {
		all = append(all, entityField(n, i))
	}
	return writeJSON(dir, "objects/"+entityName(n)+"/object.json", map[string]any{
		"name": entityName(n), "plural": entityName(n) + "_list", "label": label("Entity", "实体", n), "pluralLabel": label("Entities", "实体", n),
		"nameField": "name", "features": []string{"history"}, "fields": all,
		"indexes": []any{map[string]any{"fields": []string{"field_05", "field_03 desc"}}},
		"rules": []any{map[string]any{"name": "not_negative", "when": "field_02 < 0", "field": "field_02",
			"message": map[string]string{"en": "The amount cannot be negative.", "zh-CN": "金额不能为负。"}}}})
}

// entityField is the i-th field of the n-th object.
func entityField(n, i int) map[string]any {
	f := map[string]any{"name": fmt.Sprintf("field_%02d", i), "label": label("Field", "字段", i)}
	switch i % 10 {
	case 1, 6, 8:
		f["type"], f["maxLength"] = "text", 100
	case 2:
		f["type"] = "money"
	case 3:
		f["type"] = "date"
	case 4:
		f["type"], f["scale"] = "decimal", 3
	case 5:
		f["type"] = "picklist"
		values := make([]map[string]any, 6)
		for v := range values {
			values[v] = map[string]any{"code": fmt.Sprintf("value_%d", v), "label": label("Value", "选项", v)}
		}
		f["values"] = values
	case 7:
		f["type"] = "bool"
	case 9:
		f["type"] = "datetime"
	default:
		f["type"] = "int"
		if i <= 20 && n > 0 { // two lookups, to objects before
			f["type"], f["to"], f["inverse"] = "lookup", entityName((n-1)*i/20), fmt.Sprintf("entities_%03d_%d", n, i)
		}
	}
	return f
}

func writeJSON(dir, name string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("encode %s: %w", name, err)
	}
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
