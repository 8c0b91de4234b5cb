package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

func connectionVerb() verb {
	return verb{"connection", "list | probe NAME | enable NAME | disable NAME  [--data DIR] [--locale en] [--json]",
		"connections to other systems and how they do; probe calls one without an effect", "外部连接及其状态；probe 进行无副作用的连通检查", runConnection}
}

type connectionView struct {
	Name           string     `json:"name"`
	Label          string     `json:"label"`
	Type           string     `json:"type"`
	Address        string     `json:"address"`
	Disabled       bool       `json:"disabled"`
	FailingSince   *time.Time `json:"failingSince"`
	ProbedAt       *time.Time `json:"probedAt"`
	ProbeOk        *bool      `json:"probeOk"`
	ProbeFault     string     `json:"probeFault,omitempty"`
	ProbeDetail    string     `json:"probeDetail,omitempty"`
	MissingSecrets []string   `json:"missingSecrets"`
}

const connectionFields = `{ name label(locale: $l) type address disabled failingSince probedAt probeOk probeFault probeDetail missingSecrets }`

func runConnection(ctx context.Context, e *env, args []string) (err error) {
	fs, c := e.flags("connection")
	locale := fs.String("locale", e.tr("en", "zh-CN"), e.tr("language of the labels", "标签语言"))
	pos, err := parse(fs, args, -1)
	if err != nil {
		return err
	}
	if len(pos) == 0 || len(pos) != map[string]int{"list": 1, "probe": 2, "enable": 2, "disable": 2}[pos[0]] {
		return usageError{e.tr("list, probe NAME, enable NAME or disable NAME is needed", "须为 list、probe NAME、enable NAME 或 disable NAME")}
	}
	cl, err := e.connect(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = joinClose(ctx, cl, err) }()
	vars := map[string]any{"l": *locale}
	var res struct {
		Connections []connectionView
		One         *connectionView
	}
	query := `query($l: String!) { connections ` + connectionFields + ` }`
	switch pos[0] {
	case "probe":
		vars["n"] = pos[1]
		query = `mutation($n: String!, $l: String!) { one: probeConnection(name: $n) ` + connectionFields + ` }`
	case "enable", "disable":
		vars["n"], vars["d"] = pos[1], pos[0] == "disable"
		query = `mutation($n: String!, $d: Boolean!, $l: String!) { one: setConnectionDisabled(name: $n, disabled: $d) ` + connectionFields + ` }`
	}
	if err := cl.admin(ctx, query, vars, &res); err != nil {
		return err
	}
	if res.One != nil {
		res.Connections = []connectionView{*res.One}
	}
	if err := e.showConnections(c.json, res.Connections); err != nil {
		return err
	}
	if pos[0] == "probe" && res.One != nil && res.One.ProbeFault != "" {
		return errFailed
	}
	return nil
}

func (e *env) showConnections(asJSON bool, all []connectionView) error {
	if asJSON {
		return writeJSON(e.out, all)
	}
	for _, v := range all {
		how := e.tr("not probed yet", "尚未检查")
		switch {
		case v.Disabled:
			how = e.tr("switched off", "已停用")
		case v.ProbeFault != "":
			how = strings.TrimSpace(v.ProbeFault + " " + v.ProbeDetail)
		case v.ProbedAt != nil:
			how = e.tr("well", "正常")
		}
		if len(v.MissingSecrets) > 0 {
			how += e.tr("; secrets to be set: ", "；待设置密钥：") + strings.Join(v.MissingSecrets, " ")
		}
		fmt.Fprintf(e.out, "%-16s %-9s %-40s %s  %s\n", v.Name, v.Type, v.Address, how, v.Label)
	}
	return nil
}
