package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"
	"time"
)

func tenantVerb() verb {
	return verb{"tenant", "create|list|suspend|resume|remove|limits|operator [--data DIR] [--packages NAME,…] [--hosts HOST,…] [--limits NAME=N,…] [--demo] [--yes] [--revoke] [--json] [NAME]",
		"tenants of a data directory; create prints the first administrator's password once", "数据目录中的租户；create 仅显示一次首位管理员的密码", runTenant}
}

type tenantView struct {
	Name      string         `json:"name"`
	State     string         `json:"state"`
	Default   bool           `json:"default"`
	Hosts     []string       `json:"hosts"`
	CreatedAt time.Time      `json:"createdAt"`
	Open      bool           `json:"open"`
	DueAt     *time.Time     `json:"dueAt"`
	Limits    map[string]any `json:"limits"`
	Use       map[string]any `json:"use"`
}

const tenantFields = `{ name state default hosts createdAt open dueAt limits { rate burst storage scripts cpu jobs runs queue } use { requests storage scripts cpu jobs } }`

func runTenant(ctx context.Context, e *env, args []string) (err error) {
	fs, c := e.flags("tenant")
	pkgs := fs.String("packages", "", e.tr("standard packages of the new tenant, between commas; all if not given, - for none", "新租户的标准软件包，以逗号分隔；缺省为全部，- 表示不安装"))
	hosts := fs.String("hosts", "", e.tr("names of hosts at which the tenant is found, between commas", "访问该租户的主机名，以逗号分隔"))
	limits := fs.String("limits", "", e.tr("rate, burst, storage, scripts, cpu, jobs, runs and queue, such as rate=50,storage=1000000000", "限额 rate、burst、storage、scripts、cpu、jobs、runs、queue，如 rate=50,storage=1000000000"))
	demo := fs.Bool("demo", false, e.tr("load demo data with the packages", "随软件包加载演示数据"))
	yes := fs.Bool("yes", false, e.tr("remove without asking", "移除时不再询问"))
	revoke := fs.Bool("revoke", false, e.tr("the login operates no longer", "取消该登录名的运营权限"))
	pos, err := parse(fs, args, -1)
	if err != nil {
		return err
	}
	want := 2
	if len(pos) > 0 && pos[0] == "list" {
		want = 1
	}
	if len(pos) != want {
		return usageError{e.tr("say what to do, and with which tenant", "请指明操作与租户")}
	}
	if c.tenant != "" {
		return usageError{e.tr("tenants are operated at the default tenant alone", "只能在默认租户中管理租户")}
	}
	set, err := parseLimits(*limits)
	if err != nil {
		return usageError{err.Error()}
	}
	if pos[0] == "remove" && !*yes {
		if err := e.confirm(pos[1]); err != nil {
			return err
		}
	}
	cl, err := e.connect(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = joinClose(ctx, cl, err) }()
	switch pos[0] {
	case "create":
		vars := map[string]any{"n": pos[1], "h": names(*hosts), "l": set, "d": *demo}
		if *pkgs != "" {
			vars["p"] = names(strings.TrimPrefix(*pkgs, "-"))
		}
		return e.createTenant(ctx, cl, vars, c.json)
	case "list":
		var res struct{ Tenants []tenantView }
		if err := cl.admin(ctx, `{ tenants `+tenantFields+` }`, nil, &res); err != nil {
			return err
		}
		return e.showTenants(res.Tenants, c.json)
	case "suspend", "resume":
		var res struct{ Tenant tenantView }
		if err := cl.admin(ctx, `mutation($n: String!) { tenant: `+pos[0]+`Tenant(name: $n) `+tenantFields+` }`, map[string]any{"n": pos[1]}, &res); err != nil {
			return err
		}
		return e.showTenants([]tenantView{res.Tenant}, c.json)
	case "limits":
		var res struct{ Tenant tenantView }
		if err := cl.admin(ctx, `mutation($n: String!, $l: TenantLimitsInput!) { tenant: setTenantLimits(name: $n, limits: $l) `+tenantFields+` }`, map[string]any{"n": pos[1], "l": set}, &res); err != nil {
			return err
		}
		return e.showTenants([]tenantView{res.Tenant}, c.json)
	case "remove":
		var res struct{ RemoveTenant bool }
		return cl.admin(ctx, `mutation($n: String!) { removeTenant(name: $n, confirm: $n) }`, map[string]any{"n": pos[1]}, &res)
	case "operator":
		var res struct{ SetOperator []string }
		if err := cl.admin(ctx, `mutation($l: String!, $o: Boolean!) { setOperator(login: $l, operator: $o) }`, map[string]any{"l": pos[1], "o": !*revoke}, &res); err != nil {
			return err
		}
		if c.json {
			return writeJSON(e.out, res.SetOperator)
		}
		_, err := fmt.Fprintln(e.out, strings.Join(res.SetOperator, "\n"))
		return err
	}
	return usageError{e.tr("create, list, suspend, resume, remove, limits and operator are known", "仅支持 create、list、suspend、resume、remove、limits 与 operator")}
}

