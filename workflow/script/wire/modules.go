package wire

// Modules are the functions that the server offers to scripts, by module. Whether a script may call
// one is decided by the server, call by call.
func Modules() map[string][]string {
	return map[string][]string{
		"records":  {"get", "find", "query", "aggregate", "create", "update", "upsert", "delete"},
		"http":     {"send"},
		"notify":   {"send"},
		"calendar": {"open", "minutes", "add", "addDays", "workdays", "workday"},
	}
}
