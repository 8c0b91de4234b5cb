package model

import "encoding/json"

// Overlay is overlays/<package>/<file>.json of the tenant's own package: what is changed of a file of
// another package. Properties are named by path, the members of lists by their names.
type Overlay struct {
	Schema  string                     `json:"$schema,omitempty" doc:"JSON Schema of this file, for editors" zh:"本文件的 JSON Schema，供编辑器使用"`
	Set     map[string]json.RawMessage `json:"set,omitempty" doc:"properties with their values, by path, such as rules.credit_not_negative.message.en" zh:"属性及其取值，键为路径，如 rules.credit_not_negative.message.en"`
	Remove  []string                   `json:"remove,omitempty" doc:"properties that are taken away, by path" zh:"移除的属性路径"`
	Package string                     `json:"-"`
	File    string                     `json:"-"`
	Pos     Positions                  `json:"-"`
}
