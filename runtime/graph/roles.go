package graph

import (
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/runtime/record"
)

// Roles of members: what the compiler does with a selected field or a given input key.
type (
	rootGet       struct{ obj *catalog.Object }
	rootBy        struct{ obj *catalog.Object }
	rootList      struct{ obj *catalog.Object }
	rootAggregate struct{ obj *catalog.Object }
	rootWatch     struct{ obj *catalog.Object }
	rootSearch    struct{}
	rootReveal    struct{ obj *catalog.Object }
	rootNode      struct{}
	rootNodes     struct{}
	rootWrite     struct {
		obj  *catalog.Object
		verb record.Verb
		bulk bool
	}
	rootAction     struct{ action *catalog.Action }
	rootMerge      struct{ obj *catalog.Object }
	rootUnmerge    struct{}
	rootMerges     struct{ obj *catalog.Object }
	rootDuplicates struct{ obj *catalog.Object }
	rootDecide     struct{}
	rootTier       struct{}

	recordID struct{}
	fieldOut struct{ f *catalog.Field }
	extraOut struct {
		f     *catalog.Field
		extra *field.Extra
	}
	toOne     struct{ f *catalog.Field }
	toMany    struct{ f *catalog.Field }
	toAny     struct{ f *catalog.Field }
	children  struct{ inv *catalog.Inverse }
	historyOf struct{ obj *catalog.Object }

	watched struct{} // the record that changed

	connRole   string // "nodes", "edges", "pageInfo", "totalCount"
	resultRole string // "record", "warnings", "errors", "merge"
	valueRole  struct{ of *catalog.ActionResult }

	// aggOut is a group of aggregate values, such as sum { … }; aggField one of them.
	aggOut   struct{ fn driver.AggFunc }
	aggKeys  struct{}
	aggField struct {
		fn driver.AggFunc
		f  *catalog.Field
	}
	groupKey struct {
		f    *catalog.Field
		part *field.Part // nil: the value itself
	}

	fieldCond  struct{ f *catalog.Field }
	oneCond    struct{ f *catalog.Field }
	manyCond   struct{ f *catalog.Field }
	childCond  struct{ inv *catalog.Inverse }
	logicCond  string // "and", "or", "not"
	fieldOrder struct{ f *catalog.Field }
	oneOrder   struct{ f *catalog.Field }
)
