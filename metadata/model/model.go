// Package model holds the plain structs of the JSON kinds, exactly as files spell them. It
// checks nothing: metadata/load reads them strictly, metadata/resolve gives them meaning.
package model

import (
	"encoding/json"
	"strings"

	"github.com/tenon-platform/tenon/platform/diag"
)

// FormatVersion is the version of the metadata format that this build reads and writes. Older
// formats are raised to it by metadata/upgrade.
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

// TenantPackage is the name of the tenant's own package: it comes last, may refer to all others,
// and is held to less than what is distributed.
const TenantPackage = "tenant"

// Manifest is tenon.json: the package itself.
type Manifest struct {
	Schema      string             `json:"$schema,omitempty" doc:"JSON Schema of this file, for editors" zh:"本文件的 JSON Schema，供编辑器使用"`
	Format      int                `json:"format,omitempty" doc:"version of the metadata format; 1 unless given" zh:"元数据格式版本，默认 1" schema:"{\"minimum\":1}"`
	Name        string             `json:"name" required:"true" form:"package" doc:"name of the package; \"tenant\" is the tenant's own" zh:"软件包名称；tenant 为租户自有包"`
	Version     string             `json:"version" required:"true" doc:"semantic version, such as 1.2.0" zh:"语义化版本，如 1.2.0"`
	Label       Text               `json:"label" doc:"name for people" zh:"显示名称"`
	Description Text               `json:"description,omitempty" doc:"what the package is for" zh:"软件包用途"`
	Requires    map[string]string  `json:"requires,omitempty" doc:"packages that must be installed, each with a range of versions such as ^1.2" zh:"依赖的软件包及其版本范围，如 ^1.2"`
	Locales     []string           `json:"locales,omitempty" doc:"languages that every text of the package must have" zh:"软件包内所有文本必须提供的语言"`
	Settings    map[string]Setting `json:"settings,omitempty" doc:"settings of the package, by name" zh:"软件包设置，按名称"`
}

// Setting is one typed package setting.
type Setting struct {
	Type    string          `json:"type" required:"true" doc:"field type of the value" zh:"值的字段类型"`
	Label   Text            `json:"label" doc:"name for people" zh:"显示名称"`
	Help    Text            `json:"help,omitempty" doc:"what the setting does" zh:"设置说明"`
	Default json.RawMessage `json:"default,omitempty" doc:"value where none is set" zh:"默认值"`
	Scope   string          `json:"scope,omitempty" enum:"tenant,brand" doc:"what has a value of its own: tenant (the default) or brand" zh:"取值范围：tenant（默认）或 brand"`
}

// Object is objects/<name>/object.json.
type Object struct {
	Schema      string       `json:"$schema,omitempty" doc:"JSON Schema of this file, for editors" zh:"本文件的 JSON Schema，供编辑器使用"`
	Name        string       `json:"name" required:"true" form:"name" doc:"name of the object, as its folder" zh:"对象名称，与所在文件夹一致"`
	RenamedFrom string       `json:"renamedFrom,omitempty" doc:"name until now: declares a rename that keeps the records" zh:"原名称：声明更名并保留记录"`
	IDPrefix    string       `json:"idPrefix,omitempty" form:"name" doc:"what record ids begin with; the name unless given" zh:"记录编号前缀，默认为对象名称"`
	Label       Text         `json:"label" doc:"name for people" zh:"显示名称"`
	PluralLabel Text         `json:"pluralLabel,omitempty" doc:"name of several records, for people" zh:"复数显示名称"`
	Plural      string       `json:"plural,omitempty" form:"name" doc:"plural in the API, in snake_case; by rule unless given" zh:"API 中的复数名称（snake_case），默认按规则生成"`
	Help        Text         `json:"help,omitempty" doc:"what the object is for" zh:"对象说明"`
	NameField   string       `json:"nameField,omitempty" doc:"field that names a record; \"name\" unless given" zh:"作为记录名称的字段，默认 name"`
	Serves      string       `json:"serves,omitempty" doc:"role that the platform needs an object for, such as user or currency" zh:"对象承担的平台角色，如 user、currency"`
	Sharing     string       `json:"sharing,omitempty" enum:"private,read,readWrite,parent" doc:"what everybody may do with every record" zh:"默认共享范围"`
	Features    []string     `json:"features,omitempty" enum:"history,search,files,timeline,lock" doc:"what records of the object have besides fields" zh:"对象启用的特性"`
	RecordTypes []RecordType `json:"recordTypes,omitempty" doc:"variants of the object" zh:"记录类型"`
	StagePath   string       `json:"stagePath,omitempty" doc:"picklist field that tells how far a record has come" zh:"表示记录所处阶段的单选字段"`
	Fields      []Field      `json:"fields,omitempty" doc:"the fields, in the order people see them in" zh:"字段，按显示顺序"`
	Keys        []Key        `json:"keys,omitempty" doc:"combinations of fields that no two records share" zh:"唯一键"`
	Indexes     []Index      `json:"indexes,omitempty" doc:"combinations of fields that are searched or sorted by" zh:"索引"`
	Rules       []Rule       `json:"rules,omitempty" doc:"validation rules" zh:"校验规则"`
	NoOverlap   []NoOverlap  `json:"noOverlap,omitempty" doc:"constraints that hold records apart in time" zh:"时间不重叠约束"`
	Ledger      *Ledger      `json:"ledger,omitempty" doc:"makes the records the entries of accounts, which only actions post" zh:"将记录作为账户流水，仅由操作记账"`
	Pos         Positions    `json:"-"`
}

