// Package wecom is the connector that sends messages of an application to people in WeCom (企业微信).
package wecom

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/workflow/connect"
	"github.com/tenon-platform/tenon/workflow/connect/app"
)

// Connector is the connector.
type Connector struct{}

var _ connect.Connector = Connector{}

// Type is "wecom".
func (Connector) Type() string { return "wecom" }

// Check needs the corporation's id as auth.user and the application's number as from.
func (Connector) Check(c *model.Connection) []connect.Problem {
	return append(connect.Needs(c, "http https", "app"), app.NeedsAgent(c, "agentid")...)
}

// platform speaks as WeCom's server API does.
var platform = app.Platform{Code: "errcode", Message: "errmsg",
	Token: func(ctx context.Context, address, id, secret string) (*http.Request, error) {
		return connect.JSON(ctx, http.MethodGet, address+"/cgi-bin/gettoken?"+url.Values{"corpid": {id}, "corpsecret": {secret}}.Encode(), nil)
	},
	Read:    app.AccessToken,
	Expired: []int{40014, 42001},
	Codes: map[int]connect.Kind{-1: connect.Broken, 40001: connect.Credentials, 40013: connect.Credentials, 40014: connect.Credentials, 42001: connect.Credentials,
		60020: connect.Credentials, 301002: connect.Credentials, 45009: connect.Throttled, 45033: connect.Throttled},
}

// duplicates is how long, in seconds, WeCom itself keeps from showing a text twice.
const duplicates = 4 * 60 * 60

// Send sends a text to one person. WeCom drops a repetition of the same text within four hours.
func (Connector) Send(ctx context.Context, c *connect.Call, m connect.Message) (connect.Receipt, error) {
	if m.To == "" || strings.ContainsAny(m.To, "|@") {
		return connect.Receipt{}, connect.Faultf(connect.Rejected, "there is no one person to send to")
	}
	agent, err := app.Agent(c.Decl)
	if err != nil {
		return connect.Receipt{}, err
	}
	got, err := platform.Send(ctx, c, func(token string) (*http.Request, error) {
		return connect.JSON(ctx, http.MethodPost, c.Decl.Address+"/cgi-bin/message/send?access_token="+url.QueryEscape(token), map[string]any{
			"touser": m.To, "msgtype": "text", "agentid": agent, "text": map[string]string{"content": app.Text(m)},
			"enable_duplicate_check": 1, "duplicate_check_interval": duplicates})
	})
	if err != nil {
		return connect.Receipt{}, err
	}
	var took struct {
		Invalid string `json:"invaliduser"`
		ID      string `json:"msgid"`
	}
	if err := json.Unmarshal(got.Body, &took); err != nil {
		return connect.Receipt{}, connect.Faultf(connect.Broken, "the answer cannot be read")
	}
	if took.Invalid != "" {
		return connect.Receipt{}, connect.Faultf(connect.Rejected, "nobody is called %s", took.Invalid)
	}
	return connect.Receipt{Status: http.StatusOK, Values: map[string]string{"id": took.ID}}, nil
}

// Probe gets a token.
func (Connector) Probe(ctx context.Context, c *connect.Call) error { return platform.Probe(ctx, c) }
