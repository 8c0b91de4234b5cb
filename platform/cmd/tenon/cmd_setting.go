package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

func settingVerb() verb {
	return verb{"setting", "list [PACKAGE] | get NAME | set NAME VALUE | unset NAME | history NAME  [--data DIR] [--brand ID] [--locale en] [--json]",
		"show and choose the settings of packages; VALUE is JSON, or plain text", "查看和修改软件包设置；VALUE 为 JSON 或纯文本", runSetting}
}

// settingView is a setting as the administration API tells of it.
type settingView struct {
	Name    string          `json:"name"`
	Type    string          `json:"type"`
	Label   string          `json:"label"`
	ByBrand bool            `json:"byBrand"`
	Default json.RawMessage `json:"default"`
	Value   json.RawMessage `json:"value"`
	Chosen  bool            `json:"chosen"`
	Brands  []struct {
		Brand string          `json:"brand"`
		Value json.RawMessage `json:"value"`
	} `json:"brands"`
}

const settingFields = `{ name type label(locale: $l) byBrand default value chosen brands { brand value } }`

func runSetting(ctx context.Context, e *env, args []string) (err error) {
	fs, c := e.flags("setting")
	brand := fs.String("brand", "", e.tr("id of the brand that the value is for", "取值所属品牌的编号"))
	locale := fs.String("locale", e.tr("en", "zh-CN"), e.tr("language of the labels", "标签语言"))
	pos, err := parse(fs, args, -1)
	if err != nil {
		return err
	}
	takes := map[string][]int{"list": {1, 2}, "get": {2, 2}, "set": {3, 3}, "unset": {2, 2}, "history": {2, 2}}
	if len(pos) == 0 || takes[pos[0]] == nil || len(pos) < takes[pos[0]][0] || len(pos) > takes[pos[0]][1] {
		return usageError{e.tr("list, get, set, unset or history is needed, with their arguments", "须为 list、get、set、unset 或 history 及其参数")}
	}
	cl, err := e.connect(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = joinClose(ctx, cl, err) }()
	vars := map[string]any{"l": *locale}
	switch pos[0] {
	case "history":
		return e.settingHistory(ctx, cl, c.json, pos[1])
	case "set", "unset":
		vars["n"], vars["v"] = pos[1], nil
		if pos[0] == "set" {
			vars["v"] = jsonOrText(pos[2])
		}
		if *brand != "" {
			vars["b"] = *brand
		}
		var res struct{ SetSetting settingView }
		if err := cl.admin(ctx, `mutation($n: String!, $v: JSON, $b: ID, $l: String!) { setSetting(name: $n, value: $v, brand: $b) `+settingFields+` }`, vars, &res); err != nil {
			return err
		}
		return e.showSettings(c.json, []settingView{res.SetSetting})
	}
	var res struct{ Settings []settingView }
	if pos[0] == "list" && len(pos) == 2 {
		vars["p"] = pos[1]
	}
	if err := cl.admin(ctx, `query($p: String, $l: String!) { settings(package: $p) `+settingFields+` }`, vars, &res); err != nil {
		return err
	}
	if pos[0] == "list" {
		return e.showSettings(c.json, res.Settings)
	}
	for _, s := range res.Settings {
		if s.Name == pos[1] {
			return e.showSettings(c.json, []settingView{s})
		}
	}
	return fmt.Errorf(e.tr("there is no setting %s", "没有设置 %s"), pos[1])
}

// jsonOrText reads an argument as JSON, and what is none as text.
func jsonOrText(arg string) any {
	if raw := json.RawMessage(arg); json.Valid(raw) {
		return raw
	}
	return arg
}

func (e *env) showSettings(asJSON bool, all []settingView) error {
	if asJSON {
		return writeJSON(e.out, all)
	}
	for _, s := range all {
		mark := " "
		if s.Chosen {
			mark = "*"
		}
		fmt.Fprintf(e.out, "%s %s = %s  (%s) %s\n", mark, s.Name, s.Value, s.Type, s.Label)
		for _, b := range s.Brands {
			fmt.Fprintf(e.out, "    %s = %s\n", b.Brand, b.Value)
		}
	}
	return nil
}

func (e *env) settingHistory(ctx context.Context, cl *client, asJSON bool, name string) error {
	var res struct {
		SettingHistory []struct {
			At    time.Time       `json:"at"`
			By    string          `json:"by"`
			Brand string          `json:"brand,omitempty"`
			Old   json.RawMessage `json:"old"`
			New   json.RawMessage `json:"new"`
		}
	}
	if err := cl.admin(ctx, `query($n: String!) { settingHistory(name: $n) { at by brand old new } }`, map[string]any{"n": name}, &res); err != nil {
		return err
	}
	if asJSON {
		return writeJSON(e.out, res.SettingHistory)
	}
	for _, h := range res.SettingHistory {
		fmt.Fprintf(e.out, "%s  %-10s %s → %s  %s\n", h.At.Local().Format("2006-01-02 15:04:05"), h.By, h.Old, h.New, h.Brand)
	}
	return nil
}
