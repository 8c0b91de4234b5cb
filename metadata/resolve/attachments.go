package resolve

import (
	"encoding/json"
	"slices"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
)

// attachmentSuffix is what the name of the object ends with whose records are the files of another
// object's records.
const attachmentSuffix = "_file"

// attachments adds a detail with a file for each object with the feature "files": account_file for
// account. A detail has its master's access, so nothing else says who may see a file. A package that
// declares the object itself has its own.
func (r *resolver) attachments() {
	for _, name := range slices.Clone(r.names) {
		d := r.decls.get(name)
		if !slices.Contains(d.def.Features, "files") || r.decls.get(name+attachmentSuffix) != nil {
			continue
		}
		text := func(en, zh string) model.Text { return model.Text{"en": en, "zh-CN": zh} }
		label := d.def.Label
		o := model.Object{Name: name + attachmentSuffix, Label: text(label.In("en")+" file", label.In("zh-CN")+"附件"), PluralLabel: text(label.In("en")+" files", label.In("zh-CN")+"附件"),
			Sharing: catalog.SharingParent, Pos: d.def.Pos, Fields: []model.Field{
				{Name: name + "_id", Type: "master", Label: label, Required: true, Settings: map[string]json.RawMessage{"to": json.RawMessage(`"` + name + `"`)}},
				{Name: "file", Type: "file", Label: text("File", "文件"), Required: true},
				{Name: "note", Type: "text", Label: text("Note", "说明"), Settings: map[string]json.RawMessage{"maxLength": json.RawMessage("200")}},
			}}
		if len(o.Name) > model.MaxName {
			r.errorf("bad-name", addr.Object(name), d.def.Pos.At("features"), diag.Textf("the name %s of its files is too long: at most %d characters", "附件对象名 %s 过长：最多 %d 个字符", o.Name, model.MaxName))
			continue
		}
		r.names = append(r.names, o.Name)
		r.decls.set(o.Name, &objectDecl{pkg: d.pkg, def: o, filesOf: name, fields: place(o.Fields, origin{pkg: d.pkg}, d.def.Pos, "features")})
	}
}

// attached gives the permission for the files of an object that follows from that for the object:
// whoever may read a record reads its files, and whoever may change it writes them. It is nil where
// the set says itself what it allows, and where there are none.
func (r *resolver) attached(d *model.PermissionSet, p *catalog.ObjectPermission) *catalog.ObjectPermission {
	o := r.cat.ByName[p.Object.Name+attachmentSuffix]
	if o == nil || r.decls.get(o.Name).filesOf == "" {
		return nil
	}
	if _, own := d.Objects[o.Name]; own {
		return nil
	}
	return &catalog.ObjectPermission{Object: o, Read: p.Read, Create: p.Update, Update: p.Update, Delete: p.Update, Fields: r.levels(d, o, model.ObjectPermission{})}
}
