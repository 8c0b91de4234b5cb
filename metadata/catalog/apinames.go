package catalog

import "strings"

// The GraphQL types of an object are its TypeName with one of these behind it. runtime/graph
// generates them, and a test there holds the two lists together.
var typeSuffixes = []string{"", "Connection", "Edge", "Filter", "ListFilter", "Order", "Key", "Result", "Change",
	"Create", "Patch", "Update", "Upsert", "UpsertItem", "Delete", "Link", "Links",
	"Group", "GroupKey", "GroupOrder", "Aggregate", "AggregateOrder", "Having",
	"Sum", "SumOrder", "SumHaving", "Avg", "AvgOrder", "AvgHaving", "Min", "MinOrder", "MinHaving",
	"Max", "MaxOrder", "MaxHaving", "CountDistinct", "CountDistinctOrder", "CountDistinctHaving",
	"Merge", "MergeFields", "MergeResult", "Duplicate", "DuplicateInput"}

// APITypes are the names of the GraphQL types that an object has, its own first, and the unions
// of its polymorphic references.
func (o *Object) APITypes() []string {
	out := make([]string, 0, len(typeSuffixes)+2)
	for _, s := range typeSuffixes {
		out = append(out, o.TypeName+s)
	}
	for _, f := range o.Fields {
		if f.Ref != nil && f.Ref.Polymorphic && f.RelName != "" {
			out = append(out, o.TypeName+strings.ToUpper(f.RelName[:1])+f.RelName[1:])
		}
	}
	return out
}

// APIRoots are the names of an object's fields of Query; Mutation and Subscription make theirs
// of the same.
func (o *Object) APIRoots() []string {
	return []string{o.SingularName, o.PluralName, o.SingularName + "By", o.SingularName + "Aggregate", "mergesOf" + o.TypeName, "duplicatesOf" + o.TypeName}
}

// CommonAPITypes are the GraphQL types that every schema may have, besides those of field types.
func CommonAPITypes() []string {
	return []string{"Query", "Mutation", "Subscription", "Node", "PageInfo", "OrderDirection", "Warning", "WriteError", "HistoryEntry", "SearchHit",
		"Merge", "MergeField", "MergePolicy", "MergeCollision", "UndoMergeResult", "NumberCondition", "IDFilter", "String", "Int", "Float", "Boolean", "ID", "Decimal", "Date", "DateTime", "Time", "JSON",
		"ApprovalAudit", "ApprovalAuditEntry", "ApprovalIncident", "ApprovalInstance", "ApprovalSigners", "ApprovalSnapshot", "ApprovalTask", "ApprovalTasks",
		"Notification", "NotificationChannels", "Notifications", "DuplicateScan", "DuplicateScanError", "DuplicateScanStatus", "Segment", "FlowCase", "FlowFailure", "FlowIncident", "FlowOperated", "FlowOrdered", "FlowRemedies", "FlowMigration", "FlowMigrationProblem", "FlowMigrationRun", "FlowVersion", "FlowRun", "FlowRuns", "FlowSchedule", "FlowSimulation", "FlowTrace", "ApprovalAsked", "ApprovalReplay", "ApprovalReplayRun", "PublishedEvent"}
}

// CommonAPIRoots are the fields of Query that every schema has.
func CommonAPIRoots() []string {
	return []string{"node", "nodes", "search", "approvals", "audit", "duplicateScan", "duplicateScans", "flowCase", "flowFailures", "flowRun", "flowRuns", "flowSchedules", "flowVersions", "instance", "myTasks", "notificationChannels", "notifications", "snapshots", "replayApproval", "segments", "previewSegment"}
}

// CommonAPIMutations are the fields of Mutation that every schema has: the commands of approvals
// and automations.
func CommonAPIMutations() []string {
	return []string{"abstain", "addSign", "approve", "cancelDuplicateScan", "cancelFlowRun", "cc", "compensateFlowRun", "migrateFlowRuns", "rerunFlow", "rerunFlowFrom", "retryFlowRun", "runFlow", "simulateFlow", "skipFlowStep", "claim", "comment", "delegate", "jump", "markNotificationsRead", "operateFlowRuns", "migrate", "reassign", "recall", "reject", "removeSign", "resubmit", "resume", "retryIncident", "scanDuplicates", "setNotificationChannels", "publishEvent", "pauseFlowSchedule", "resumeFlowSchedule", "refreshSegment",
		"return", "submit", "suspend", "takeBack", "terminate", "transfer", "unclaim", "urge", "view", "withdraw"}
}
