package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

func keyVerb() verb {
	return verb{"key", "create|list|revoke [--data DIR] --user LOGIN [--label TEXT] [--expires 2027-01-31] [--budget COST] [--scope read-only,OBJECT,OBJECT.ACTION] [--json] [KEY-ID]",
		"API keys of a login; of create the last line printed is the key", "登录名的 API 密钥；create 的最后一行即密钥", runKey}
}

func runKey(ctx context.Context, e *env, args []string) (err error) {
	fs, c := e.flags("key")
	user := fs.String("user", "admin", e.tr("login that the key acts for", "密钥所属登录名"))
	label := fs.String("label", "", e.tr("what the key is for", "密钥用途"))
	expires := fs.String("expires", "", e.tr("last day on which the key works", "密钥有效期至"))
	budget := fs.Int64("budget", 0, e.tr("what the key's operations may cost in a minute, in values read; 0 for no limit", "密钥每分钟可用的操作成本（读取的值数）；0 表示不限"))
	scope := fs.String("scope", "", e.tr("what the key is restricted to: read-only, names of objects, actions as object.action", "密钥的限制范围：read-only、对象名、形如 object.action 的动作"))
	pos, err := parse(fs, args, -1)
	if err != nil {
		return err
	}
	if len(pos) == 0 || len(pos) != map[string]int{"create": 1, "list": 1, "revoke": 2}[pos[0]] {
		return usageError{e.tr("create, list, and revoke with the id of a key are known", "仅支持 create、list，以及带密钥编号的 revoke")}
	}
	vars := map[string]any{"u": *user, "l": *label}
	if *expires != "" {
		day, err := time.ParseInLocation(time.DateOnly, *expires, time.Local)
		if err != nil {
			return usageError{e.tr("--expires is a date such as 2027-01-31", "--expires 须为日期，如 2027-01-31")}
		}
		vars["x"] = day.AddDate(0, 0, 1).Format(time.RFC3339)
	}
	if *budget != 0 {
		vars["b"] = *budget
	}
	if *scope != "" {
		vars["s"] = scopeOf(*scope)
	}
	cl, err := e.connect(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = joinClose(ctx, cl, err) }()
	switch pos[0] {
	case "list":
		return e.listKeys(ctx, cl, *user, c.json)
	case "revoke":
		var res struct{ RevokeKey bool }
		return cl.admin(ctx, `mutation($u: String!, $i: ID!) { revokeKey(login: $u, id: $i) }`, map[string]any{"u": *user, "i": pos[1]}, &res)
	}
	var res struct{ CreateKey string }
	err = cl.admin(ctx, `mutation($u: String!, $l: String, $x: DateTime, $b: Int, $s: Scope) { createKey(login: $u, label: $l, expires: $x, budget: $b, scope: $s) }`, vars, &res)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(e.out, res.CreateKey)
	return err
}

// scopeOf reads "read-only,account,order.settle".
func scopeOf(text string) map[string]any {
	out, objects, actions := map[string]any{}, []string{}, []string{}
	for word := range strings.SplitSeq(text, ",") {
		switch word = strings.TrimSpace(word); {
		case word == "read-only":
			out["readOnly"] = true
		case strings.Contains(word, "."):
			actions = append(actions, word)
		default:
			objects = append(objects, word)
		}
	}
	out["objects"], out["actions"] = objects, actions
	return out
}

type keyView struct {
	ID        string     `json:"id"`
	Label     string     `json:"label"`
	CreatedAt *time.Time `json:"createdAt"`
	UsedAt    *time.Time `json:"usedAt"`
	ExpiresAt *time.Time `json:"expiresAt"`
	ReadOnly  bool       `json:"readOnly"`
	Objects   []string   `json:"objects"`
	Actions   []string   `json:"actions"`
}

func (e *env) listKeys(ctx context.Context, cl *client, login string, asJSON bool) error {
	var res struct{ Login *struct{ Keys []keyView } }
	err := cl.admin(ctx, `query($u: String!) { login(name: $u) { keys { id label createdAt usedAt expiresAt readOnly objects actions } } }`, map[string]any{"u": login}, &res)
	if err != nil {
		return err
	}
	if res.Login == nil {
		return fmt.Errorf(e.tr("there is no login %s", "没有登录名 %s"), login)
	}
	if asJSON {
		return writeJSON(e.out, res.Login.Keys)
	}
	for _, k := range res.Login.Keys {
		used, until, scope := e.tr("never used", "未使用"), "-", append(k.Objects, k.Actions...)
		if k.UsedAt != nil {
			used = k.UsedAt.Local().Format(time.DateTime)
		}
		if k.ExpiresAt != nil {
			until = k.ExpiresAt.Local().Format(time.DateTime)
		}
		if k.ReadOnly {
			scope = append([]string{"read-only"}, scope...)
		}
		fmt.Fprintf(e.out, "%-20s %-19s %-19s %s  %s\n", k.ID, used, until, k.Label, strings.Join(scope, ","))
	}
	return nil
}
