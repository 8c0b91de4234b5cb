package plan_test

import (
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"testing"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/plan"
)

// things is a catalogue of many objects, without tables that are shared; edit changes some of it.
func things(n int, edit func(i int, o *catalog.Object)) *catalog.Catalog {
	cat := &catalog.Catalog{ByName: map[string]*catalog.Object{}}
	for i := range n {
		name := fmt.Sprintf("thing_%02d", i)
		o := &catalog.Object{Name: name, Table: name, Label: model.Text{"en": name}, ByName: map[string]*catalog.Field{}}
		if edit(i, o); o.Name != "" {
			cat.Objects, cat.ByName[name] = append(cat.Objects, o), o
		}
	}
	return cat
}

// TestOrder: what changes is told in the order of the objects, however many are compared at a time.
func TestOrder(t *testing.T) {
	old := things(40, func(i int, o *catalog.Object) {
		if i%4 == 0 {
			o.Name = "" // new in the other
		}
	})
	cat := things(40, func(i int, o *catalog.Object) {
		switch i % 4 {
		case 1:
			o.Label = model.Text{"en": "other"}
		case 2:
			o.Label = model.Text{"en": "other"}
			o.Features = map[string]bool{"history": true}
		case 3:
			o.Name = "" // gone
		}
	})
	was := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(was)
	one := plan.Diff(old, cat)
	var told []string
	for _, e := range one.Entries {
		told = append(told, string(e.Op)+e.Address.String())
	}
	want := []string{"+object.thing_00", "~object.thing_01.label", "~object.thing_02.label", "~object.thing_02.features", "+object.thing_04"}
	if len(told) != 50 || !slices.Equal(told[:5], want) || told[49] != "-object.thing_39" {
		t.Errorf("%d changes: %q", len(told), told)
	}
	if len(one.Steps.Before) != 10 || len(one.Steps.After) != 10 {
		t.Errorf("steps %v, then %v", one.Steps.Before, one.Steps.After)
	}
	for _, n := range []int{2, 7} {
		runtime.GOMAXPROCS(n)
		if d := plan.Diff(old, cat); !reflect.DeepEqual(d, one) {
			t.Errorf("on %d processors: %v", n, d.Entries)
		}
	}
}
