package publish

import (
	"maps"
	"slices"
	"testing"
)

// TestServing: cases and data, and what the tenant's own package changes of them, are no part of what serves.
func TestServing(t *testing.T) {
	b := Bundle{
		"fleet": {"tenon.json": nil, "objects/van/object.json": nil, "tests/van.json": nil, "data/10-vans.json": nil, "overlays/x/tests/y.json": nil},
		"tenant": {"tenon.json": nil, "tests/own.json": nil, "overlays/fleet/objects/van/object.json": nil, "overlays/fleet/tests/van.json": nil,
			"overlays/fleet/data/10-vans.json": nil},
	}
	serving := b.serving()
	for pkg, want := range map[string][]string{
		"fleet":  {"objects/van/object.json", "overlays/x/tests/y.json", "tenon.json"},
		"tenant": {"overlays/fleet/objects/van/object.json", "tenon.json"},
	} {
		if got := slices.Sorted(maps.Keys(serving[pkg])); !slices.Equal(got, want) {
			t.Errorf("of %s serve %v, want %v", pkg, got, want)
		}
	}
	if len(b["fleet"]) != 5 || len(b["tenant"]) != 5 {
		t.Error("the bundle itself changed")
	}
}
