package main

import (
	"context"
	"fmt"
	"time"
)

func keyVerb() verb {
	return verb{"key", "create [--data DIR] --user LOGIN [--label TEXT] [--expires 2027-01-31] [--budget COST]",
		"make an API key; the last line printed is the key", "创建 API 密钥；最后一行即密钥", runKey}
}

func runKey(ctx context.Context, e *env, args []string) (err error) {
	fs, c := e.flags("key")
	user := fs.String("user", "admin", e.tr("login that the key acts for", "密钥所属登录名"))
	label := fs.String("label", "", e.tr("what the key is for", "密钥用途"))
	expires := fs.String("expires", "", e.tr("last day on which the key works", "密钥有效期至"))
	budget := fs.Int64("budget", 0, e.tr("what the key's operations may cost in a minute, in values read; 0 for no limit", "密钥每分钟可用的操作成本（读取的值数）；0 表示不限"))
	pos, err := parse(fs, args, 1)
	if err != nil {
		return err
	}
	if pos[0] != "create" {
		return usageError{e.tr("only create is known", "仅支持 create")}
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
	cl, err := e.connect(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = joinClose(ctx, cl, err) }()
	var res struct{ CreateKey string }
	if err := cl.admin(ctx, `mutation($u: String!, $l: String, $x: DateTime, $b: Int) { createKey(login: $u, label: $l, expires: $x, budget: $b) }`, vars, &res); err != nil {
		return err
	}
	_, err = fmt.Fprintln(e.out, res.CreateKey)
	return err
}
