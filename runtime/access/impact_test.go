package access_test

import (
	"reflect"
	"testing"

	"github.com/tenon-platform/tenon/metadata/plan"
	"github.com/tenon-platform/tenon/runtime/access"
)

// TestCompare counts what users would gain and lose by other metadata, on the data as it is.
func TestCompare(t *testing.T) {
	w, f := clinicOf(t)
	for _, c := range []struct {
		what string
		with files
		want access.Impact
	}{
		{"clerks see all patients", files{"permissions/clerk.json": `{"name": "clerk", "label": "Clerk", "objects": {"patient": {"allow": ["read"], "viewAll": true,
			"fields": {"mobile": "masked", "email": "masked", "age": "masked", "finding": "none", "adult": "read"}}, "person": {"allow": ["read"]}}}`},
			access.Impact{Gain: access.Reach{Users: 1, Records: 1}}},
		{"clerks see findings, and wards no more", files{"permissions/clerk.json": `{"name": "clerk", "label": "Clerk", "objects": {"patient": {"allow": ["read"],
			"fields": {"mobile": "masked", "email": "masked", "age": "masked", "ward": "none", "adult": "read"}}, "person": {"allow": ["read"]}}}`},
			access.Impact{Fields: []access.FieldImpact{{Field: "finding", Gain: 1}, {Field: "ward", Lose: 1}}}},
		{"Bob is withheld from everybody", files{"sharing/patient.json": `{"object": "patient", "restrictions": [{"name": "bob", "where": "name == 'Bob'"}]}`},
			access.Impact{Lose: access.Reach{Users: 1, Records: 1}}},
		{"doctors may do nothing", files{"roles/doctor.json": `{"name": "doctor", "label": "Doctor"}`}, access.Impact{Lose: access.Reach{Users: 1, Records: 2}}},
	} {
		next := files{}
		for p, text := range f {
			next[p] = text
		}
		for p, text := range c.with {
			next[p] = text
		}
		cat := catalogue(t, next, w.Cat.Storage)
		if d := plan.Diff(w.Cat, cat); !d.Access || len(d.Entries) == 0 {
			t.Errorf("%s: the plan does not say that access changes", c.what)
		}
		got, err := access.Compare(t.Context(), w.DB, "t", w.Cat, cat)
		if err != nil {
			t.Fatal(err)
		}
		c.want.Object = cat.Object("patient")
		if len(got) != 1 || !reflect.DeepEqual(got[0], c.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", c.what, got, c.want)
		}
	}
	same, err := access.Compare(t.Context(), w.DB, "t", w.Cat, catalogue(t, f, w.Cat.Storage))
	if err != nil || len(same) > 0 || plan.Diff(w.Cat, catalogue(t, f, w.Cat.Storage)).Access {
		t.Errorf("the same metadata changes something: %+v %v", same, err)
	}
}
