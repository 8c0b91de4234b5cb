package graph

import (
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/record"
)

// policies are the values of MergePolicy, in the order in which they are told.
var policies = []struct {
	name   string
	policy record.Policy
}{
	{"MASTER", record.Master}, {"NON_EMPTY", record.NonEmpty}, {"MOST_RECENT", record.MostRecent}, {"EARLIEST", record.Earliest}, {"LONGEST", record.Longest},
	{"MIN", record.Min}, {"MAX", record.Max}, {"UNION", record.Union}, {"MOST_RESTRICTIVE", record.MostRestrictive},
}

var collisions = []struct {
	name string
	is   record.Collision
}{{"KEEP_ADVANCED", record.KeepAdvanced}, {"KEEP_MASTER", record.KeepMaster}, {"KEEP_LATEST", record.KeepLatest}, {"REFUSE", record.Refuse}}

// mergeable says whether the caller may merge records of an object.
func (b *builder) mergeable(o *catalog.Object) bool {
	return b.profile.Can(o, access.Read) && b.can(o, access.Update) && b.can(o, access.Delete)
}

// merges adds the merges of an object: what was merged, and merging.
func (b *builder) merges(o *catalog.Object) {
	b.mergeType()
	b.types["Query"].field("mergesOf"+o.TypeName, "[Merge!]!", "The merges that a record has been the master of, the latest first.", rootMerges{o}, arg("id", "ID!"))
	if !b.mergeable(o) {
		return
	}
	p := b.typ(enumKind, "MergePolicy", "Which record a value is taken from: of the records that have one, the master first and then the others in the order given.")
	for _, x := range policies {
		if len(p.values) < len(policies) {
			p.values = append(p.values, x.name)
		}
	}
	c := b.typ(enumKind, "MergeCollision", "What becomes of two records below those merged that would share a unique key: the one that is further on stays and takes in the other (else that of the master), that of the master does, the one changed last does, or the merge is refused.")
	for _, x := range collisions {
		if len(c.values) < len(collisions) {
			c.values = append(c.values, x.name)
		}
	}
	one := b.typ(inputKind, "MergeField", "How a field gets its value: by a policy, or from one of the records.")
	one.field("policy", "MergePolicy", "", nil)
	one.field("from", "ID", "", nil)

	in := b.typ(inputKind, o.TypeName+"Merge", "")
	in.field("master", "ID", "The record that stays; unless given, that of the others which is furthest on, then the oldest.", nil)
	in.field("others", "[ID!]!", "The records that are taken into it; at most 20.", nil)
	if b.mergeFields(o) {
		in.field("fields", o.TypeName+"MergeFields", "", nil)
	}
	in.field("otherwise", "MergePolicy", "How the other fields get their values; MASTER unless given.", nil)
	in.field("collisions", "MergeCollision", "KEEP_ADVANCED unless given.", nil)
	in.field("ifVersion", "Int", "", nil)
	r := b.typ(objectKind, o.TypeName+"MergeResult", "")
	r.field(o.SingularName, o.TypeName, "The master after the merge.", resultRole("record"))
	r.field("merge", "Merge!", "", resultRole("merge"))
	r.field("warnings", "[Warning!]!", "", resultRole("warnings"))
	b.writable().field("merge"+upperFirst(o.PluralName), o.TypeName+"MergeResult!",
		"Make one record of several: what refers to the others refers to the master, and they go to the recycle bin.", rootMerge{o},
		append([]*member{arg("input", o.TypeName+"Merge!")}, control()...)...)
}

// mergeFields makes the input for single fields; false when there are none to choose for.
func (b *builder) mergeFields(o *catalog.Object) bool {
	t := b.typ(inputKind, o.TypeName+"MergeFields", "")
	for _, f := range o.Fields {
		if record.Mergeable(b.profile, f) {
			t.field(f.APIName, "MergeField", describeLabel(f.Label, nil), nil)
		}
	}
	if len(t.fields) == 0 {
		delete(b.types, t.name)
	}
	return len(t.fields) > 0
}

func (b *builder) mergeType() {
	t := b.typ(objectKind, "Merge", "Records that were made one.")
	t.field("id", "ID!", "", nil)
	t.field("object", "String!", "Name of their object.", nil)
	t.field("master", "ID!", "", nil)
	t.field("others", "[ID!]!", "The records that were taken in, those that you may see.", nil)
	t.field("at", "DateTime!", "", nil)
	t.field("by", "ID", "The user who merged them.", nil)
	t.field("moved", "Int!", "How many references were led to the master.", nil)
	t.field("fields", "JSON!", "Field → the record that its value was taken from, where it changed.", nil)
	t.field("undoUntil", "DateTime!", "", nil)
	t.field("undoneAt", "DateTime", "", nil)
}

// unmerges adds the mutation that takes a merge of any object back.
func (b *builder) unmerges() {
	for _, o := range b.cat.Objects {
		if !b.mergeable(o) {
			continue
		}
		b.mergeType()
		t := b.typ(objectKind, "UndoMergeResult", "")
		t.field("merge", "Merge!", "", resultRole("merge"))
		b.writable().field("undoMerge", "UndoMergeResult!", "Take a merge back: all records that it changed are what they were.", rootUnmerge{},
			append([]*member{arg("id", "ID!")}, control()...)...)
		return
	}
}

// duplicates adds the search for duplicates of one record, or of one that may come to be.
func (b *builder) duplicates(o *catalog.Object) {
	fields := map[*catalog.Field]bool{}
	some := false
	for _, x := range o.Duplicates {
		if record.Compares(b.profile, x) {
			some = true
			for f := range x.Reads {
				fields[f] = true
			}
		}
	}
	if !some {
		return
	}
	t := b.typ(objectKind, o.TypeName+"Duplicate", "A record that is likely to be the same.")
	t.field("record", o.TypeName, "", watched{})
	t.field("rule", "String!", "The rule that found it.", nil)
	t.field("score", "Decimal!", "How alike the records are, 0 to 1.", nil)
	args := []*member{arg("id", "ID")}
	in := b.typ(inputKind, o.TypeName+"DuplicateInput", "Values of a record that there is not yet, or in place of those of the one given.")
	for _, f := range o.Fields {
		if f.KeyOf != nil || !fields[f] || f.Computed() {
			continue
		}
		typ := b.shape(f).Input
		if f.Ref != nil && !f.Ref.Many {
			typ = "ID"
		}
		if typ != "" {
			in.field(f.APIName, typ, describeLabel(f.Label, nil), nil)
		}
	}
	if len(in.fields) > 0 {
		args = append(args, arg("input", in.name))
	} else {
		delete(b.types, in.name)
	}
	b.types["Query"].field("duplicatesOf"+o.TypeName, "["+o.TypeName+"Duplicate!]!",
		"Records that the duplicate rules take for the same as one that there is, or as these values.", rootDuplicates{o}, args...)
}
