package sla_test

import (
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/runtime/access"
)

// reader may read everything, and do nothing.
type reader struct{ access.Profile }

func (reader) Key() string                              { return "reader" }
func (reader) Can(_ *catalog.Object, op access.Op) bool { return op == access.Read }
func (reader) May(*catalog.Object, string) bool         { return false }