// RecordType is a named variant of an object.
type RecordType struct {
	Name  string `json:"name" required:"true" form:"name" doc:"name of the record type" zh:"记录类型名称"`
	Label Text   `json:"label" doc:"name for people" zh:"显示名称"`
}

// Field is one field. Settings that only one kind understands (maxLength, to, expr …) stay raw
// in Settings, keyed by their JSON name.
type Field struct {
	Name         string                     `json:"name" required:"true" form:"name" doc:"name of the field" zh:"字段名称"`
	RenamedFrom  string                     `json:"renamedFrom,omitempty" doc:"name until now: declares a rename that keeps the values" zh:"原名称：声明更名并保留数据"`
	Type         string                     `json:"type" required:"true" doc:"field type" zh:"字段类型"`
	Label        Text                       `json:"label,omitempty" doc:"name for people" zh:"显示名称"`
	Help         Text                       `json:"help,omitempty" doc:"what the field is for" zh:"字段说明"`
	Required     bool                       `json:"required,omitempty" doc:"every record has a value" zh:"必填"`
	Unique       bool                       `json:"unique,omitempty" doc:"short for a key of this field alone" zh:"唯一：等同于仅含本字段的键"`
	Index        bool                       `json:"index,omitempty" doc:"short for an index of this field alone" zh:"索引：等同于仅含本字段的索引"`
	ReadOnly     bool                       `json:"readOnly,omitempty" doc:"only the platform and scripts write it" zh:"只读：仅平台与脚本可写"`
	History      bool                       `json:"history,omitempty" doc:"changes are kept" zh:"记录变更历史"`
	Search       bool                       `json:"search,omitempty" doc:"searches of the object look at it" zh:"参与搜索"`
	Translatable bool                       `json:"translatable,omitempty" doc:"records have a value by language" zh:"数据可按语言翻译"`
	PII          bool                       `json:"pii,omitempty" doc:"personal information" zh:"个人信息"`
	Secured      bool                       `json:"secured,omitempty" doc:"hidden unless a permission set grants it" zh:"默认隐藏，须由权限集授权"`
	Default      json.RawMessage            `json:"default,omitempty" doc:"value of new records: a literal, or {\"expr\": \"…\"}" zh:"新记录的默认值：常量或 {\"expr\": \"…\"}"`
	Settings     map[string]json.RawMessage `json:"-"` // the kind's own keys, inlined in JSON
	Pos          Positions                  `json:"-"`
}

// Key is a unique combination of fields.
type Key struct {
	Name            string   `json:"name,omitempty" doc:"name of the key; the fields joined by _ unless given" zh:"键名称，默认由字段名以 _ 连接"`
	Fields          []string `json:"fields" required:"true" doc:"names of the fields" zh:"字段名称" schema:"{\"minItems\":1}"`
	Where           string   `json:"where,omitempty" doc:"condition: only records that meet it are held apart" zh:"条件表达式：仅对满足条件的记录要求唯一"`
	CaseInsensitive bool     `json:"caseInsensitive,omitempty" doc:"upper and lower case are the same" zh:"不区分大小写"`
	Message         Text     `json:"message,omitempty" doc:"what to say when the key is taken" zh:"重复时的提示"`
}

