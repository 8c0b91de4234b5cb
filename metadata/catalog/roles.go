package catalog

// Roles that the platform needs objects for; see Object.Serves.
const (
	RoleUser    = "user"
	RoleCounter = "counter" // guarded counters
	// RoleDuplicateCase is served by the object that keeps cases for stewards: two records that a
	// duplicate rule found alike.
	RoleDuplicateCase = "duplicate_case"
	// RoleMergeLog is served by the object that shows stewards what was merged.
	RoleMergeLog = "merge_log"
	// RoleSLAClock is served by the object that keeps the clocks of service promises.
	RoleSLAClock = "sla_clock"
	// RoleStageHistory is served by the object that keeps how long records stayed in their stages.
	RoleStageHistory = "stage_history"
	// RoleCaptureForm is served by the object whose records are the tokens of public captures.
	RoleCaptureForm = "capture_form"
	// RoleListView is served by the object whose records are views of lists that people save.
	RoleListView = "list_view"

	RoleCurrency = "currency"
	RoleRate     = "exchange_rate" // what currencies are worth in the base currency, from a day on
)
