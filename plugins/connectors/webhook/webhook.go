// Package webhook is the connector that tells other systems of events, signed as Standard Webhooks
// (https://www.standardwebhooks.com) say.
package webhook

import (
	"bytes"
	"context"
	"net/http"
	"strconv"

	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/workflow/connect"
)

// Connector is the connector.
type Connector struct{}

var _ connect.Connector = Connector{}

// Type is "webhook".
func (Connector) Type() string { return "webhook" }

// Check needs HTTP.
func (Connector) Check(c *model.Connection) []connect.Problem {
	return connect.Needs(c, "http https", "none basic bearer api_key oauth2_client oauth2_refresh signature")
}

// Send posts an event. Whatever is not success may be tried again: the receiver may not be ready yet.
func (Connector) Send(ctx context.Context, c *connect.Call, m connect.Message) (connect.Receipt, error) {
	return post(ctx, c, m.ID, m.Data)
}

// probe is the body of a probe; receivers know it by its type.
var probe = []byte(`{"type":"tenon.probe"}`)

// Probe posts an event of the type tenon.probe.
func (Connector) Probe(ctx context.Context, c *connect.Call) error {
	_, err := post(ctx, c, "probe_"+strconv.FormatInt(c.Clock.Now().UnixMilli(), 10), probe)
	return err
}

func post(ctx context.Context, c *connect.Call, id string, body []byte) (connect.Receipt, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Decl.Address, bytes.NewReader(body))
	if err != nil {
		return connect.Receipt{}, connect.Faultf(connect.Misconfigured, "the request cannot be made")
	}
	now := c.Clock.Now()
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("User-Agent", "Tenon")
	r.Header.Set(connect.HeaderID, id)
	r.Header.Set(connect.HeaderTimestamp, strconv.FormatInt(now.Unix(), 10))
	if c.Decl.Auth.Type == "signature" {
		secret, err := c.Secret(ctx)
		if err != nil {
			return connect.Receipt{}, err
		}
		r.Header.Set(connect.HeaderSignature, connect.Sign(secret, id, now, body))
	}
	a, err := c.Do(ctx, r)
	if f := connect.FaultOf(ctx, err); f != nil {
		if f.Kind == connect.Rejected && f.Status != http.StatusGone {
			f.Kind = connect.Broken
		}
		return connect.Receipt{Status: f.Status}, f
	}
	return connect.Receipt{Status: a.Status}, nil
}
