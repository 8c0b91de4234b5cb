package model

import "encoding/json"

// App is apps/<name>.json: a set of things that one works with.
type App struct {
	Schema string    `json:"$schema,omitempty" doc:"JSON Schema of this file, for editors" zh:"本文件的 JSON Schema，供编辑器使用"`
	Name   string    `json:"name" required:"true" form:"name" doc:"name of the app, as its file" zh:"应用名称，与文件名一致"`
	Label  Text      `json:"label" doc:"name for people" zh:"显示名称"`
	Help   Text      `json:"help,omitempty" doc:"what one does in the app" zh:"应用说明"`
	Order  int       `json:"order,omitempty" doc:"apps of lower numbers come first" zh:"排序号，小者在前"`
	Items  []AppItem `json:"items" required:"true" doc:"the navigation, in order" zh:"导航项，按顺序" schema:"{\"minItems\":1}"`
	Pos    Positions `json:"-"`
}

// AppItem is one entry of an app's navigation: exactly one of Object and URL is given.
type AppItem struct {
	Object string `json:"object,omitempty" form:"name" doc:"object whose records are listed" zh:"列出其记录的对象"`
	View   string `json:"view,omitempty" form:"name" doc:"list view of the object to show" zh:"所用列表视图"`
	URL    string `json:"url,omitempty" doc:"address of another site, which begins with https://" zh:"外部网址，以 https:// 开头"`
	Label  Text   `json:"label,omitempty" doc:"name for people; that of the object's records unless given" zh:"显示名称，默认为对象的复数名称"`
}

// Layout is objects/<object>/layouts/<name>.json: how a record is shown and edited. Where an object
// has none, all its fields are shown in order.
type Layout struct {
	Schema      string          `json:"$schema,omitempty" doc:"JSON Schema of this file, for editors" zh:"本文件的 JSON Schema，供编辑器使用"`
	Name        string          `json:"name" required:"true" form:"name" doc:"name of the layout, as its file" zh:"布局名称，与文件名一致"`
	Label       Text            `json:"label" doc:"name for people" zh:"显示名称"`
	RecordTypes []string        `json:"recordTypes,omitempty" doc:"record types that it is for; all that have no layout of their own unless given" zh:"适用的记录类型；不填则用于没有专属布局的全部类型"`
	Highlights  []string        `json:"highlights,omitempty" doc:"fields beside the record's name" zh:"标题旁的关键字段"`
	Sections    []LayoutSection `json:"sections" required:"true" doc:"groups of fields, in order" zh:"字段分组，按顺序" schema:"{\"minItems\":1}"`
	Related     []LayoutRelated `json:"related,omitempty" doc:"lists of records that refer to the record; all unless given" zh:"引用本记录的列表，默认全部"`
	Object      string          `json:"-"` // from the path
	Pos         Positions       `json:"-"`
}

// LayoutSection is a group of fields.
type LayoutSection struct {
	Label   Text          `json:"label" doc:"name for people" zh:"显示名称"`
	Columns int           `json:"columns,omitempty" doc:"columns on a wide screen, 1 to 4; 2 unless given" zh:"宽屏列数，1 至 4，默认 2"`
	When    string        `json:"when,omitempty" doc:"condition over the record: the section is hidden while it is false" zh:"条件表达式：为假时隐藏"`
	Fields  []LayoutField `json:"fields" required:"true" doc:"the fields, in order" zh:"字段，按顺序" schema:"{\"minItems\":1}"`
}

// LayoutField is a field in a section.
type LayoutField struct {
	Field string `json:"field" required:"true" doc:"name of the field" zh:"字段名称"`
	Wide  bool   `json:"wide,omitempty" doc:"it takes all columns" zh:"占满整行"`
	When  string `json:"when,omitempty" doc:"condition over the record: the field is hidden while it is false" zh:"条件表达式：为假时隐藏"`
}

// LayoutRelated is a list of records below a record.
type LayoutRelated struct {
	Object  string   `json:"object" required:"true" form:"name" doc:"object of the records" zh:"记录所属对象"`
	Via     string   `json:"via,omitempty" doc:"their field that refers to the record, where there are several" zh:"引用本记录的字段，有多个时填写"`
	Columns []string `json:"columns,omitempty" doc:"fields to show" zh:"显示字段"`
}

// View is objects/<object>/views/<name>.json: a list of records. Where an object has none, all its
// records are listed with the first fields.
type View struct {
	Schema  string          `json:"$schema,omitempty" doc:"JSON Schema of this file, for editors" zh:"本文件的 JSON Schema，供编辑器使用"`
	Name    string          `json:"name" required:"true" form:"name" doc:"name of the view, as its file" zh:"视图名称，与文件名一致"`
	Label   Text            `json:"label" doc:"name for people" zh:"显示名称"`
	Kind    string          `json:"kind,omitempty" enum:"list,kanban,calendar" doc:"how records are shown: list (the default), kanban or calendar" zh:"展示方式：list（默认）、kanban 或 calendar"`
	Order   int             `json:"order,omitempty" doc:"views of lower numbers come first; the first is shown unless one chooses another" zh:"排序号，小者在前；首个为默认视图"`
	Columns []string        `json:"columns" required:"true" doc:"fields to show, in order" zh:"显示字段，按顺序" schema:"{\"minItems\":1}"`
	Filter  []ViewCondition `json:"filter,omitempty" doc:"conditions that all hold of the records" zh:"筛选条件，须全部满足"`
	Sort    []string        `json:"sort,omitempty" doc:"fields to order by; \"close_date desc\" orders descending" zh:"排序字段；\"close_date desc\" 表示降序"`
	Group   string          `json:"group,omitempty" doc:"kanban: field whose choices are the lanes" zh:"看板的分组字段"`
	From    string          `json:"from,omitempty" doc:"calendar: day on which a record begins" zh:"日历的起始日期字段"`
	To      string          `json:"to,omitempty" doc:"calendar: day on which a record ends" zh:"日历的结束日期字段"`
	Object  string          `json:"-"` // from the path
	Pos     Positions       `json:"-"`
}

// ViewCondition is one comparison.
type ViewCondition struct {
	Field string          `json:"field" required:"true" doc:"field to compare, also over lookups: account_id.industry" zh:"比较的字段，可经查找字段：account_id.industry"`
	Op    string          `json:"op" required:"true" doc:"comparison, as filters of the API call it: eq, in, gte, me, thisMonth …" zh:"比较方式，与 API 筛选一致：eq、in、gte、me、thisMonth 等"`
	Value json.RawMessage `json:"value,omitempty" doc:"what to compare with, as filters of the API take it; true unless given" zh:"比较值，与 API 筛选一致，默认 true"`
}
