package record

import (
	"strconv"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
)

// Physical names of the tables of files. A file is one upload; equal contents are one blob. A use
// is a field of a record, deleted or not, that names the file. The file expires when nothing uses
// it: runtime/files uploads, reads and sweeps.
const (
	FileTable    = "_file"
	FileUseTable = "_file_use"
)

// KeepReplaced is how long a file is kept that a record no longer names: as long as an import that
// replaced it can be undone.
const KeepReplaced = 30 * 24 * time.Hour

func fileSystemTables() []driver.Table {
	index := func(name string, unique bool, cols ...string) driver.Index {
		x := driver.Index{Name: name, Unique: unique}
		for _, c := range cols {
			x.Columns = append(x.Columns, driver.IndexColumn{Column: c})
		}
		return x
	}
	return []driver.Table{
		{Name: FileTable, Columns: []driver.Column{
			{Name: "token", Type: driver.Text}, // what the API calls its id
			{Name: "name", Type: driver.Text},
			{Name: "size", Type: driver.Int},
			{Name: "type", Type: driver.Text},
			{Name: "hash", Type: driver.Text},
			{Name: "by", Type: driver.Text},          // who uploaded it, as Uploader writes
			{Name: "used", Type: driver.Bool},        // a record has named it
			{Name: "expires", Type: driver.DateTime}, // null while it is in use
		}, Indexes: []driver.Index{index("_file_token", true, "token"), index("_file_hash", false, "hash"),
			index("_file_expires", false, "expires"), index("_file_by", false, "by", "used")}},
		{Name: FileUseTable, Columns: []driver.Column{
			{Name: "file", Type: driver.Ref},
			{Name: "object", Type: driver.Text}, // physical names, which no rename changes
			{Name: "record", Type: driver.Ref},
			{Name: "field", Type: driver.Text},
		}, Indexes: []driver.Index{index("_file_use_of", true, "file", "object", "record", "field"), index("_file_use_by", false, "object", "field")}},
	}
}

// Uploader is a caller as files remember who uploaded them.
func Uploader(p ident.Principal) string {
	who := strconv.FormatInt(p.UserID, 10) + ":" + p.Name
	if p.Scope != nil { // what is nowhere yet is of no object that a scope could name
		who += "#" + p.Key
	}
	return who
}

// storedFile is a row of FileTable.
type storedFile struct {
	id      int64
	info    field.FileInfo
	by      string
	expires value.Value
}

// file finds a file by its token; nil when there is none, or when it is about to be swept.
func (b *batch) file(token string) (out *storedFile, err error) {
	col := func(n string) driver.Expr { return driver.Col{Name: n} }
	st, err := b.plans.stmt("file", func() *driver.Query {
		return &driver.Query{Table: FileTable, Select: []driver.Expr{col("id"), col("name"), col("size"), col("type"), col("hash"), col("by"), col("expires")},
			Where: eq(col("token"), first)}
	})
	if err != nil {
		return nil, err
	}
	err = b.each(st, []value.Value{value.Text(token)}, func(r driver.Rows) {
		text := func(i int) string { return strings.Clone(r.Value(i).Text()) }
		out = &storedFile{id: r.Value(0).Int(), by: text(5), expires: r.Value(6),
			info: field.FileInfo{ID: token, Name: text(1), Size: r.Value(2).Int(), Type: text(3), Hash: text(4)}}
	})
	if out != nil && !out.expires.IsNull() && out.expires.Int() <= b.now.Int() {
		out = nil
	}
	return out, err
}

// given is the value that a field gets for one that names a file. What the record has already stays;
// else it must be the caller's own upload, or a file that the caller may read in another record: an
// id, or a hash, that somebody else knows opens nothing.
func (b *batch) given(f *catalog.Field, v, old value.Value) (value.Value, *errs.Error, error) {
	t, ok := f.Type.(field.File)
	if !ok || v.IsNull() {
		return v, nil, nil
	}
	token := field.FileOf(v).ID
	if token == field.FileOf(old).ID {
		return old, nil, nil
	}
	file, err := b.file(token)
	if err != nil {
		return v, nil, err
	}
	if file != nil && (file.expires.IsNull() || file.by != Uploader(b.caller.Principal)) {
		ok, err = b.readsFile(file)
	}
	if err != nil {
		return v, nil, err
	}
	if file == nil || !ok {
		return v, noUpload(), nil
	}
	return file.info.Value(), t.Accepts(file.info), nil
}

// maxUses bounds how many records that use one file are looked at for the caller's sake.
const maxUses = 100