// names splits names between commas.
func names(text string) []string {
	out := []string{}
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// parseLimits reads "rate=50,storage=1000000000".
func parseLimits(text string) (map[string]any, error) {
	out := map[string]any{}
	for _, part := range names(text) {
		name, n, _ := strings.Cut(part, "=")
		var v int64
		if _, err := fmt.Sscanf(n, "%d", &v); err != nil || !strings.Contains(" rate burst storage scripts cpu jobs runs queue ", " "+name+" ") {
			return nil, fmt.Errorf("--limits takes rate, burst, storage, scripts, cpu, jobs, runs and queue, such as rate=50")
		}
		out[name] = v
	}
	return out, nil
}

// confirm asks for the name of what is to be removed.
func (e *env) confirm(name string) error {
	fmt.Fprintf(e.err, e.tr("This removes the tenant %s with all of its data. Type its name to go on: ", "此操作将移除租户 %s 及其全部数据。请输入租户名以继续："), name)
	line, _ := bufio.NewReader(os.Stdin).ReadString('\n') // the end of the input is no confirmation
	if strings.TrimSpace(line) != name {
		fmt.Fprintln(e.err, e.tr("nothing was removed", "未移除任何内容"))
		return errFailed
	}
	return nil
}

func (e *env) createTenant(ctx context.Context, cl *client, vars map[string]any, asJSON bool) error {
	var res struct {
		CreateTenant struct {
			Tenant   tenantView `json:"tenant"`
			Login    string     `json:"login"`
			Password string     `json:"password"`
		}
	}
	err := cl.admin(ctx, `mutation($n: String!, $p: [String!], $h: [String!], $l: TenantLimitsInput, $d: Boolean) {
		createTenant(name: $n, packages: $p, hosts: $h, limits: $l, demo: $d) { tenant `+tenantFields+` login password } }`, vars, &res)
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(e.out, res.CreateTenant)
	}
	fmt.Fprintf(e.out, e.tr("Tenant %s is ready. First administrator: user %s, password %s (shown this once)\n",
		"租户 %s 已就绪。首位管理员：用户 %s，密码 %s（仅显示一次）\n"), vars["n"], res.CreateTenant.Login, res.CreateTenant.Password)
	return nil
}

func (e *env) showTenants(all []tenantView, asJSON bool) error {
	if asJSON {
		return writeJSON(e.out, all)
	}
	for _, t := range all {
		open := e.tr("closed", "未打开")
		if t.Open {
			open = e.tr("open", "已打开")
		}
		var limits []string
		for _, name := range []string{"rate", "burst", "storage", "scripts", "cpu", "jobs", "runs", "queue"} {
			if n, ok := t.Limits[name].(float64); ok {
				limits = append(limits, fmt.Sprintf("%s=%.0f", name, n))
			}
		}
		fmt.Fprintf(e.out, "%-31s %-9s %-6s %s %s %s\n", t.Name, t.State, open, t.CreatedAt.Local().Format(time.DateTime), strings.Join(t.Hosts, ","), strings.Join(limits, ","))
	}
	return nil
}
