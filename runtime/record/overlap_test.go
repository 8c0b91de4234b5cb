package record_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/plugins/standard/tenanttest"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/publish"
)

const free, taken = `"id":"`, `"code":"DUPLICATE"`

// TestMoments: ranges of moments are half-open, ends that are not there are open, and the record
// that is in the way is named.
func TestMoments(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "apart")
	room := w.ID("Room", `name: "101"`)
	other := w.ID("Room", `name: "102"`)
	book := func(room, from, to string) string {
		at := func(s string) string {
			if s == "" {
				return "null"
			}
			return `"2026-05-04T` + s + `:00Z"`
		}
		return fmt.Sprintf(`mutation { createLesson(input: {roomId: %q, starts: %s, ends: %s}) { lesson { id } } }`, room, at(from), at(to))
	}
	first := w.ID("Lesson", fmt.Sprintf(`roomId: %q, starts: "2026-05-04T09:00:00Z", ends: "2026-05-04T10:00:00Z"`, room))
	for _, c := range []struct{ from, to, want string }{
		{"10:00", "11:00", free}, {"08:00", "09:00", free}, // they touch
		{"09:59", "10:30", taken}, {"08:30", "09:01", taken}, {"09:10", "09:20", taken}, {"07:00", "12:00", taken}, {"09:00", "10:00", taken},
		{"", "08:00", free}, {"11:00", "", free}, // open ends
		{"23:00", "23:30", taken}, {"", "00:30", taken}, {"", "", taken},
		{"09:30", "09:30", free}, {"09:40", "09:30", free}, // no time at all
	} {
		w.Want(book(room, c.from, c.to), c.want)
	}
	got := w.Want(book(room, "09:15", "09:45"), `"field":"starts","message_en":"The room is taken.","message_zh":"教室已被占用。","rule":"room_once"`)
	if !strings.Contains(got, `"details":{"fields":["roomId","starts","ends"],"record":"`+first+`"}`) {
		t.Error(got)
	}
	w.Want(book(other, "09:15", "09:45"), free)
	w.Want(`mutation { createLesson(input: {starts: "2026-05-04T09:00:00Z", ends: "2026-05-04T10:00:00Z"}) { lesson { id } } }`, free) // no room is no room
}

// TestChanges: updates, restored records and those of one batch are held apart as new ones are, and
// a record does not collide with itself.
func TestChanges(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "apart")
	room := w.ID("Room", `name: "101"`)
	lesson := func(from, to string) string {
		return w.ID("Lesson", fmt.Sprintf(`roomId: %q, starts: "2026-05-04T%s:00Z", ends: "2026-05-04T%s:00Z"`, room, from, to))
	}
	a, b := lesson("09:00", "10:00"), lesson("10:00", "11:00")
	set := func(id, patch, want string) {
		t.Helper()
		w.Want(fmt.Sprintf(`mutation { updateLesson(id: %q, patch: {%s}) { lesson { id } } }`, id, patch), want)
	}
	set(a, `ends: "2026-05-04T09:30:00Z"`, free)
	set(a, `ends: "2026-05-04T10:30:00Z"`, taken)
	set(a, `name: "renamed"`, free)
	set(b, `status: "cancelled"`, free)
	set(a, `ends: "2026-05-04T10:30:00Z"`, free)
	set(b, `status: "planned"`, taken)
	w.Want(fmt.Sprintf(`mutation { deleteLesson(id: %q) { lesson { id } } }`, a), free)
	set(b, `status: "planned"`, free)
	w.Want(fmt.Sprintf(`mutation { restoreLesson(id: %q) { lesson { id } } }`, a), taken)
	row := fmt.Sprintf(`{roomId: %q, starts: "2026-06-01T09:00:00Z", ends: "2026-06-01T10:00:00Z"}`, room)
	w.Want(fmt.Sprintf(`mutation { createLessons(inputs: [%s, %s]) { lesson { id } } }`, row, row), taken)
	w.Want(`{ lessons(filter: {starts: {gt: "2026-06-01T00:00:00Z"}}) { totalCount } }`, `"totalCount":0`)
	w.Want(fmt.Sprintf(`mutation { createLesson(input: %s) { lesson { id } } }`, row), free)
	w.Want(fmt.Sprintf(`mutation { deleteRoom(id: %q) { room { id } } }`, room), free) // clears the lessons' room
}

