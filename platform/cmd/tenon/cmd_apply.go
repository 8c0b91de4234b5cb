package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/pack"
	"github.com/tenon-platform/tenon/metadata/plan"
)

func applyVerb() verb {
	return verb{"apply", "[--data DIR] [--allow-destructive] [--message TEXT] [--demo] [--json] PLAN-FILE | PACKAGE",
		"carry out a plan, all or nothing, while the server goes on serving",
		"执行计划：要么全部生效，要么毫无影响，期间服务不中断", runApply}
}

func runApply(ctx context.Context, e *env, args []string) error {
	fs, c := e.flags("apply")
	destructive := fs.Bool("allow-destructive", false, e.tr("carry out changes that lose data", "允许丢失数据的变更"))
	message := fs.String("message", "", e.tr("why, for the history", "变更说明，记入历史"))
	demo := fs.Bool("demo", false, e.tr("load the packages' demo data too", "同时加载演示数据"))
	pos, err := parse(fs, args, 1)
	if err != nil {
		return err
	}
	p, err := e.readPlan(ctx, c, pos[0])
	if err != nil {
		return err
	}
	if p.Findings.HasErrors() {
		e.printFindings(p.Findings)
		return errFailed
	}
	return e.apply(ctx, c, p, *destructive, *message, *demo)
}

// readPlan reads a plan file, or plans a package directory.
func (e *env) readPlan(ctx context.Context, c *common, path string) (*packedPlan, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read the plan: %w", err)
	}
	if st.IsDir() || strings.HasSuffix(path, pack.Extension) {
		return e.plan(ctx, c, []string{path}, change{})
	}
	return readPlanFile(path)
}

type revisionView struct {
	Number  int64        `json:"number"`
	At      time.Time    `json:"at"`
	Author  string       `json:"author"`
	Message string       `json:"message"`
	Status  string       `json:"status"`
	Active  bool         `json:"active"`
	Entries []plan.Entry `json:"entries,omitempty"`
}

func (e *env) apply(ctx context.Context, c *common, p *packedPlan, destructive bool, message string, demo bool) (err error) {
	cl, err := e.connect(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = joinClose(ctx, cl, err) }()
	watch, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); e.watchApply(watch, cl) }()
	var res struct{ Apply revisionView }
	err = cl.admin(ctx, `mutation($plan: JSON!, $packages: Packages, $d: Boolean, $m: String, $demo: Boolean) {
		apply(plan: $plan, packages: $packages, allowDestructive: $d, message: $m, demo: $demo) { number at author message status active } }`,
		map[string]any{"plan": p.Proposal, "packages": p.packages(), "d": destructive, "m": message, "demo": demo}, &res)
	stop()
	<-done
	if err != nil {
		return err
	}
	if c.json {
		return writeJSON(e.out, res.Apply)
	}
	fmt.Fprintf(e.out, e.tr("Revision %d is active: %d changes.\n", "版本 %d 已生效：%d 项变更。\n"), res.Apply.Number, len(p.Entries))
	return nil
}

// watchApply shows how far the apply has come until ctx ends.
func (e *env) watchApply(ctx context.Context, cl *client) {
	bar := newBar(e.err)
	defer bar.clear()
	t := time.NewTicker(500 * time.Millisecond)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			var res struct {
				Progress *struct {
					Stage       string
					Done, Total float64
				}
			}
			if err := cl.admin(ctx, `{ progress { stage done total } }`, nil, &res); err != nil {
				return // the apply's own answer tells what is wrong
			}
			if p := res.Progress; p != nil {
				bar.show(p.Stage, int64(p.Done), int64(p.Total))
			}
		}
	}
}

func joinClose(ctx context.Context, cl *client, err error) error {
	return errors.Join(err, cl.close(ctx))
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
