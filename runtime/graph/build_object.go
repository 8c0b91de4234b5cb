package graph

import (
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/runtime/access"
)

// object makes the output types of an object: the record, its connection and its edges.
func (b *builder) object(o *catalog.Object) {
	t := b.typ(objectKind, o.TypeName, describeLabel(o.Label, o.Help))
	t.implements = []string{"Node"}
	t.field("id", "ID!", "", recordID{})
	for _, f := range o.Fields {
		if f.Name == catalog.ID || f.KeyOf != nil || !shows(b.profile, f) && !b.profile.Part(f) {
			continue
		}
		b.outputField(t, o, f)
	}
	for _, inv := range o.Inverses {
		// A batch by key needs one key per row, so children that point here by a list are found by filters alone.
		if b.has[inv.Child] && b.profile.CanRead(inv.Via) && !inv.Via.Ref.Many {
			t.field(inv.Name, inv.Child.TypeName+"Connection!", describeLabel(inv.Child.PluralLabel, nil), children{inv}, listArgs(inv.Child)...)
		}
	}
	if o.Features["history"] {
		b.history()
		t.field("history", "[HistoryEntry!]!", "Changes of this record, newest first.", historyOf{o}, arg("first", "Int"), arg("after", "String"))
	}
	e := b.typ(objectKind, o.TypeName+"Edge", "")
	e.field("cursor", "String!", "", nil)
	e.field("node", o.TypeName+"!", "", nil)
	c := b.typ(objectKind, o.TypeName+"Connection", "")
	c.field("edges", "["+o.TypeName+"Edge!]!", "", connRole("edges"))
	c.field("nodes", "["+o.TypeName+"!]!", "", connRole("nodes"))
	c.field("pageInfo", "PageInfo!", "", connRole("pageInfo"))
	c.field("totalCount", "Int!", "Counted only when asked for.", connRole("totalCount"))
}

// shows says whether records show a field at all: whole, or masked.
func shows(p access.Profile, f *catalog.Field) bool { return p.CanRead(f) || p.Masked(f) }

func (b *builder) outputField(t *typ, o *catalog.Object, f *catalog.Field) {
	sh := b.shape(f)
	doc := describeLabel(f.Label, f.Help)
	out := sh.Output
	if f.Ref != nil && !f.Ref.Many {
		out = "ID"
	}
	if always(f) {
		out += "!"
	}
	t.field(f.APIName, out, doc, fieldOut{f})
	for i := range sh.Extra {
		if b.profile.Part(f) {
			break
		}
		x := &sh.Extra[i]
		t.field(f.APIName+x.Suffix, x.Output, doc, extraOut{f, x})
	}
	if f.Ref == nil || f.RelName == "" {
		return
	}
	switch {
	case f.Ref.Polymorphic:
		var members []string
		for _, target := range f.Ref.Targets {
			if b.has[target] {
				members = append(members, target.TypeName)
			}
		}
		if len(members) > 0 {
			u := b.typ(unionKind, o.TypeName+upperFirst(f.RelName), doc)
			u.members = members
			t.field(f.RelName, u.name, doc, toAny{f})
		}
	case f.Ref.Many && b.has[f.Ref.Target()]:
		t.field(f.RelName, "["+f.Ref.Target().TypeName+"!]!", doc, toMany{f})
	case !f.Ref.Many && b.has[f.Ref.Target()]:
		t.field(f.RelName, f.Ref.Target().TypeName, doc, toOne{f})
	}
}

// always says whether the platform guarantees a value. Required fields are no such case: a
// requirement may be younger than the record.
func always(f *catalog.Field) bool {
	return f.System && (f.Name == catalog.Version || f.Name == catalog.CreatedAt || f.Name == catalog.UpdatedAt)
}

// searchArg is the argument "search", where there is something to search in.
func searchArg(o *catalog.Object, doc string) []*member {
	if !searchable(o) {
		return nil
	}
	words := arg("search", "String")
	words.doc = doc
	return []*member{words}
}

func listArgs(o *catalog.Object) []*member {
	return append(searchArg(o, "Words, or parts of words, that the record must contain; without orderBy, the best matches come first."), []*member{arg("filter", o.TypeName+"Filter"), arg("orderBy", "["+o.TypeName+"Order!]"),
		arg("first", "Int"), arg("after", "String"), arg("last", "Int"), arg("before", "String")}...)
}

// skipArg is the argument "skip" of a list that hangs on no record.
func skipArg() *member {
	skip := arg("skip", "Int")
	skip.doc = "Rows to pass over first, counted from after: for jumps far down a list. Each costs a tenth of a value; pages that follow one another are asked for with after alone."
	return skip
}

// roots adds what an object contributes to Query and Mutation.
func (b *builder) roots(o *catalog.Object) {
	q := b.types["Query"]
	label := describeLabel(o.Label, nil)
	get := []*member{arg("id", "ID!")}
	if o.Features["history"] {
		asOf := arg("asOf", "DateTime")
		asOf.doc = "The record as it was then; relations lead to records as they are now, and values that follow from other records are null unless their history is kept."
		get = append(get, asOf)
	}
	q.field(o.SingularName, o.TypeName, label, rootGet{o}, get...)
	q.field(o.SingularName+"By", o.TypeName, label, rootBy{o}, arg("key", o.TypeName+"Key!"))
	q.field(o.PluralName, o.TypeName+"Connection!", describeLabel(o.PluralLabel, nil), rootList{o}, append(listArgs(o), skipArg())...)
	q.field(o.SingularName+"Aggregate", "["+o.TypeName+"Aggregate!]!", "", rootAggregate{o}, append(searchArg(o, "Words, or parts of words, that the records must contain."),
		arg("filter", o.TypeName+"Filter"), arg("groupBy", "["+o.TypeName+"Group!]"), arg("having", o.TypeName+"Having"),
		arg("orderBy", "["+o.TypeName+"AggregateOrder!]"), arg("first", "Int"))...)
	if b.can(o, access.Create) || b.can(o, access.Update) || b.can(o, access.Delete) {
		b.mutations(o)
	}
	b.reveal(o)
	b.actions(o)
	b.merges(o)
	b.duplicates(o)
	b.subscription(o)
}

func upperFirst(s string) string {
	if s != "" && s[0] >= 'a' && s[0] <= 'z' {
		return string(s[0]-'a'+'A') + s[1:]
	}
	return s
}
