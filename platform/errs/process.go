package errs

import "net/http"

// Codes of processes: approvals and what else runs over time.
const (
	EntryNotMet           Code = "ENTRY_NOT_MET"
	ActiveInstanceExists  Code = "ACTIVE_INSTANCE_EXISTS"
	NotAssignee           Code = "NOT_ASSIGNEE"
	NotYourTurn           Code = "NOT_YOUR_TURN"
	AlreadyDecided        Code = "ALREADY_DECIDED"
	InvalidState          Code = "INVALID_STATE"
	FieldNotEditable      Code = "FIELD_NOT_EDITABLE"
	CommentRequired       Code = "COMMENT_REQUIRED"
	FinalActionFailed     Code = "FINAL_ACTION_FAILED"
	InvalidReturnTarget   Code = "INVALID_RETURN_TARGET"
	DuplicateParticipant  Code = "DUPLICATE_PARTICIPANT"
	SelfNotAllowed        Code = "SELF_NOT_ALLOWED"
	TransferLimit         Code = "TRANSFER_LIMIT"
	DelegateLoop          Code = "DELEGATE_LOOP"
	AddSignDepth          Code = "ADD_SIGN_DEPTH"
	AlreadyClaimed        Code = "ALREADY_CLAIMED"
	TooLate               Code = "TOO_LATE"
	WithdrawNotAllowed    Code = "WITHDRAW_NOT_ALLOWED"
	UrgeTooSoon           Code = "URGE_TOO_SOON"
	RecordChanged         Code = "RECORD_CHANGED"
	MigrationNotPossible  Code = "MIGRATION_NOT_POSSIBLE"
	DefinitionUnavailable Code = "DEFINITION_UNAVAILABLE"
)

var processStatus = map[Code]int{
	EntryNotMet: http.StatusUnprocessableEntity, ActiveInstanceExists: http.StatusConflict, NotAssignee: http.StatusForbidden,
	NotYourTurn: http.StatusConflict, AlreadyDecided: http.StatusConflict, InvalidState: http.StatusConflict,
	FieldNotEditable: http.StatusUnprocessableEntity, CommentRequired: http.StatusUnprocessableEntity,
	FinalActionFailed: http.StatusUnprocessableEntity, InvalidReturnTarget: http.StatusConflict,
	DuplicateParticipant: http.StatusConflict, SelfNotAllowed: http.StatusConflict, TransferLimit: http.StatusConflict,
	DelegateLoop: http.StatusConflict, AddSignDepth: http.StatusConflict, AlreadyClaimed: http.StatusConflict,
	TooLate: http.StatusConflict, WithdrawNotAllowed: http.StatusConflict, UrgeTooSoon: http.StatusTooManyRequests,
	RecordChanged: http.StatusConflict, MigrationNotPossible: http.StatusUnprocessableEntity, DefinitionUnavailable: http.StatusConflict,
}
