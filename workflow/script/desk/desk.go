// Package desk is for those who write scripts: what a script may call, its last runs, trials that keep
// nothing, and replays against a run. Who may ask is the administration API's business.
package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/admin"
	"github.com/tenon-platform/tenon/runtime/live"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/script"
	"github.com/tenon-platform/tenon/workflow/script/host"
)

// Desk serves one tenant.
type Desk struct {
	Tenant  *live.Tenant
	Records *record.Service
	Pool    *script.Pool
	Clock   clock.Clock
}

var _ admin.Scripts = (*Desk)(nil)

func (d *Desk) script(name string) (*catalog.Catalog, *catalog.Script, error) {
	cat := d.Tenant.Catalog()
	s := cat.Script(name)
	if s == nil {
		return nil, nil, errs.New(errs.NotFound, "there is no script %s", "没有脚本 %s", name)
	}
	return cat, s, nil
}

func file(s *catalog.Script) string { return "scripts/" + s.Name + ".js" }

// Types are the declarations of a script.
func (d *Desk) Types(name string) (string, error) {
	_, s, err := d.script(name)
	if err != nil {
		return "", err
	}
	return host.Types(s), nil
}

// idOf names a recording: runs that share it are the same.
func idOf(r *script.Recording) string {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%d\x00%s\x00%s", r.Seed, r.Input, r.Source)
	return fmt.Sprintf("%d-%x", r.Now, h.Sum64())
}

func lines(log []script.LogLine) json.RawMessage {
	if log == nil {
		return json.RawMessage("[]")
	}
	b, err := json.Marshal(log)
	if err != nil {
		panic(err) // they are texts and numbers
	}
	return b
}

// Runs are the last runs of a script.
func (d *Desk) Runs(name string) ([]admin.ScriptRun, error) {
	_, s, err := d.script(name)
	if err != nil {
		return nil, err
	}
	out := []admin.ScriptRun{}
	for _, r := range d.Pool.Recordings(d.Tenant.Name, file(s)) {
		out = append(out, admin.ScriptRun{ID: idOf(r), At: time.UnixMilli(r.Now), Input: r.Input, Value: r.Value, Code: r.Code, Calls: len(r.Calls), Cut: r.Cut, Log: lines(r.Log)})
	}
	return out, nil
}

// Try runs a script within a transaction that is taken back.
func (d *Desk) Try(ctx context.Context, p access.Profile, name, source string, input json.RawMessage) (out admin.ScriptTrial, err error) {
	cat, s, err := d.script(name)
	if err != nil {
		return out, err
	}
	var given map[string]json.RawMessage
	if json.Unmarshal(input, &given) != nil || given == nil {
		return out, errs.New(errs.InvalidInput, "the input is an object of what the script takes", "输入须为脚本参数的对象").On("input")
	}
	if source == "" {
		source = s.Source
	}
	now := d.Clock.Now()
	_, err = d.Records.Transact(ctx, cat, p, record.Options{Check: true}, func(se *record.Session) ([]record.Result, error) {
		got, err := d.Pool.Run(ctx, script.Job{Tenant: d.Tenant.Name, Name: file(s), Source: source, Function: s.Function, Input: input, Now: now, Seed: uint64(now.UnixNano()),
			Limits: host.Limits(s), Host: host.New(se, s)})
		out = admin.ScriptTrial{Value: got.Value, Log: lines(got.Log), Err: ended(s, err)}
		return nil, nil
	})
	return out, err
}

// Replay runs a script against one of its last runs.
func (d *Desk) Replay(ctx context.Context, name, source, run string) (out admin.ScriptTrial, err error) {
	_, s, err := d.script(name)
	if err != nil {
		return out, err
	}
	for _, r := range d.Pool.Recordings(d.Tenant.Name, file(s)) {
		if idOf(r) != run {
			continue
		}
		if source == "" {
			source = s.Source
		}
		got := d.Pool.Replay(ctx, d.Tenant.Name, source, r, host.Limits(s))
		out = admin.ScriptTrial{Value: got.Value, Log: lines(got.Log), Err: ended(s, got.Err)}
		if x := got.Divergence; x != nil {
			out.Divergence = &admin.ScriptDivergence{Call: int32(x.Call), Line: int32(x.Line), Was: x.Was, Is: x.Is}
		}
		return out, nil
	}
	return out, errs.New(errs.NotFound, "this run is kept no more", "该运行记录已不再保留").On("run")
}

// ended is how a run ended, for whoever writes the script: a refusal in its own words.
func ended(s *catalog.Script, err error) error {
	var no *script.Refused
	if !errors.As(err, &no) {
		return err
	}
	for _, e := range s.Decl.Errors {
		if e.Code == no.Code {
			return (&errs.Error{Code: errs.ValidationFail, Rule: no.Code, Message: diag.Text{En: e.Message.In("en"), Zh: e.Message.In("zh-CN")}}).With("line", no.Line)
		}
	}
	return errs.New(errs.ScriptFailed, "the script refused with %q, which it does not declare", "脚本以未声明的 %q 拒绝", no.Code).With("line", no.Line)
}
