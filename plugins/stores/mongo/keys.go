package mongo

import (
	"maps"
	"slices"
)

// sortedKeys are the keys of m in order, so that commands are always the same.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
