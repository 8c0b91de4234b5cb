// Package errs holds coded errors for callers of a running system: one stable code each, mapped
// once to an HTTP status and shown as GraphQL extensions.code. Authors of metadata get platform/diag.
package errs

import (
	"errors"
	"net/http"

	"github.com/tenon-platform/tenon/platform/diag"
)

// Code is the stable, machine-readable reason of a failure.
type Code string

const (
	Unauthenticated Code = "UNAUTHENTICATED"
	Forbidden       Code = "FORBIDDEN"
	NotFound        Code = "NOT_FOUND"
	InvalidInput    Code = "INVALID_INPUT"
	ValidationFail  Code = "VALIDATION_FAILED"
	Duplicate       Code = "DUPLICATE"
	VersionConflict Code = "VERSION_CONFLICT"
	RecordLocked    Code = "RECORD_LOCKED"
	LimitExceeded   Code = "LIMIT_EXCEEDED"
	CostExceeded    Code = "COST_EXCEEDED"
	Timeout         Code = "TIMEOUT"
	KeyReused       Code = "IDEMPOTENCY_KEY_REUSED"
	ScriptFailed    Code = "SCRIPT_FAILED"
	ScriptLimit     Code = "SCRIPT_LIMIT"
	Unavailable     Code = "UNAVAILABLE"
	Internal        Code = "INTERNAL"
)

var status = map[Code]int{
	Unauthenticated: http.StatusUnauthorized, Forbidden: http.StatusForbidden, NotFound: http.StatusNotFound,
	InvalidInput: http.StatusBadRequest, ValidationFail: http.StatusUnprocessableEntity, Duplicate: http.StatusConflict,
	VersionConflict: http.StatusConflict, RecordLocked: http.StatusLocked, LimitExceeded: http.StatusTooManyRequests,
	CostExceeded: http.StatusTooManyRequests, Timeout: http.StatusGatewayTimeout, KeyReused: http.StatusUnprocessableEntity,
	ScriptFailed: http.StatusUnprocessableEntity, ScriptLimit: http.StatusUnprocessableEntity, Unavailable: http.StatusServiceUnavailable, Internal: http.StatusInternalServerError,
}

// Status is the HTTP status of a code.
func (c Code) Status() int {
	if s, ok := status[c]; ok {
		return s
	}
	if s, ok := processStatus[c]; ok {
		return s
	}
	return http.StatusInternalServerError
}

// Error is one failure as a caller sees it.
type Error struct {
	Code    Code
	Message diag.Text      // what went wrong, in both languages
	Field   string         // GraphQL name of the input field at fault, or ""
	Rule    string         // name of the validation rule, or ""
	Index   *int           // row of a batch, or nil
	Details map[string]any // machine-readable facts; nothing the caller may not see
	Cause   error          // for the log; never shown to the caller
	More    []*Error       // further failures of the same input, so that all are reported at once
}

func (e *Error) Error() string {
	s := string(e.Code) + ": " + e.Message.En
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Cause }

// New makes an error; en and zh are formats that share args.
func New(code Code, en, zh string, args ...any) *Error {
	return &Error{Code: code, Message: diag.Textf(en, zh, args...)}
}

// On names the input field at fault and returns e.
func (e *Error) On(field string) *Error { e.Field = field; return e }

// Because keeps the cause for the log and returns e.
func (e *Error) Because(err error) *Error { e.Cause = err; return e }

// With adds a detail and returns e.
func (e *Error) With(key string, v any) *Error {
	if e.Details == nil {
		e.Details = map[string]any{}
	}
	e.Details[key] = v
	return e
}

// Near adds which of the known names a name comes close to, as the detail "didYouMean", and returns e. They must be
// such as the caller may know of.
func (e *Error) Near(name string, known []string) *Error {
	if near := diag.Nearest(name, known); near != "" {
		e.With("didYouMean", near)
	}
	return e
}

// From gives the coded error inside err; an uncoded one becomes INTERNAL with err as its cause.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return New(Internal, "something went wrong on our side", "系统内部错误").Because(err)
}

// TextOf is what an error says to a person: a coded one its message, findings the first of them, any other its
// words, which are English.
func TextOf(err error) diag.Text {
	var coded *Error
	var found *diag.Failed
	switch {
	case err == nil:
		return diag.Text{}
	case errors.As(err, &coded):
		return coded.Message
	case errors.As(err, &found):
		return found.Text()
	}
	return diag.Text{En: err.Error()}
}

// CodeOf is the code of err, "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	return From(err).Code
}