// Index is a composite index: "close_date desc" orders descending. Include names fields that it
// holds besides, so that lists in its order can be filtered by them without reading the records.
type Index struct {
	Name    string   `json:"name,omitempty" doc:"name of the index; the fields joined by _ unless given" zh:"索引名称，默认由字段名以 _ 连接"`
	Fields  []string `json:"fields" required:"true" doc:"names of the fields; \"close_date desc\" orders descending" zh:"字段名称；\"close_date desc\" 表示降序" schema:"{\"minItems\":1}"`
	Include []string `json:"include,omitempty" doc:"further fields to filter by, held besides" zh:"附带的筛选字段"`
	Where   string   `json:"where,omitempty" doc:"condition: only records that meet it are in the index" zh:"条件表达式：仅索引满足条件的记录"`
}

// Rule is a validation rule: a write for which When is true is refused (severity "error", the
// default) or reported (severity "warning").
type Rule struct {
	Name     string   `json:"name" required:"true" doc:"name of the rule" zh:"规则名称" schema:"{\"minLength\":1}"`
	When     string   `json:"when" required:"true" doc:"condition that is true of what is refused" zh:"为真时拒绝的条件表达式"`
	On       []string `json:"on,omitempty" enum:"create,update,delete" doc:"writes that the rule looks at; create and update unless given" zh:"触发时机，默认创建与更新"`
	Field    string   `json:"field,omitempty" doc:"field to show the message at" zh:"显示提示的字段"`
	Severity string   `json:"severity,omitempty" enum:"error,warning" doc:"error (the default) refuses the write, warning reports" zh:"error（默认）拒绝写入，warning 仅提示"`
	Message  Text     `json:"message" required:"true" doc:"what to say" zh:"提示信息"`
}

// Picklist is picklists/<name>.json, or the "values" of a picklist field.
type Picklist struct {
	Schema      string          `json:"$schema,omitempty" doc:"JSON Schema of this file, for editors" zh:"本文件的 JSON Schema，供编辑器使用"`
	Name        string          `json:"name" required:"true" form:"name" doc:"name of the picklist, as its file" zh:"选项列表名称，与文件名一致"`
	RenamedFrom string          `json:"renamedFrom,omitempty" doc:"name until now" zh:"原名称"`
	Label       Text            `json:"label" doc:"name for people" zh:"显示名称"`
	Values      []PicklistValue `json:"values" required:"true" doc:"the choices, in the order people see them in" zh:"选项，按显示顺序"`
	Pos         Positions       `json:"-"`
}

// PicklistValue is one choice.
type PicklistValue struct {
	Code        string              `json:"code" required:"true" doc:"what is stored" zh:"存储的编码" schema:"{\"minLength\":1}"`
	Label       Text                `json:"label" doc:"name for people" zh:"显示名称"`
	Color       string              `json:"color,omitempty" doc:"colour that the choice is shown in" zh:"显示颜色"`
	Inactive    bool                `json:"inactive,omitempty" doc:"kept for old records, refused for new ones" zh:"停用：旧记录保留，新记录不可选"`
	RenamedFrom string              `json:"renamedFrom,omitempty" doc:"code until now" zh:"原编码"`
	When        map[string][]string `json:"when,omitempty" doc:"fields of the record, each with the codes that allow this choice" zh:"控制字段及允许本选项的编码"`
}

// Extension is extend/<object>.json: additions to an object of another package.
type Extension struct {
	Schema         string                     `json:"$schema,omitempty" doc:"JSON Schema of this file, for editors" zh:"本文件的 JSON Schema，供编辑器使用"`
	Object         string                     `json:"object" required:"true" form:"name" doc:"object that is added to, as the file's name" zh:"被扩展的对象，与文件名一致"`
	WhenInstalled  string                     `json:"whenInstalled,omitempty" doc:"package without which nothing is added" zh:"仅当该软件包已安装时生效"`
	Fields         []Field                    `json:"fields,omitempty" doc:"further fields" zh:"新增字段"`
	PicklistValues map[string][]PicklistValue `json:"picklistValues,omitempty" doc:"further choices, by field" zh:"新增选项，按字段"`
	RecordTypes    []RecordType               `json:"recordTypes,omitempty" doc:"further record types" zh:"新增记录类型"`
	Targets        map[string][]string        `json:"targets,omitempty" doc:"further objects that references lead to, by field" zh:"新增引用目标对象，按字段"`
	Keys           []Key                      `json:"keys,omitempty" doc:"further unique keys" zh:"新增唯一键"`
	Indexes        []Index                    `json:"indexes,omitempty" doc:"further indexes" zh:"新增索引"`
	Rules          []Rule                     `json:"rules,omitempty" doc:"further validation rules" zh:"新增校验规则"`
	NoOverlap      []NoOverlap                `json:"noOverlap,omitempty" doc:"further constraints that hold records apart in time" zh:"新增时间不重叠约束"`
	Actions        map[string]ActionExtension `json:"actions,omitempty" doc:"what actions of the object take, do and tell besides, by name" zh:"为对象的操作追加输入、步骤与结果，按操作名称"`
	// Overrides changes single properties of packaged metadata, by path below the object:
	// {"fields.tier.label.en": "Level"}. Only the tenant's own package uses it.
	Overrides map[string]json.RawMessage `json:"overrides,omitempty" doc:"single properties to change, by path below the object, such as fields.tier.label.en" zh:"覆盖单个属性，键为对象下的路径，如 fields.tier.label.en"`
	Pos       Positions                  `json:"-"`
}