// TestDatesTreesAndPairs: an exclusive right to sell in a region, and all below it, while dates
// include both ends.
func TestDatesTreesAndPairs(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "apart")
	china := w.ID("Region", `name: "China"`)
	east := w.ID("Region", fmt.Sprintf(`name: "East", parentId: %q`, china))
	shanghai := w.ID("Region", fmt.Sprintf(`name: "Shanghai", parentId: %q`, east))
	north := w.ID("Region", fmt.Sprintf(`name: "North", parentId: %q`, china))
	grant := func(dealer, region, from, to string, exclusive bool, want string) {
		t.Helper()
		w.Want(fmt.Sprintf(`mutation { createRight(input: {dealer: %q, line: "pumps", regionId: %q, validFrom: "2026-%s", validTo: "2026-%s", exclusive: %v}) { right { id } } }`,
			dealer, region, from, to, exclusive), want)
	}
	grant("A", east, "01-01", "06-30", true, free)
	grant("B", east, "06-30", "12-31", false, taken) // the last day is part of it
	grant("B", east, "07-01", "12-31", false, free)
	grant("B", shanghai, "03-01", "03-31", false, taken) // below
	grant("B", china, "03-01", "03-31", false, taken)    // above
	grant("B", north, "01-01", "12-31", true, free)      // beside
	grant("A", shanghai, "03-01", "03-31", false, free)  // the same dealer
	grant("C", shanghai, "09-01", "09-30", false, free)  // neither is exclusive
	grant("C", china, "09-01", "09-30", true, taken)
}

// hidden sees no lesson of another's.
type hidden struct{ access.Profile }

func (h hidden) Key() string { return "hidden" }

func (h hidden) Rows(o *catalog.Object, op access.Op, bind access.Bind) driver.Expr {
	if o.Name != "lesson" || op != access.Read {
		return nil
	}
	return driver.Cmp{Op: driver.Eq, L: o.Field("name").Col(), R: driver.Const{Value: value.Text("mine")}}
}

// TestCollisionsOfHiddenRecords: a record that the caller may not see is not named.
func TestCollisionsOfHiddenRecords(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "apart")
	room := w.ID("Room", `name: "101"`)
	w.ID("Lesson", fmt.Sprintf(`name: "theirs", roomId: %q, starts: "2026-05-04T09:00:00Z"`, room))
	got := w.As(hidden{Profile: access.Everything}, ident.Principal{Name: "u"}, fmt.Sprintf(`mutation { createLesson(input: {roomId: %q, starts: "2026-05-04T09:00:00Z"}) { lesson { id } } }`, room))
	if !strings.Contains(got, taken) || strings.Contains(got, `"record"`) {
		t.Error(got)
	}
}

// TestOverlapsConcurrently: of many who book one room at once, one gets it.
func TestOverlapsConcurrently(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "apart")
	room := w.ID("Room", `name: "101"`)
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			w.Call(fmt.Sprintf(`mutation { createLesson(input: {roomId: %q, starts: "2026-05-04T09:%02d:00Z", ends: "2026-05-04T10:30:00Z"}) { lesson { id } } }`, room, i))
		})
	}
	wg.Wait()
	w.Want(`{ lessons { totalCount } }`, `"totalCount":1`)
}

// TestPublishedConstraint: a publish counts the records that a new constraint finds overlapping.
func TestPublishedConstraint(t *testing.T) {
	object := `{"name": "stay", "label": "Stay", "fields": [{"name": "room", "type": "text"}, {"name": "first", "type": "date"}, {"name": "last", "type": "date"}]%s}`
	bundle := func(more string) publish.Bundle {
		return publish.Bundle{"p": {"tenon.json": []byte(`{"name": "p", "version": "1.0.0", "label": "P"}`), "objects/stay/object.json": fmt.Appendf(nil, object, more)}}
	}
	w := tenanttest.OpenBundle(t, bundle(""))
	for _, x := range []string{`room: "a", first: "2026-01-01", last: "2026-01-05"`, `room: "a", first: "2026-01-05", last: "2026-01-06"`, `room: "a", first: "2026-01-02"`, `room: "a", first: "2027-01-02"`,
		`room: "b", last: "2026-01-03"`, `room: "b", first: "2026-01-04"`, `first: "2026-01-04"`, `first: "2026-01-04"`} {
		w.ID("Stay", x)
	}
	p, err := w.Publish.Propose(t.Context(), bundle(`, "noOverlap": [{"name": "once", "fields": ["room"], "from": "first", "to": "last"}]`), nil)
	if err != nil || p.Findings.HasErrors() {
		t.Fatal(err, p.Findings)
	}
	for _, e := range p.Entries {
		if e.Address.String() == "object.stay.noOverlap.once" && (e.Count == nil || *e.Count != 3 || e.Blocking) {
			t.Errorf("got %+v with count %v, want 3", e, e.Count)
		}
	}
	if len(p.Entries) != 1 {
		t.Errorf("got %+v", p.Entries)
	}
}
