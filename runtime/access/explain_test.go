package access_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/tenon-platform/tenon/runtime/access"
)

// said is an explanation in one line for each verdict.
func said(x *access.Explanation) (out []string) {
	for _, v := range x.Verdict {
		line := v.Op + ": no"
		if v.Allowed {
			line = v.Op + ": yes"
		}
		for _, r := range v.Reasons {
			sign := " - "
			if r.Grants {
				sign = " + "
			}
			line += sign + r.Address.String() + " " + r.Text.En
		}
		out = append(out, line)
	}
	return out
}

// TestExplain names each rule that grants or denies, and what it is about, as people call them.
func TestExplain(t *testing.T) {
	w := clinic(t)
	w.Put(t, w.Make("share", 14, map[string]any{"recordId": "patient_101", "userId": "person_1", "accessLevel": "read"}))
	for _, c := range []struct {
		user, record int64
		want         []string
	}{
		{1, 100, []string{"read: yes + permissions.clerk.object.patient the permission set Clerk allows to read records of Patient + object.patient.field.owner_id the user owns it",
			"update: yes + permissions.clerk.object.patient the permission set Clerk allows to change records of Patient + object.patient.field.owner_id the user owns it",
			"delete: no - object.patient no permission set of the user's roles allows to delete records of Patient"}},
		{1, 101, []string{"read: yes + permissions.clerk.object.patient the permission set Clerk allows to read records of Patient + object.patient it is shared by hand with the user, or with a team, unit or role of the user",
			"update: no + permissions.clerk.object.patient the permission set Clerk allows to change records of Patient - object.patient.sharing records of Patient are not everybody's, and nothing shares this one with the user"}},
		{2, 100, []string{"read: yes + permissions.doctor.object.patient the permission set Doctor allows to read records of Patient + object.patient a permission set reaches all records of Patient, whoever owns them"}},
		{3, 100, []string{"read: no - object.patient no permission set of the user's roles allows to read records of Patient"}},
	} {
		x, err := w.Access.Explain(t.Context(), principal(c.user), w.Cat.Object("patient"), c.record)
		if err != nil {
			t.Fatal(err)
		}
		got := said(x)
		for i, want := range c.want {
			if got[i] != want {
				t.Errorf("user %d, record %d:\n got %s\nwant %s", c.user, c.record, got[i], want)
			}
		}
		for _, v := range x.Verdict {
			for _, r := range v.Reasons {
				if r.Text.Zh == "" || strings.ContainsFunc(r.Text.Zh, func(c rune) bool { return unicode.Is(unicode.Latin, c) }) {
					t.Errorf("not in Chinese alone: %+v", r.Text)
				}
			}
		}
	}
	x, err := w.Access.Explain(t.Context(), principal(1), w.Cat.Object("patient"), 100)
	if err != nil {
		t.Fatal(err)
	}
	levels := map[string]string{}
	for _, f := range x.Fields {
		levels[f.Field] = f.Level
	}
	for f, want := range map[string]string{"mobile": "masked", "finding": "hidden", "code": "hidden", "ward": "read", "name": ""} {
		if levels[f] != want {
			t.Errorf("%s: %q, want %q", f, levels[f], want)
		}
	}
}
