// Package model holds the plain structs of the JSON kinds, exactly as files spell them. It
// checks nothing: metadata/load reads them strictly, metadata/resolve gives them meaning.
package model

import (
	"encoding/json"

	"github.com/tenon-platform/tenon/platform/diag"
)

// FormatVersion is the version of the metadata format that this build writes.
const FormatVersion = 1

// Text is a label or message by locale: {"en": "Dealer", "zh-CN": "经销商"}. In files it may also
// be a bare string: a key of i18n/<locale>.json, written "@key", or English text.
type Text map[string]string

// In gives the text in a locale, then in its language, then in English, then any.
func (t Text) In(locale string) string {
	for _, l := range []string{locale, "en", "zh-CN"} {
		if s := t[l]; s != "" {
			return s
		}
	}
	for _, s := range t {
		return s
	}
	return ""
}

// UnmarshalJSON reads an object by locale, or a bare string as English (or "@key").
func (t *Text) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*t = Text{"en": s}
		return nil
	}
	var m map[string]string
	if err := json.Unmarshal(b, &m); err != nil {
		return err
	}
	*t = m
	return nil
}

// Manifest is tenon.json: the package itself.
type Manifest struct {
	Schema      string             `json:"$schema,omitempty"`
	Format      int                `json:"format,omitempty"` // FormatVersion when absent
	Name        string             `json:"name"`             // "core-crm"; "tenant" is the tenant's own
	Version     string             `json:"version"`          // semver
	Label       Text               `json:"label"`
	Description Text               `json:"description,omitempty"`
	Requires    map[string]string  `json:"requires,omitempty"` // package → semver range
	Locales     []string           `json:"locales,omitempty"`
	Settings    map[string]Setting `json:"settings,omitempty"`
}

// Setting is one typed package setting.
type Setting struct {
	Type    string          `json:"type"`
	Label   Text            `json:"label"`
	Default json.RawMessage `json:"default,omitempty"`
	Scope   string          `json:"scope,omitempty"` // "tenant" (default) or "brand"
}

// Object is objects/<name>/object.json.
type Object struct {
	Schema      string       `json:"$schema,omitempty"`
	Name        string       `json:"name"`
	RenamedFrom string       `json:"renamedFrom,omitempty"`
	IDPrefix    string       `json:"idPrefix,omitempty"` // of record ids; the name when absent
	Label       Text         `json:"label"`
	PluralLabel Text         `json:"pluralLabel,omitempty"`
	Plural      string       `json:"plural,omitempty"` // snake_case API plural; by rule when absent
	Help        Text         `json:"help,omitempty"`
	NameField   string       `json:"nameField,omitempty"`
	Serves      string       `json:"serves,omitempty"`   // platform role: "user", "currency", …
	Sharing     string       `json:"sharing,omitempty"`  // private, read, readWrite, parent
	Features    []string     `json:"features,omitempty"` // history, search, files, timeline
	RecordTypes []RecordType `json:"recordTypes,omitempty"`
	Fields      []Field      `json:"fields,omitempty"`
	Keys        []Key        `json:"keys,omitempty"`
	Indexes     []Index      `json:"indexes,omitempty"`
	Rules       []Rule       `json:"rules,omitempty"`
	Pos         Positions    `json:"-"`
}

// RecordType is a named variant of an object.
type RecordType struct {
	Name  string `json:"name"`
	Label Text   `json:"label"`
}

// Field is one field. Settings that only one kind understands (maxLength, to, expr …) stay raw
// in Settings, keyed by their JSON name.
type Field struct {
	Name         string                     `json:"name"`
	RenamedFrom  string                     `json:"renamedFrom,omitempty"`
	Type         string                     `json:"type"`
	Label        Text                       `json:"label,omitempty"`
	Help         Text                       `json:"help,omitempty"`
	Required     bool                       `json:"required,omitempty"`
	Unique       bool                       `json:"unique,omitempty"`   // short for a key of this field alone
	Index        bool                       `json:"index,omitempty"`    // short for an index of this field alone
	ReadOnly     bool                       `json:"readOnly,omitempty"` // only the platform and scripts write it
	History      bool                       `json:"history,omitempty"`
	Search       bool                       `json:"search,omitempty"`
	Translatable bool                       `json:"translatable,omitempty"`
	PII          bool                       `json:"pii,omitempty"`
	Secured      bool                       `json:"secured,omitempty"` // hidden unless a permission set grants it
	Default      json.RawMessage            `json:"default,omitempty"` // a literal, or {"expr": "…"}
	Settings     map[string]json.RawMessage `json:"-"`                 // the kind's own keys, inlined in JSON
	Pos          Positions                  `json:"-"`
}

