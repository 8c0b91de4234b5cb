package graph

import (
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/record"
)

// mutations adds the writes of an object that the caller may make.
func (b *builder) mutations(o *catalog.Object) {
	m := b.writable()
	one, many := o.TypeName, upperFirst(o.PluralName)
	r := b.typ(objectKind, one+"Result", "")
	r.field(o.SingularName, one, "The record after the write; null when it is gone.", resultRole("record"))
	r.field("warnings", "[Warning!]!", "", resultRole("warnings"))
	r.field("errors", "[WriteError!]", "Why this row of a batch that is not atomic failed; null when it did not.", resultRole("errors"))
	single := func(name string, verb record.Verb, args ...*member) {
		m.field(name+one, one+"Result!", "", rootWrite{o, verb, false}, append(args, control()...)...)
	}
	bulk := func(name string, verb record.Verb, input string) {
		atomic := arg("atomic", "Boolean")
		atomic.def = "true"
		m.field(name+many, "["+one+"Result!]!", "At most 1,000 at once; unless atomic, each row succeeds or fails by itself.",
			rootWrite{o, verb, true}, append([]*member{arg("inputs", "["+input+"!]!"), atomic}, control()...)...)
	}
	if b.can(o, access.Create) {
		b.writeInput(o, one+"Create", true)
		single("create", record.Create, arg("input", one+"Create!"))
		bulk("create", record.Create, one+"Create")
	}
	if b.can(o, access.Update) {
		b.writeInput(o, one+"Patch", false)
		item := b.typ(inputKind, one+"Update", "")
		item.field("id", "ID!", "", nil)
		item.field("patch", one+"Patch!", "", nil)
		item.field("ifVersion", "Int", "", nil)
		single("update", record.Update, arg("id", "ID!"), arg("patch", one+"Patch!"), arg("ifVersion", "Int"))
		bulk("update", record.Update, one+"Update")
		if b.can(o, access.Create) && len(o.Keys) > 0 {
			b.writeInput(o, one+"Upsert", false)
			item := b.typ(inputKind, one+"UpsertItem", "")
			item.field("key", one+"Key!", "", nil)
			item.field("input", one+"Upsert!", "", nil)
			single("upsert", record.Upsert, arg("key", one+"Key!"), arg("input", one+"Upsert!"))
			bulk("upsert", record.Upsert, one+"UpsertItem")
		}
	}
	if b.can(o, access.Update) && o.Features[catalog.LockFeature] {
		single("lock", record.Lock, arg("id", "ID!"), arg("reason", "String!"), arg("fields", "[String!]"), arg("override", "[String!]"), arg("ifVersion", "Int"))
		single("unlock", record.Unlock, arg("id", "ID!"), arg("ifVersion", "Int"))
	}
	if b.can(o, access.Delete) {
		item := b.typ(inputKind, one+"Delete", "")
		item.field("id", "ID!", "", nil)
		item.field("ifVersion", "Int", "", nil)
		single("delete", record.Delete, arg("id", "ID!"), arg("ifVersion", "Int"))
		bulk("delete", record.Delete, one+"Delete")
		single("restore", record.Restore, arg("id", "ID!"))
		single("purge", record.Purge, arg("id", "ID!"))
	}
}

// can says whether the caller may write records of an object in this way.
func (b *builder) can(o *catalog.Object, op access.Op) bool {
	return !o.Guarded && b.profile.Can(o, op)
}

// control are the arguments that every mutation has.
func control() []*member {
	dry := arg("dryRun", "Boolean")
	dry.def, dry.doc = "false", "Run everything and keep nothing: the answer shows what would be written."
	key := arg("idempotencyKey", "String")
	key.doc = "Sent again with the same input within a day, the first answer comes again and nothing is written."
	return []*member{dry, key}
}

// writeInput makes the input of a create (with requirements) or of a change (without).
func (b *builder) writeInput(o *catalog.Object, name string, create bool) {
	t := b.typ(inputKind, name, "")
	for _, f := range o.Fields {
		if f.KeyOf != nil || f.ReadOnly || f.Computed() || f.Name == catalog.ID || !b.profile.CanWrite(f) {
			continue
		}
		in := b.shape(f).Input
		if in == "" {
			continue
		}
		if f.Ref != nil && !f.Ref.Many {
			in = "ID"
		}
		link := b.single(f) && b.linkInput(f.Ref.Target())
		if create && f.Required && f.Default == nil && !f.System && !link && !hasDefault(f) {
			in += "!"
		}
		t.field(f.APIName, in, describeLabel(f.Label, f.Help), nil)
		if link {
			t.field(f.RelName, f.Ref.Target().TypeName+"Link", "", nil)
		}
	}
	for _, inv := range o.Inverses {
		if b.has[inv.Child] && b.profile.CanWrite(inv.Via) && !inv.Via.Ref.Many && b.childInput(inv.Child) {
			t.field(inv.Name, inv.Child.TypeName+"Links", "", nil)
		}
	}
}

// linkInput makes the nested write of a lookup: connect a record by key, or create one.
func (b *builder) linkInput(o *catalog.Object) bool {
	if b.types[o.TypeName+"Link"] != nil {
		return true
	}
	t := b.typ(inputKind, o.TypeName+"Link", "Connect a record that exists, or create one.")
	t.field("connect", o.TypeName+"Key", "", nil)
	if b.can(o, access.Create) {
		t.field("create", o.TypeName+"Create", "", nil)
	}
	return true
}

// childInput makes the nested writes over a reverse relation.
func (b *builder) childInput(o *catalog.Object) bool {
	if b.types[o.TypeName+"Links"] != nil {
		return true
	}
	create, update, del := b.can(o, access.Create), b.can(o, access.Update), b.can(o, access.Delete)
	if !create && !update && !del {
		return false
	}
	t := b.typ(inputKind, o.TypeName+"Links", "")
	if create {
		t.field("create", "["+o.TypeName+"Create!]", "", nil)
	}
	if update {
		t.field("connect", "["+o.TypeName+"Key!]", "", nil)
		t.field("update", "["+o.TypeName+"Update!]", "", nil)
	}
	if del {
		t.field("delete", "[ID!]", "", nil)
	}
	return true
}
