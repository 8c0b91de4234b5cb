package admin

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/graph-gophers/graphql-go"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/access"
)

// Scripts is what people who write scripts do with them. It is the seam to what runs scripts, which is
// workflow/script/desk's. That only those may who ought to, the caller has seen to.
type Scripts interface {
	// Types are the declarations of a script for editors, in TypeScript.
	Types(name string) (string, error)
	// Runs are the last runs of a script that are kept, the latest first.
	Runs(name string) ([]ScriptRun, error)
	// Try runs a script with another source, or "" for its own, with the rights of a profile, and keeps nothing.
	Try(ctx context.Context, p access.Profile, name, source string, input json.RawMessage) (ScriptTrial, error)
	// Replay runs it in place of a run that is kept, whose calls are answered as they were then.
	Replay(ctx context.Context, name, source, run string) (ScriptTrial, error)
}

// ScriptRun is a run that is kept.
type ScriptRun struct {
	ID    string
	At    time.Time
	Input json.RawMessage
	Value json.RawMessage // nil where it failed
	Code  string          // of the error or refusal that it ended with; "" for none
	Calls int
	Cut   bool // it made more calls than are kept, so that it cannot be had again to its end
	Log   json.RawMessage
}

// ScriptTrial is what a run gave that nothing is kept of.
type ScriptTrial struct {
	Value json.RawMessage
	Err   error // as scripts end: a *errs.Error with a line, or a refusal
	Log   json.RawMessage
	// Of a replay the first thing that differs from the recording; nil: nothing does.
	Divergence *ScriptDivergence
}

// ScriptDivergence is where a replay differs from its recording.
type ScriptDivergence struct {
	Call int32 // number of the call, from 1; 0: what came of the run
	Line int32 // of the script, where it makes another call
	Was  string
	Is   string
}

type scriptRunResolver struct{ r ScriptRun }

func (v scriptRunResolver) ID() graphql.ID { return graphql.ID(v.r.ID) }
func (v scriptRunResolver) At() DateTime   { return DateTime{Time: v.r.At} }
func (v scriptRunResolver) Input() *JSON   { return rawOrNull(v.r.Input) }
func (v scriptRunResolver) Value() *JSON   { return rawOrNull(v.r.Value) }
func (v scriptRunResolver) Code() *string  { return textOrNull(v.r.Code) }
func (v scriptRunResolver) Calls() int32   { return int32(v.r.Calls) }
func (v scriptRunResolver) Whole() bool    { return !v.r.Cut }
func (v scriptRunResolver) Log() JSON      { return JSON(v.r.Log) }

func rawOrNull(b json.RawMessage) *JSON {
	if len(b) == 0 {
		return nil
	}
	return orNull(string(b))
}

func textOrNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

type scriptTrialResolver struct{ t ScriptTrial }

func (v scriptTrialResolver) Value() *JSON { return rawOrNull(v.t.Value) }
func (v scriptTrialResolver) Log() JSON    { return JSON(v.t.Log) }

func (v scriptTrialResolver) failure() *errs.Error {
	if v.t.Err == nil {
		return nil
	}
	return errs.From(v.t.Err)
}

func (v scriptTrialResolver) Code() *string {
	e := v.failure()
	if e == nil {
		return nil
	}
	if e.Rule != "" { // of a refusal that the script declares
		return &e.Rule
	}
	code := string(e.Code)
	return &code
}

func (v scriptTrialResolver) Message(a struct{ Locale string }) *string {
	e := v.failure()
	if e == nil {
		return nil
	}
	text := e.Message.In(a.Locale)
	return &text
}

func (v scriptTrialResolver) Line() *int32 {
	e := v.failure()
	if e == nil {
		return nil
	}
	line, ok := e.Details["line"].(int)
	if !ok {
		return nil
	}
	n := int32(line)
	return &n
}

func (v scriptTrialResolver) Divergence() *ScriptDivergence { return v.t.Divergence }

var errNoScripts = errs.New(errs.Unavailable, "scripts are not run here", "此处不运行脚本")

// ScriptTypes declares what a script is called with, gives and may call.
func (r *resolver) ScriptTypes(ctx context.Context, a struct{ Name string }) (string, error) {
	if err := r.needs(ctx, access.RightManageMetadata); err != nil {
		return "", err
	}
	if r.scripts == nil {
		return "", fail(errNoScripts)
	}
	out, err := r.scripts.Types(a.Name)
	return out, fail(err)
}

// ScriptRuns lists the runs that are kept. They hold what callers saw, so rights over metadata are not
// enough.
func (r *resolver) ScriptRuns(ctx context.Context, a struct{ Name string }) ([]scriptRunResolver, error) {
	if err := r.mayRun(ctx); err != nil {
		return nil, err
	}
	all, err := r.scripts.Runs(a.Name)
	out := make([]scriptRunResolver, len(all))
	for i, x := range all {
		out[i] = scriptRunResolver{x}
	}
	return out, fail(err)
}

func (r *resolver) mayRun(ctx context.Context) error {
	if err := onlyAdmins(ctx); err != nil {
		return err
	}
	if r.scripts == nil {
		return fail(errNoScripts)
	}
	return nil
}

// TryScript runs a script that may be edited, as the caller, and keeps nothing.
func (r *resolver) TryScript(ctx context.Context, a struct {
	Name   string
	Source *string
	Input  JSON
}) (*scriptTrialResolver, error) {
	if err := r.mayRun(ctx); err != nil {
		return nil, err
	}
	c, _ := ident.From(ctx)
	p, err := r.access.Profile(ctx, c.Principal)
	if err != nil {
		return nil, fail(err)
	}
	t, err := r.scripts.Try(ctx, p, a.Name, valueOf(a.Source), json.RawMessage(a.Input))
	return trial(t, err)
}

// ReplayScript runs a script that may be edited against a run that is kept.
func (r *resolver) ReplayScript(ctx context.Context, a struct {
	Name   string
	Run    graphql.ID
	Source *string
}) (*scriptTrialResolver, error) {
	if err := r.mayRun(ctx); err != nil {
		return nil, err
	}
	t, err := r.scripts.Replay(ctx, a.Name, valueOf(a.Source), string(a.Run))
	return trial(t, err)
}

func trial(t ScriptTrial, err error) (*scriptTrialResolver, error) {
	if err != nil {
		return nil, fail(err)
	}
	var e *errs.Error
	if t.Err != nil && (!errors.As(t.Err, &e) || e.Code == errs.Internal) {
		return nil, fail(t.Err) // the platform's own, which the log tells of
	}
	return &scriptTrialResolver{t}, nil
}

func valueOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