// Key is a unique combination of fields.
type Key struct {
	Name            string   `json:"name,omitempty"` // the fields joined by "_" when absent
	Fields          []string `json:"fields"`
	Where           string   `json:"where,omitempty"` // expression: partial unique
	CaseInsensitive bool     `json:"caseInsensitive,omitempty"`
	Message         Text     `json:"message,omitempty"`
}

// Index is a composite index: "close_date desc" orders descending. Include names fields that it
// holds besides, so that lists in its order can be filtered by them without reading the records.
type Index struct {
	Name    string   `json:"name,omitempty"`
	Fields  []string `json:"fields"`
	Include []string `json:"include,omitempty"`
	Where   string   `json:"where,omitempty"`
}

// Rule is a validation rule: a write for which When is true is refused (severity "error", the
// default) or reported (severity "warning").
type Rule struct {
	Name     string   `json:"name"`
	When     string   `json:"when"`
	On       []string `json:"on,omitempty"`    // create, update, delete; create and update when absent
	Field    string   `json:"field,omitempty"` // the field to show the message at
	Severity string   `json:"severity,omitempty"`
	Message  Text     `json:"message"`
}

// Picklist is picklists/<name>.json, or the "values" of a picklist field.
type Picklist struct {
	Schema      string          `json:"$schema,omitempty"`
	Name        string          `json:"name"`
	RenamedFrom string          `json:"renamedFrom,omitempty"`
	Label       Text            `json:"label"`
	Values      []PicklistValue `json:"values"`
	Pos         Positions       `json:"-"`
}

// PicklistValue is one choice.
type PicklistValue struct {
	Code        string              `json:"code"`
	Label       Text                `json:"label"`
	Color       string              `json:"color,omitempty"`
	Inactive    bool                `json:"inactive,omitempty"` // kept for old records, refused for new ones
	RenamedFrom string              `json:"renamedFrom,omitempty"`
	When        map[string][]string `json:"when,omitempty"` // dependent: controlling field → codes that allow this value
}

// Extension is extend/<object>.json: additions to an object of another package.
type Extension struct {
	Schema         string                     `json:"$schema,omitempty"`
	Object         string                     `json:"object"`
	WhenInstalled  string                     `json:"whenInstalled,omitempty"` // package
	Fields         []Field                    `json:"fields,omitempty"`
	PicklistValues map[string][]PicklistValue `json:"picklistValues,omitempty"` // field → values
	RecordTypes    []RecordType               `json:"recordTypes,omitempty"`
	Targets        map[string][]string        `json:"targets,omitempty"` // polymorphic field → objects
	Keys           []Key                      `json:"keys,omitempty"`
	Indexes        []Index                    `json:"indexes,omitempty"`
	Rules          []Rule                     `json:"rules,omitempty"`
	// Overrides changes single properties of packaged metadata, by path below the object:
	// {"fields.tier.label.en": "Level"}. Only the tenant's own package uses it.
	Overrides map[string]json.RawMessage `json:"overrides,omitempty"`
	Pos       Positions                  `json:"-"`
}

// Data is data/<name>.json: seed records, loaded in the order of the files' names.
// In values, "=TODAY-30" is a relative date, "=NOW-2h" a relative instant and
// {"ref": "external key"} another seed record.
type Data struct {
	Schema  string       `json:"$schema,omitempty"`
	Object  string       `json:"object"`
	Demo    bool         `json:"demo,omitempty"` // loaded only with demo data, removable
	Records []SeedRecord `json:"records"`
	Pos     Positions    `json:"-"`
}

// SeedRecord is one record of a Data file: "key" is its stable external id within the package.
type SeedRecord struct {
	Key    string                     `json:"key"`
	Values map[string]json.RawMessage `json:"values"`
}

// Package is one package as read from its directory.
type Package struct {
	Manifest   Manifest
	Pos        Positions // of the manifest
	Objects    []Object
	Picklists  []Picklist
	Extensions []Extension
	Data       []Data
	I18n       map[string]map[string]string // locale → key → text
	// Files are all files of the package, verbatim, by slash path: what "pull" writes back.
	Files map[string][]byte
}

// Positions maps a path below a document ("fields.3.type", "" for the document) to its place.
type Positions map[string]diag.Pos

// At gives the place of the longest known prefix of path.
func (p Positions) At(path string) diag.Pos {
	for {
		if pos, ok := p[path]; ok || path == "" {
			return pos
		}
		i := len(path) - 1
		for i >= 0 && path[i] != '.' {
			i--
		}
		path = path[:max(i, 0)]
	}
}
