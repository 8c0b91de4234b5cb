package ferrettest

import (
	"strings"
	"testing"
)

// processes are the scenarios of approvals and automations at the server's doors. Those that end the server by force, or
// let several write at once, need transactions: FerretDB has none. For the same reason two servers over one store
// are not tried here: its filtered updates are not atomic, so that it cannot say who took a lease.
var processes = []string{
	"TestApprovalPaths", "TestDrainOfProcesses", "TestApprovalReplay", "TestApprovalDryRun", "TestApprovalScript", "TestApprovalCommands", "TestApprovalPool",
	"TestApprovalWithdrawn", "TestApprovalAdministration", "TestApprovalOnce", "TestApprovalLock", "TestApprovalFields", "TestApprovalStart", "TestApprovalFinalWrites",
	"TestApprovalTimers", "TestApprovalPeople", "TestApprovalVersions", "TestApprovalInbox", "TestApprovalOfADeletedRecord", "TestApprovalFollowsCalendarsAndRoles",
	"TestApprovalMachinery", "TestApprovalScripts", "TestManagersMakeNoLoop", "TestApprovalFromFileToDecision",
	"TestFlowReadsAsUser", "TestFlowTriggerReadsAsUser", "TestFlowAsNamedUser", "TestFlowCall", "TestFlowCallRetries", "TestFlowCallUnknown", "TestFlowCallLimits",
	"TestFlowCallRights", "TestFlowCallCases", "TestFlowForgoes", "TestFlowConcurrency", "TestFlowUpsert", "TestFlowAggregate", "TestFlowLoopOptions", "TestFlowLoopAtOnce",
	"TestFlowTask", "TestFlowSwitch", "TestFlowEvents", "TestFlowApproval", "TestFlowApprovalRefused", "TestRedCasesHoldBack", "TestFlowSend", "TestFlowNotify",
	"TestFlowAfterCommit", "TestFlowSteps", "TestFlowBefore", "TestFlowNotOnRollback", "TestFlowFailure", "TestFlowRecursion", "TestFlowTriggerUser", "TestFlowOfKey",
	"TestFlowAction", "TestFlowWaits", "TestFlowVersions", "TestFlowSchedule", "TestFlowDates", "TestFlowButton", "TestFlowOrdering", "TestFlowSimulate", "TestFlowTimeout",
	"TestFlowWaitForEvent", "TestFlowWaitForEventOfRecord", "TestFlowWaitReactive", "TestFlowWaitReadsAsUser", "TestFlowWebhook", "TestFlowWaitCases", "TestHook",
	"TestHookActs", "TestFlowRetryEdited", "TestFlowSkipGiven", "TestFlowRerunFrom", "TestFlowRerunCompensates", "TestFlowRerun", "TestFlowRetryOn", "TestFlowFailures", "TestFlowCase", "TestFlowCaseTriggers",
	"TestFlowBlock", "TestFlowQueueIsKept", "TestFlowMigrate", "TestFlowMigrateFailed", "TestFlowMigrateRerun", "TestFlowMigrateGone", "TestFlowMigrateHears", "TestFlowMigrateRequest",
	"TestFlowRetired", "TestFlowRetiredStarts", "TestFlowRetiredWaits", "TestApprovalWaits",
	"TestFlowScheduleOverlap", "TestFlowScheduleCatchUp", "TestFlowScheduleJitter", "TestFlowSchedulePause", "TestFlowDateWindow", "TestFlowLimitIsKept", "TestFlowPayload", "TestFlowTrace", "TestFlowBatch", "TestFlowBatchRecursion", "TestFlowBatchInName", "TestFlowBatchCases",
	"TestIncidentsInBothLanguages", "TestSimulationInBothLanguages", "TestNotifications", "TestNotifySend", "TestCalendarsOfClocks", "TestClocksFollowRecords",
	"TestBadPolicies",
}

// inShortProcesses are one of each kind of them, which run with -short.
var inShortProcesses = []string{"TestApprovalPool", "TestApprovalVersions", "TestFlowSteps", "TestFlowEvents", "TestFlowTask"}

// TestProcesses runs them on this engine.
func TestProcesses(t *testing.T) {
	t.Parallel()
	names := processes
	if testing.Short() {
		names = inShortProcesses
	}
	passed := run(t, server(t)+"?maxPoolSize=1", nil, "test", "-count=1", "-timeout=40m", "-json", "-run", "^("+strings.Join(names, "|")+")$", "./platform/cmd/tenon")
	for _, name := range names {
		if !passed["platform/cmd/tenon "+name] {
			t.Errorf("%s has not passed", name)
		}
	}
}
