package load

import (
	"path"
	"reflect"
	"strings"

	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/overlay"
	"github.com/tenon-platform/tenon/platform/diag"
)

// Kind is one kind of file that a package may hold.
type Kind struct {
	Name  string       // "object"; also the name of its JSON Schema
	Glob  string       // its path in a package, with a * for each name, ** for folders, too: "objects/*/object.json"
	Title diag.Text    // what it is called
	Type  reflect.Type // what it is decoded into
	read  func(l *loader, p, stem string) keep
}

// keep takes what was read from a file into the package.
type keep func(*model.Package)

// nothing is kept of a file that is broken, or not read.
func nothing(*model.Package) {}

// texts is the kind of the files that other files name texts of.
const texts = "i18n"

// Kinds lists the kinds of files.
func Kinds() []Kind {
	return []Kind{
		kind("package", manifestFile, diag.Text{En: "Package", Zh: "软件包"}, nil,
			func(*model.Package, string, model.Manifest, model.Positions) {}), // manifest has read it first
		kind("object", "objects/*/object.json", diag.Text{En: "Object", Zh: "对象"},
			func(o *model.Object) (string, string) { return o.Name, "name" },
			func(p *model.Package, _ string, o model.Object, pos model.Positions) {
				o.Pos = pos
				p.Objects = append(p.Objects, o)
			}),
		kind("action", "objects/*/actions/*.json", diag.Text{En: "Action on records", Zh: "记录操作"},
			func(a *model.Action) (string, string) { return a.Name, "name" },
			func(p *model.Package, stem string, a model.Action, pos model.Positions) {
				a.Object, a.Pos = path.Dir(stem), pos
				p.Actions = append(p.Actions, a)
			}),
		kind("approval", "approvals/*.json", diag.Text{En: "Approval process", Zh: "审批流程"},
			func(a *model.Approval) (string, string) { return a.Key, "key" },
			func(p *model.Package, _ string, a model.Approval, pos model.Positions) {
				a.Pos = pos
				p.Approvals = append(p.Approvals, a)
				if len(a.Tests) > 0 {
					p.Tests = append(p.Tests, model.Tests{Cases: a.Tests, Pos: pos.Renamed("cases", "tests"), OfProcess: true})
				}
			}),
		kind("flow", "flows/*.json", diag.Text{En: "Automation", Zh: "自动化"},
			func(f *model.Flow) (string, string) { return f.Key, "key" },
			func(p *model.Package, _ string, f model.Flow, pos model.Positions) {
				f.Pos = pos
				p.Flows = append(p.Flows, f)
				if len(f.Tests) > 0 && !f.Settings.Off { // it starts nothing that they could show
					p.Tests = append(p.Tests, model.Tests{Cases: f.Tests, Pos: pos.Renamed("cases", "tests"), OfProcess: true})
				}
			}),
		kind("extension", "extend/*.json", diag.Text{En: "Extension of an object", Zh: "对象扩展"},
			func(x *model.Extension) (string, string) { return x.Object, "object" },
			func(p *model.Package, _ string, x model.Extension, pos model.Positions) {
				x.Pos = pos
				p.Extensions = append(p.Extensions, x)
			}),
		kind("picklist", "picklists/*.json", diag.Text{En: "Picklist", Zh: "选项列表"},
			func(l *model.Picklist) (string, string) { return l.Name, "name" },
			func(p *model.Package, _ string, l model.Picklist, pos model.Positions) {
				l.Pos = pos
				p.Picklists = append(p.Picklists, l)
			}),
		kind("permissions", "permissions/*.json", diag.Text{En: "Permission set", Zh: "权限集"},
			func(x *model.PermissionSet) (string, string) { return x.Name, "name" },
			func(p *model.Package, _ string, x model.PermissionSet, pos model.Positions) {
				x.Pos = pos
				p.Sets = append(p.Sets, x)
			}),
		kind("role", "roles/*.json", diag.Text{En: "Role", Zh: "角色"},
			func(x *model.Role) (string, string) { return x.Name, "name" },
			func(p *model.Package, _ string, x model.Role, pos model.Positions) {
				x.Pos = pos
				p.Roles = append(p.Roles, x)
			}),
		kind("sharing", "sharing/*.json", diag.Text{En: "Sharing of an object", Zh: "对象共享规则"},
			func(x *model.Sharing) (string, string) { return x.Object, "object" },
			func(p *model.Package, _ string, x model.Sharing, pos model.Positions) {
				x.Pos = pos
				p.Sharing = append(p.Sharing, x)
			}),
		kind("duplicates", "duplicates/*.json", diag.Text{En: "Duplicate rules of an object", Zh: "对象判重规则"},
			func(x *model.Duplicates) (string, string) { return x.Object, "object" },
			func(p *model.Package, _ string, x model.Duplicates, pos model.Positions) {
				x.Pos = pos
				p.Duplicates = append(p.Duplicates, x)
			}),
		kind("table", "tables/*.json", diag.Text{En: "Decision table", Zh: "决策表"},
			func(x *model.Decision) (string, string) { return x.Name, "name" },
			func(p *model.Package, _ string, x model.Decision, pos model.Positions) {
				x.Pos = pos
				p.Decisions = append(p.Decisions, x)
			}),
		kind("tiers", "tiers/*.json", diag.Text{En: "Tier table", Zh: "阶梯表"},
			func(x *model.TierTable) (string, string) { return x.Name, "name" },
			func(p *model.Package, _ string, x model.TierTable, pos model.Positions) {
				x.Pos = pos
				p.Tiers = append(p.Tiers, x)
			}),
		kind("scoring", "scorings/*.json", diag.Text{En: "Scoring model", Zh: "评分模型"},
			func(x *model.Scoring) (string, string) { return x.Name, "name" },
			func(p *model.Package, _ string, x model.Scoring, pos model.Positions) {
				x.Pos = pos
				p.Scorings = append(p.Scorings, x)
			}),
		kind("sla", "slas/*.json", diag.Text{En: "SLA policy", Zh: "SLA 策略"},
			func(x *model.SLA) (string, string) { return x.Name, "name" },
			func(p *model.Package, _ string, x model.SLA, pos model.Positions) {
				x.Pos = pos
				p.SLAs = append(p.SLAs, x)
			}),
		kind("segment", "segments/*.json", diag.Text{En: "Segment", Zh: "细分群体"},
			func(x *model.Segment) (string, string) { return x.Name, "name" },
			func(p *model.Package, _ string, x model.Segment, pos model.Positions) {
				x.Pos = pos
				p.Segments = append(p.Segments, x)
			}),
		kind("capture", "captures/*.json", diag.Text{En: "Public capture", Zh: "公开采集"},
			func(x *model.Capture) (string, string) { return x.Name, "name" },
			func(p *model.Package, _ string, x model.Capture, pos model.Positions) {
				x.Pos = pos
				p.Captures = append(p.Captures, x)
			}),
		kind("script", "scripts/*.json", diag.Text{En: "Script", Zh: "脚本"},
			func(s *model.Script) (string, string) { return s.Name, "name" },
			func(p *model.Package, _ string, s model.Script, pos model.Positions) {
				s.Pos = pos
				p.Scripts = append(p.Scripts, s)
			}),
		kind("connection", "connections/*.json", diag.Text{En: "Connection to another system", Zh: "外部连接"},
			func(x *model.Connection) (string, string) { return x.Name, "name" },
			func(p *model.Package, _ string, x model.Connection, pos model.Positions) {
				x.Pos = pos
				p.Connections = append(p.Connections, x)
			}),
		kind("webhook", "webhooks/*.json", diag.Text{En: "Webhook", Zh: "出站 Webhook"},
			func(x *model.Webhook) (string, string) { return x.Name, "name" },
			func(p *model.Package, _ string, x model.Webhook, pos model.Positions) {
				x.Pos = pos
				p.Webhooks = append(p.Webhooks, x)
			}),
		kind("hook", "hooks/*.json", diag.Text{En: "Hook of another system", Zh: "入站 Webhook"},
			func(x *model.Hook) (string, string) { return x.Name, "name" },
			func(p *model.Package, _ string, x model.Hook, pos model.Positions) {
				x.Pos = pos
				p.Hooks = append(p.Hooks, x)
			}),
		kind("message", "messages/*.json", diag.Text{En: "Message to people", Zh: "消息模板"},
			func(x *model.Message) (string, string) { return x.Name, "name" },
			func(p *model.Package, _ string, x model.Message, pos model.Positions) {
				x.Pos = pos
				p.Messages = append(p.Messages, x)
			}),
		kind("app", "apps/*.json", diag.Text{En: "App", Zh: "应用"},
			func(a *model.App) (string, string) { return a.Name, "name" },
			func(p *model.Package, _ string, a model.App, pos model.Positions) {
				a.Pos = pos
				p.Apps = append(p.Apps, a)
			}),
		kind("layout", "objects/*/layouts/*.json", diag.Text{En: "Layout of records", Zh: "记录布局"},
			func(l *model.Layout) (string, string) { return l.Name, "name" },
			func(p *model.Package, stem string, l model.Layout, pos model.Positions) {
				l.Object, l.Pos = path.Dir(stem), pos
				p.Layouts = append(p.Layouts, l)
			}),
		kind("view", "objects/*/views/*.json", diag.Text{En: "List view", Zh: "列表视图"},
			func(v *model.View) (string, string) { return v.Name, "name" },
			func(p *model.Package, stem string, v model.View, pos model.Positions) {
				v.Object, v.Pos = path.Dir(stem), pos
				p.Views = append(p.Views, v)
			}),
		kind("data", "data/*.json", diag.Text{En: "Seed records", Zh: "种子数据"}, nil,
			func(p *model.Package, _ string, d model.Data, pos model.Positions) {
				d.Pos = pos
				p.Data = append(p.Data, d)
			}),
		kind(texts, "i18n/*.json", diag.Text{En: "Texts in one language", Zh: "单一语言的文本"}, nil,
			func(p *model.Package, locale string, texts map[string]string, _ model.Positions) {
				p.I18n[locale] = texts
			}),
		kind("overlay", overlay.Folder+"/**.json", diag.Text{En: "Changes to a file of another package", Zh: "对其他软件包文件的修改"}, nil,
			func(p *model.Package, stem string, o model.Overlay, pos model.Positions) {
				o.Pos = pos
				o.Package, o.File, _ = strings.Cut(stem+".json", "/")
				p.Overlays = append(p.Overlays, o)
			}),
		kind("tests", "tests/*.json", diag.Text{En: "Test cases", Zh: "测试用例"}, nil,
			func(p *model.Package, _ string, t model.Tests, pos model.Positions) {
				t.Pos = pos
				p.Tests = append(p.Tests, t)
			}),
	}
}

