package main

import (
	"context"
	"fmt"
	"time"
)

func userVerb() verb {
	return verb{"user", "create|list|disable|enable|password [--data DIR] [--user RECORD-ID] [--admin] [--json] [LOGIN]",
		"logins of users; create and password print, on the last line, a token that sets the password once", "用户登录名；create 与 password 的最后一行为一次性设置密码的令牌", runUser}
}

type loginView struct {
	Name        string     `json:"name"`
	User        *string    `json:"user"`
	Admin       bool       `json:"admin"`
	Disabled    bool       `json:"disabled"`
	HasPassword bool       `json:"hasPassword"`
	TOTP        bool       `json:"totp"`
	SignedInAt  *time.Time `json:"signedInAt"`
}

type invitationView struct {
	Login   string    `json:"login"`
	Token   string    `json:"token"`
	Expires time.Time `json:"expires"`
}

func runUser(ctx context.Context, e *env, args []string) (err error) {
	fs, c := e.flags("user")
	user := fs.String("user", "", e.tr("id of the user's record; if not given, the record whose sign-in name is LOGIN", "用户记录编号；缺省为登录名相同的用户记录"))
	admin := fs.Bool("admin", false, e.tr("the login may administer the tenant", "允许管理租户"))
	pos, err := parse(fs, args, -1)
	if err != nil {
		return err
	}
	want := 2
	if len(pos) > 0 && pos[0] == "list" {
		want = 1
	}
	if len(pos) != want {
		return usageError{e.tr("say what to do, and with which login", "请指明操作与登录名")}
	}
	cl, err := e.connect(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = joinClose(ctx, cl, err) }()
	switch pos[0] {
	case "list":
		return e.listLogins(ctx, cl, c.json)
	case "create":
		vars := map[string]any{"l": pos[1], "a": *admin}
		if *user != "" {
			vars["u"] = *user
		}
		var res struct{ CreateLogin invitationView }
		err := cl.admin(ctx, `mutation($l: String!, $u: ID, $a: Boolean) { createLogin(login: $l, user: $u, admin: $a) { login token expires } }`, vars, &res)
		return e.invited(err, res.CreateLogin, c.json)
	case "password":
		var res struct{ ResetPassword invitationView }
		err := cl.admin(ctx, `mutation($l: String!) { resetPassword(login: $l) { login token expires } }`, map[string]any{"l": pos[1]}, &res)
		return e.invited(err, res.ResetPassword, c.json)
	case "disable", "enable":
		var res struct{ SetLoginDisabled loginView }
		return cl.admin(ctx, `mutation($l: String!, $d: Boolean!) { setLoginDisabled(login: $l, disabled: $d) { name } }`,
			map[string]any{"l": pos[1], "d": pos[0] == "disable"}, &res)
	}
	return usageError{e.tr("create, list, disable, enable and password are known", "仅支持 create、list、disable、enable 与 password")}
}

// invited prints an invitation, and how it is used.
func (e *env) invited(err error, v invitationView, asJSON bool) error {
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(e.out, v)
	}
	fmt.Fprintf(e.out, e.tr("%s sets a password with POST /password {\"token\": …, \"password\": …} before %s:\n%s\n", "%s 须在 %[2]s 前以 POST /password {\"token\": …, \"password\": …} 设置密码：\n%[3]s\n"),
		v.Login, v.Expires.Local().Format(time.DateTime), v.Token)
	return nil
}

func (e *env) listLogins(ctx context.Context, cl *client, asJSON bool) error {
	all := []loginView{}
	for after := ""; ; after = all[len(all)-1].Name {
		var res struct{ Logins []loginView }
		err := cl.admin(ctx, `query($a: String) { logins(after: $a, first: 500) { name user admin disabled hasPassword totp signedInAt } }`, map[string]any{"a": after}, &res)
		if err != nil {
			return err
		}
		if all = append(all, res.Logins...); len(res.Logins) == 0 {
			break
		}
	}
	if asJSON {
		return writeJSON(e.out, all)
	}
	for _, l := range all {
		state, user, seen := e.tr("active", "启用"), "-", "-"
		switch {
		case l.Disabled:
			state = e.tr("disabled", "停用")
		case !l.HasPassword:
			state = e.tr("invited", "待设置密码")
		}
		if l.Admin {
			state += e.tr(", administrator", "，管理员")
		}
		if l.User != nil {
			user = *l.User
		}
		if l.SignedInAt != nil {
			seen = l.SignedInAt.Local().Format(time.DateTime)
		}
		fmt.Fprintf(e.out, "%-24s %-24s %-19s %s\n", l.Name, user, seen, state)
	}
	return nil
}
