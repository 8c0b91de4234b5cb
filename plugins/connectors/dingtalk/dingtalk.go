// Package dingtalk is the connector that sends work notices of an application to people in DingTalk (钉钉).
package dingtalk

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/workflow/connect"
	"github.com/tenon-platform/tenon/workflow/connect/app"
)

// Connector is the connector.
type Connector struct{}

var _ connect.Connector = Connector{}

// Type is "dingtalk".
func (Connector) Type() string { return "dingtalk" }

// Check needs the application's key as auth.user and its agent's number as from.
func (Connector) Check(c *model.Connection) []connect.Problem {
	return append(connect.Needs(c, "http https", "app"), app.NeedsAgent(c, "agent_id")...)
}

// platform speaks as DingTalk's server API does.
var platform = app.Platform{Code: "errcode", Message: "errmsg",
	Token: func(ctx context.Context, address, id, secret string) (*http.Request, error) {
		return connect.JSON(ctx, http.MethodGet, address+"/gettoken?"+url.Values{"appkey": {id}, "appsecret": {secret}}.Encode(), nil)
	},
	Read:    app.AccessToken,
	Expired: []int{40001, 40014, 42001},
	Codes: map[int]connect.Kind{-1: connect.Broken, 40001: connect.Credentials, 40014: connect.Credentials, 40089: connect.Credentials, 42001: connect.Credentials,
		88: connect.Throttled, 90002: connect.Throttled, 90018: connect.Throttled, 143103: connect.Throttled, 143104: connect.Throttled, 143105: connect.Throttled},
}

// Send sends a text to one person.
func (Connector) Send(ctx context.Context, c *connect.Call, m connect.Message) (connect.Receipt, error) {
	if m.To == "" || strings.Contains(m.To, ",") {
		return connect.Receipt{}, connect.Faultf(connect.Rejected, "there is no one person to send to")
	}
	agent, err := app.Agent(c.Decl)
	if err != nil {
		return connect.Receipt{}, err
	}
	got, err := platform.Send(ctx, c, func(token string) (*http.Request, error) {
		return connect.JSON(ctx, http.MethodPost, c.Decl.Address+"/topapi/message/corpconversation/asyncsend_v2?access_token="+url.QueryEscape(token), map[string]any{
			"agent_id": agent, "userid_list": m.To, "msg": map[string]any{"msgtype": "text", "text": map[string]string{"content": app.Text(m)}}})
	})
	if err != nil {
		return connect.Receipt{}, err
	}
	var took struct {
		Task int64 `json:"task_id"`
	}
	if err := json.Unmarshal(got.Body, &took); err != nil {
		return connect.Receipt{}, connect.Faultf(connect.Broken, "the answer cannot be read")
	}
	return connect.Receipt{Status: http.StatusOK, Values: map[string]string{"id": strconv.FormatInt(took.Task, 10)}}, nil
}

// Probe gets a token.
func (Connector) Probe(ctx context.Context, c *connect.Call) error { return platform.Probe(ctx, c) }
