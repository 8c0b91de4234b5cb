package catalog

// Roles that the platform needs objects for; see Object.Serves.
const (
	RoleUser    = "user"
	RoleCounter = "counter" // guarded counters
)