// readsFile says whether the caller may read a file in some record.
func (b *batch) readsFile(file *storedFile) (bool, error) {
	col := func(n string) driver.Expr { return driver.Col{Name: n} }
	st, err := b.plans.stmt("file.uses", func() *driver.Query {
		return &driver.Query{Table: FileUseTable, Select: []driver.Expr{col("object"), col("record"), col("field")}, Where: eq(col("file"), first),
			Limit: driver.Const{Value: value.Int(maxUses)}}
	})
	if err != nil {
		return false, err
	}
	type use struct {
		f  *catalog.Field
		id int64
	}
	var uses []use
	err = b.each(st, []value.Value{value.Ref(file.id)}, func(r driver.Rows) {
		if f := b.cat.FileField(r.Value(0).Text(), r.Value(2).Text()); f != nil {
			uses = append(uses, use{f, r.Value(1).Int()})
		}
	})
	for _, u := range uses {
		if !b.access.Can(u.f.Object, access.Read) || !b.access.CanRead(u.f) {
			continue
		}
		r, err := b.find(u.f.Object, u.id)
		if err != nil {
			return false, err
		}
		if !r.alive() {
			continue
		}
		if ok, err := b.among(u.f.Object, u.id, access.Read); err != nil || ok {
			return ok, err
		}
	}
	return false, err
}

func noUpload() *errs.Error {
	return errs.New(errs.ValidationFail, "there is no such file of yours; upload it again", "没有属于您的此文件，请重新上传")
}

// files keeps the uses of files in step with a change.
func (b *batch) files(c change) error {
	for _, f := range c.object.Fields {
		if _, ok := f.Type.(field.File); !ok || f.Column == "" {
			continue
		}
		old, now := field.FileOf(c.old.get(f)).ID, field.FileOf(c.new.get(f)).ID
		if old == now {
			continue
		}
		if old != "" {
			if err := b.letGo(c, f, old); err != nil {
				return err
			}
		}
		if now != "" {
			if err := b.use(c, f, now); err != nil {
				return err
			}
		}
	}
	return nil
}

var useColumns = []string{"id", "file", "object", "record", "field"}

// use notes that a record names a file.
func (b *batch) use(c change, f *catalog.Field, token string) error {
	file, err := b.file(token)
	if err != nil {
		return err
	}
	if file == nil {
		return noUpload().On(f.APIName)
	}
	id, err := b.tx.NextSequence(b.ctx, FileUseTable, 1)
	if err != nil {
		return err
	}
	err = b.tx.Insert(b.ctx, FileUseTable, useColumns, []value.Value{value.Ref(id), value.Ref(file.id), value.Text(c.object.Table), value.Ref(c.id), value.Text(f.Column)})
	if err != nil {
		return err
	}
	_, err = b.tx.Update(b.ctx, FileTable, file.id, []string{"used", "expires"}, []value.Value{value.Bool(true), value.Null})
	return err
}

// letGo notes that a record no longer names a file, which goes when it was the last: at once when
// the record is gone for good.
func (b *batch) letGo(c change, f *catalog.Field, token string) error {
	file, err := b.file(token)
	if err != nil || file == nil {
		return err
	}
	col := func(n string) driver.Expr { return driver.Col{Name: n} }
	this := driver.And{Args: []driver.Expr{eq(col("file"), first), eq(col("object"), driver.Param{N: 1}), eq(col("record"), driver.Param{N: 2}), eq(col("field"), driver.Param{N: 3})}}
	_, err = b.tx.DeleteWhere(b.ctx, FileUseTable, this, []value.Value{value.Ref(file.id), value.Text(c.object.Table), value.Ref(c.id), value.Text(f.Column)})
	if err != nil {
		return err
	}
	st, err := b.plans.stmt("file.used", func() *driver.Query {
		return &driver.Query{Table: FileUseTable, Select: []driver.Expr{col("id")}, Where: eq(col("file"), first), Limit: driver.Const{Value: value.Int(1)}}
	})
	if err != nil {
		return err
	}
	used := false
	if err := b.each(st, []value.Value{value.Ref(file.id)}, func(driver.Rows) { used = true }); err != nil || used {
		return err
	}
	expires := b.now.AsTime().Add(KeepReplaced)
	if c.new == nil {
		expires = b.now.AsTime()
	}
	_, err = b.tx.Update(b.ctx, FileTable, file.id, []string{"expires"}, []value.Value{value.Instant(expires)})
	return err
}
