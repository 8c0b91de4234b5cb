// Package feishu is the connector that sends messages of an application to people in Feishu (飞书).
package feishu

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/workflow/connect"
	"github.com/tenon-platform/tenon/workflow/connect/app"
)

// Connector is the connector.
type Connector struct{}

var _ connect.Connector = Connector{}

// Type is "feishu".
func (Connector) Type() string { return "feishu" }

// Check needs the application's id as auth.user.
func (Connector) Check(c *model.Connection) []connect.Problem {
	return connect.Needs(c, "http https", "app")
}

// platform speaks as Feishu's server API does.
var platform = app.Platform{Code: "code", Message: "msg",
	Token: func(ctx context.Context, address, id, secret string) (*http.Request, error) {
		return connect.JSON(ctx, http.MethodPost, address+"/open-apis/auth/v3/tenant_access_token/internal", map[string]string{"app_id": id, "app_secret": secret})
	},
	Read: func(body []byte) (string, time.Duration) {
		var got struct {
			Token string `json:"tenant_access_token"`
			Life  int64  `json:"expire"`
		}
		_ = json.Unmarshal(body, &got)
		return got.Token, time.Duration(got.Life) * time.Second
	},
	Expired: []int{99991661, 99991663, 99991668},
	Codes: map[int]connect.Kind{10003: connect.Credentials, 10014: connect.Credentials, 99991661: connect.Credentials, 99991663: connect.Credentials, 99991668: connect.Credentials,
		99991672: connect.Credentials, 230027: connect.Credentials, 99991400: connect.Throttled, 230020: connect.Throttled},
}

// maxUUID is how many characters Feishu takes of what tells messages apart.
const maxUUID = 50

// Send sends a text to one person, by open_id. Feishu drops a repetition of the same message for an hour.
func (Connector) Send(ctx context.Context, c *connect.Call, m connect.Message) (connect.Receipt, error) {
	if m.To == "" {
		return connect.Receipt{}, connect.Faultf(connect.Rejected, "there is no one person to send to")
	}
	content, err := json.Marshal(map[string]string{"text": app.Text(m)})
	if err != nil {
		return connect.Receipt{}, err
	}
	got, err := platform.Send(ctx, c, func(token string) (*http.Request, error) {
		r, err := connect.JSON(ctx, http.MethodPost, c.Decl.Address+"/open-apis/im/v1/messages?receive_id_type=open_id", map[string]string{
			"receive_id": m.To, "msg_type": "text", "content": string(content), "uuid": m.ID[:min(len(m.ID), maxUUID)]})
		if err == nil {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		return r, err
	})
	if err != nil {
		return connect.Receipt{}, err
	}
	var took struct {
		Data struct {
			ID string `json:"message_id"`
		} `json:"data"`
	}
	if err := json.Unmarshal(got.Body, &took); err != nil {
		return connect.Receipt{}, connect.Faultf(connect.Broken, "the answer cannot be read")
	}
	return connect.Receipt{Status: http.StatusOK, Values: map[string]string{"id": took.Data.ID}}, nil
}

// Probe gets a token.
func (Connector) Probe(ctx context.Context, c *connect.Call) error { return platform.Probe(ctx, c) }
