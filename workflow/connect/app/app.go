// Package app is what the connectors of work platforms (WeCom, DingTalk, Feishu) share: an application
// has a number and a secret, with which it gets a token that is good for some hours.
package app

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/tenon-platform/tenon/workflow/connect"
)

// Reply is an answer of a platform: a code, 0 for success, beside what is asked for.
type Reply struct {
	Code    int
	Message string
	Body    []byte
}

// Platform is how one work platform does it.
type Platform struct {
	// Token makes the request for a token, and Read reads it and its life out of the answer.
	Token func(ctx context.Context, address, id, secret string) (*http.Request, error)
	Read  func(body []byte) (token string, life time.Duration)
	// Code names the keys of an answer's code and message.
	Code, Message string
	// Codes are kinds of faults by code; all others are Rejected.
	Codes map[int]connect.Kind
	// Expired are codes that say that the token is not good any more.
	Expired []int
}

// Fetch sends a request and reads its answer.
func (p Platform) Fetch(ctx context.Context, c *connect.Call, r *http.Request) (Reply, error) {
	a, err := c.Do(ctx, r)
	if f := connect.FaultOf(ctx, err); f != nil && f.Kind != connect.Rejected && f.Kind != connect.Credentials {
		return Reply{}, f
	}
	body := a.Body
	var doc map[string]json.RawMessage
	if json.Unmarshal(body, &doc) != nil || doc[p.Code] == nil {
		if err != nil {
			return Reply{}, err
		}
		return Reply{}, connect.Faultf(connect.Broken, "the answer has no %s", p.Code)
	}
	out := Reply{Body: body}
	if json.Unmarshal(doc[p.Code], &out.Code) != nil {
		return Reply{}, connect.Faultf(connect.Broken, "the answer has no %s", p.Code)
	}
	_ = json.Unmarshal(doc[p.Message], &out.Message)
	if out.Code == 0 {
		return out, err
	}
	kind, known := p.Codes[out.Code]
	if !known {
		kind = connect.Rejected
	}
	f := connect.Faultf(kind, "%d %s", out.Code, out.Message)
	f.Status = a.Status
	return out, f
}

// token gives a token, got anew when none is kept or its time is over.
func (p Platform) token(ctx context.Context, c *connect.Call, anew bool) (string, error) {
	t, err := c.KeptToken(ctx)
	if err != nil {
		return "", err
	}
	if !anew && c.Good(t) {
		return t.Access, nil
	}
	secret, err := c.Secret(ctx)
	if err != nil {
		return "", err
	}
	r, err := p.Token(ctx, c.Decl.Address, c.Decl.Auth.User, secret)
	if err != nil {
		return "", err
	}
	got, err := p.Fetch(ctx, c, r)
	if f := connect.FaultOf(ctx, err); f != nil {
		if f.Kind == connect.Rejected {
			f.Kind = connect.Credentials
		}
		return "", f
	}
	text, life := p.Read(got.Body)
	if text == "" || life <= 0 {
		return "", connect.Faultf(connect.Broken, "the answer has no token")
	}
	return text, c.KeepToken(ctx, connect.Token{Access: text, Until: c.Clock.Now().Add(life)})
}

// Send sends what with makes of a token; once more with a new one when the token is refused.
func (p Platform) Send(ctx context.Context, c *connect.Call, with func(token string) (*http.Request, error)) (Reply, error) {
	for anew := false; ; anew = true {
		token, err := p.token(ctx, c, anew)
		if err != nil {
			return Reply{}, err
		}
		r, err := with(token)
		if err != nil {
			return Reply{}, err
		}
		got, err := p.Fetch(ctx, c, r)
		if err == nil || anew || !slices.Contains(p.Expired, got.Code) {
			return got, err
		}
	}
}

// Probe gets a token anew.
func (p Platform) Probe(ctx context.Context, c *connect.Call) error {
	_, err := p.token(ctx, c, true)
	return err
}

// Text is a message as one text.
func Text(m connect.Message) string {
	if m.Body == "" {
		return m.Subject
	}
	return m.Subject + "\n" + m.Body
}