// kind makes a Kind of documents of type T. named gives the name that must match the path, and
// its key; nil where the document has none. add adds a whole document to the package.
func kind[T any](name, glob string, title diag.Text, named func(*T) (name, key string), add func(*model.Package, string, T, model.Positions)) Kind {
	k := Kind{Name: name, Glob: glob, Title: title, Type: reflect.TypeFor[T]()}
	k.read = func(l *loader, p, stem string) keep {
		var doc T
		pos, ok := l.decode(p, &doc)
		if !ok {
			return nothing
		}
		if named != nil {
			name, key := named(&doc)
			l.named(func() diag.Pos { return pos.At(key) }, name, path.Base(stem))
		}
		return func(to *model.Package) { add(to, stem, doc, pos) }
	}
	return k
}

// Stem is what the kind's * stand for in a path, joined by "/"; ok is false for paths of other kinds.
func (k Kind) Stem(p string) (stem string, ok bool) {
	if before, after, deep := strings.Cut(k.Glob, "**"); deep {
		rest, ok := strings.CutPrefix(p, before)
		stem, tail := strings.CutSuffix(rest, after)
		return stem, ok && tail
	}
	if ok, err := path.Match(k.Glob, p); err != nil || !ok {
		return "", false
	}
	parts := strings.Split(p, "/")
	var out []string
	for i, g := range strings.Split(k.Glob, "/") {
		if before, after, ok := strings.Cut(g, "*"); ok {
			out = append(out, strings.TrimSuffix(strings.TrimPrefix(parts[i], before), after))
		}
	}
	return strings.Join(out, "/"), true
}
