package docs

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"strings"
	"sync"

	"github.com/tenon-platform/tenon/metadata/model"
)

//go:embed pages.html
var source string

// pages are the templates; what is put into them is escaped for where it stands.
var pages = sync.OnceValue(func() *template.Template { return template.Must(template.New("pages").Parse(source)) })

// styleHash names the one style sheet of the pages to the content security policy.
var styleHash = func() string {
	_, rest, _ := strings.Cut(source, "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	return base64.StdEncoding.EncodeToString(sum[:])
}()

// frame is what all pages have.
type frame struct {
	Lang  string
	Other string // the other language
	Path  string // of this page, below /docs
	W     map[string]string
}

func (r *Reader) frame(object string) frame {
	f := frame{Lang: r.Locale, Other: "zh-CN", Path: "/docs", W: map[string]string{}}
	if r.Locale == "zh-CN" {
		f.Other = "en"
	}
	if object != "" {
		f.Path += "/" + object
	}
	for k, w := range words {
		f.W[k] = w.In(r.Locale)
	}
	return f
}

// link is something with a name and a label; what Text is depends on the list.
type link struct{ Name, Label, Text string }

type group struct {
	Name, Label string
	Objects     []link
}

type indexView struct {
	frame
	Groups []group
}

type objectView struct {
	frame
	Name, Type, Label, Help string
	Rights                  []string
	Fields                  []fieldView
	Relations               []link
	Keys                    [][]string
	Rules                   []ruleView
	Actions                 []actionView
	Examples                []Example
}

type fieldView struct {
	Name, Label, Help, Kind, Type string
	Notes                         []string
	Choices, Leads                []link
}

type ruleView struct {
	Message, When, Field string
	Warning              bool
}

type actionView struct {
	Name, Label, Help string
	Input             []link
}

// words are the texts of the pages.
var words = map[string]model.Text{
	"title":     {"en": "API of this platform", "zh-CN": "平台 API 文档"},
	"back":      {"en": "All objects", "zh-CN": "全部对象"},
	"rights":    {"en": "You may", "zh-CN": "您的权限"},
	"fields":    {"en": "Fields", "zh-CN": "字段"},
	"field":     {"en": "Field", "zh-CN": "字段"},
	"label":     {"en": "Label", "zh-CN": "名称"},
	"type":      {"en": "Type", "zh-CN": "类型"},
	"notes":     {"en": "Notes", "zh-CN": "说明"},
	"relations": {"en": "Records that refer to this one", "zh-CN": "引用本记录的数据"},
	"keys":      {"en": "Unique keys", "zh-CN": "唯一键"},
	"rules":     {"en": "Rules", "zh-CN": "校验规则"},
	"warns":     {"en": "warns", "zh-CN": "警告"},
	"actions":   {"en": "Actions", "zh-CN": "操作"},
	"examples":  {"en": "Examples", "zh-CN": "示例"},
	"variables": {"en": "Variables", "zh-CN": "变量"},
	"list":      {"en": "List records", "zh-CN": "查询列表"},
	"update":    {"en": "Change a record (as a dry run: leave dryRun out to keep it)", "zh-CN": "修改记录（试运行；去掉 dryRun 即真正写入）"},
	"create":    {"en": "Create a record (as a dry run: leave dryRun out to keep it)", "zh-CN": "新建记录（试运行；去掉 dryRun 即真正写入）"},
	"required":  {"en": "required", "zh-CN": "必填"},
	"unique":    {"en": "unique", "zh-CN": "唯一"},
	"computed":  {"en": "computed", "zh-CN": "自动计算"},
	"masked":    {"en": "masked", "zh-CN": "脱敏"},
	"readonly":  {"en": "read only", "zh-CN": "只读"},
	"upload":    {"en": "the id that an upload gives: POST /files?object=%s&field=%s", "zh-CN": "上传所得的 id：POST /files?object=%s&field=%s"},
	"may0":      {"en": "read", "zh-CN": "查看"},
	"may1":      {"en": "create", "zh-CN": "新建"},
	"may2":      {"en": "change", "zh-CN": "修改"},
	"may3":      {"en": "delete", "zh-CN": "删除"},
	"none":      {"en": "There is nothing that you may see. Ask an administrator for a role.", "zh-CN": "没有您可以查看的内容，请联系管理员分配角色。"},
}