// Data is data/<name>.json: seed records, loaded in the order of the files' names.
// In values, "=TODAY-30" is a relative date, "=NOW-2h" a relative instant and
// {"ref": "external key"} another seed record.
type Data struct {
	Schema  string       `json:"$schema,omitempty" doc:"JSON Schema of this file, for editors" zh:"本文件的 JSON Schema，供编辑器使用"`
	Object  string       `json:"object" required:"true" doc:"object of the records" zh:"记录所属对象"`
	Demo    bool         `json:"demo,omitempty" doc:"loaded only with demo data, removable" zh:"演示数据，仅按需加载，可移除"`
	Records []SeedRecord `json:"records" required:"true" doc:"the records, in the order they are loaded in" zh:"记录，按加载顺序"`
	Pos     Positions    `json:"-"`
}

// SeedRecord is one record of a Data file: "key" is its stable external id within the package.
type SeedRecord struct {
	Key    string                     `json:"key" required:"true" doc:"stable name of the record within the package" zh:"记录在软件包内的稳定标识"`
	Values map[string]json.RawMessage `json:"values" required:"true" doc:"values by field; {\"ref\": \"key\"} is another seed record, =TODAY-30 and =NOW-2h are relative moments" zh:"字段值；{\"ref\": \"键\"} 引用其他种子记录，=TODAY-30、=NOW-2h 为相对时间"`
}

// Package is one package as read from its directory.
type Package struct {
	Label       string // before the slash in the file names of positions
	Manifest    Manifest
	Pos         Positions // of the manifest
	Objects     []Object
	Picklists   []Picklist
	Extensions  []Extension
	Sets        []PermissionSet
	Roles       []Role
	Sharing     []Sharing
	Actions     []Action
	Duplicates  []Duplicates
	Decisions   []Decision
	Tiers       []TierTable
	Scorings    []Scoring
	Approvals   []Approval
	Scripts     []Script
	Flows       []Flow
	Data        []Data
	Tests       []Tests
	Overlays    []Overlay                    // of the tenant's own package
	I18n        map[string]map[string]string // locale → key → text
	Connections []Connection
	Webhooks    []Webhook
	Hooks       []Hook
	Messages    []Message
	Apps        []App
	Layouts     []Layout
	Views       []View
	SLAs        []SLA
	Segments    []Segment
	Captures    []Capture
	// Files are all files of the package, verbatim, by slash path: what "pull" writes back.
	Files map[string][]byte
	// Forget, when set, lets go of where things stand in the files, which takes several times as much memory
	// as the files: for a package that nothing will be found wrong with any more.
	Forget func()
}

// Positions tells where the parts of a document are, by path below it ("fields.3.type", "" for
// the document). The zero value knows nothing.
type Positions struct{ find func(path string) diag.Pos }

// PositionsOf makes Positions of a function that gives the place of the longest known prefix of a path.
func PositionsOf(find func(path string) diag.Pos) Positions { return Positions{find} }

// Renamed are positions of which the parts below one key are called by another.
func (p Positions) Renamed(key, in string) Positions {
	return PositionsOf(func(path string) diag.Pos {
		if rest, ok := strings.CutPrefix(path, key); ok && (rest == "" || rest[0] == '.') {
			path = in + rest
		}
		return p.At(path)
	})
}

// Below are the positions below a path.
func (p Positions) Below(path string) Positions {
	return PositionsOf(func(rest string) diag.Pos {
		if rest == "" {
			return p.At(path)
		}
		return p.At(path + "." + rest)
	})
}

// At gives the place of the longest known prefix of path.
func (p Positions) At(path string) diag.Pos {
	if p.find == nil {
		return diag.Pos{}
	}
	return p.find(path)
}

// Place is At, for who may never ask.
func (p Positions) Place(path string) func() diag.Pos {
	return func() diag.Pos { return p.At(path) }
}
