package standard

import (
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/resolve"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/plugins/connectors"
	"github.com/tenon-platform/tenon/runtime/action"
	"github.com/tenon-platform/tenon/runtime/allocate"
	"github.com/tenon-platform/tenon/runtime/assign"
	"github.com/tenon-platform/tenon/runtime/code"
	"github.com/tenon-platform/tenon/runtime/convert"
	"github.com/tenon-platform/tenon/runtime/counter"
	"github.com/tenon-platform/tenon/runtime/ledger"
	"github.com/tenon-platform/tenon/runtime/scoring"
	"github.com/tenon-platform/tenon/runtime/territory"
	"github.com/tenon-platform/tenon/runtime/tiers"
	"github.com/tenon-platform/tenon/workflow/approval"
	"github.com/tenon-platform/tenon/workflow/notice"
	"github.com/tenon-platform/tenon/workflow/script"
	"github.com/tenon-platform/tenon/workflow/script/host"
	"github.com/tenon-platform/tenon/workflow/sla"
)

// Checks hold a whole catalogue against what the layers above metadata know of it.
func Checks() []resolve.Check { return []resolve.Check{approval.CheckCatalog, checkConnections} }

// checkConnections holds connections against the connectors that there are.
func checkConnections(cat *catalog.Catalog, _ func(*catalog.Approval, string) diag.Pos) diag.List {
	return connectors.Standard().CheckCatalog(cat)
}

// Engines are the engines that record actions may call, for those that run no scripts: steps that
// call one are UNAVAILABLE.
func Engines() action.Engines { return EnginesWith(nil) }

// EnginesWith are the engines, with scripts that run in a pool.
func EnginesWith(scripts *script.Pool) action.Engines {
	return action.NewEngines(slices.Concat(allocate.Engines(), assign.Engines(), code.Engines(), convert.Engines(), counter.Engines(), ledger.Engines(), notice.Engines(), scoring.Engines(), sla.Engines(), territory.Engines(), tiers.Engines(), host.Engines(scripts))...)
}
