package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

func auditVerb() verb {
	return verb{"audit", "list|verify [--data DIR] [--kind KIND] [--user LOGIN] [--last N] [--head NUMBER:HASH] [--json]",
		"the audit log: its last entries, or whether it was tampered with", "审计日志：列出最近条目，或验证其未被篡改", runAudit}
}

type entryView struct {
	Number  float64         `json:"number"`
	At      time.Time       `json:"at"`
	Kind    string          `json:"kind"`
	Says    string          `json:"says"`
	Login   string          `json:"login"`
	User    *string         `json:"user"`
	Key     *string         `json:"key"`
	Address *string         `json:"address"`
	Subject string          `json:"subject"`
	Details json.RawMessage `json:"details"`
}

func runAudit(ctx context.Context, e *env, args []string) (err error) {
	fs, c := e.flags("audit")
	kind := fs.String("kind", "", e.tr("entries of one kind, such as login.failed", "仅列出某类条目，如 login.failed"))
	user := fs.String("user", "", e.tr("entries of one login", "仅列出某个登录名的条目"))
	last := fs.Int("last", 100, e.tr("how many of the newest entries to list", "列出最近多少条"))
	head := fs.String("head", "", e.tr("what an earlier verification printed: the log must still hold it", "此前验证输出的链头：日志中须仍包含它"))
	pos, err := parse(fs, args, 1)
	if err != nil {
		return err
	}
	if pos[0] != "list" && pos[0] != "verify" || *last < 1 {
		return usageError{e.tr("list and verify are known", "仅支持 list 与 verify")}
	}
	cl, err := e.connect(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = joinClose(ctx, cl, err) }()
	if pos[0] == "verify" {
		return e.verifyAudit(ctx, cl, *head, c.json)
	}
	var all []entryView
	vars := map[string]any{"k": *kind, "u": *user, "in": e.tr("en", "zh-CN")}
	for len(all) < *last {
		var res struct{ AuditLog []entryView }
		vars["n"] = min(*last-len(all), 500)
		err := cl.admin(ctx, `query($b: Float, $n: Int, $k: String, $u: String, $in: String) { auditLog(before: $b, first: $n, kind: $k, login: $u) { number at kind says(locale: $in) login user key address subject details } }`, vars, &res)
		if err != nil {
			return err
		}
		if len(res.AuditLog) == 0 {
			break
		}
		all = append(all, res.AuditLog...)
		vars["b"] = all[len(all)-1].Number
	}
	slices.Reverse(all)
	if c.json {
		return writeJSON(e.out, all)
	}
	for _, v := range all {
		address := "-"
		if v.Address != nil {
			address = *v.Address
		}
		fmt.Fprintf(e.out, "%6.0f  %s  %-20s %-16s %-15s %-24s %s  %s\n", v.Number, v.At.Local().Format(time.DateTime), v.Kind, v.Login, address, v.Subject, v.Says, v.Details)
	}
	return nil
}

// verifyAudit fails when the log was tampered with.
func (e *env) verifyAudit(ctx context.Context, cl *client, head string, asJSON bool) error {
	var res struct {
		VerifyAudit struct {
			Number float64 `json:"number"`
			Head   string  `json:"head"`
			Fault  *struct {
				Number float64 `json:"number"`
				En     string  `json:"en"`
				Zh     string  `json:"zh"`
			} `json:"fault"`
		}
	}
	if err := cl.admin(ctx, `query($h: String) { verifyAudit(head: $h) { number head fault { number en: why(locale: "en") zh: why(locale: "zh-CN") } } }`, map[string]any{"h": head}, &res); err != nil {
		return err
	}
	v := res.VerifyAudit
	switch {
	case asJSON:
		if err := writeJSON(e.out, v); err != nil {
			return err
		}
	case v.Fault == nil:
		fmt.Fprintf(e.out, e.tr("%.0f entries, all as they were written. Keep this elsewhere, to notice a log that was cut off:\n%s\n", "%.0f 条，均与写入时一致。请另行留存下列链头，以便发现日志被截断：\n%s\n"), v.Number, v.Head)
	default:
		fmt.Fprintf(e.out, e.tr("The log was tampered with at entry %.0f: %s\n", "日志在第 %.0f 条处被篡改：%s\n"), v.Fault.Number, e.tr(v.Fault.En, v.Fault.Zh))
	}
	if v.Fault != nil {
		return errFailed
	}
	return nil
}
