package connect

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// authorization is a header that shows who we are; the zero value: none.
type authorization struct {
	header, value string
	cached        bool // a token that was got before
}

// early is how long before its end a token is not used any more.
const early = 30 * time.Second

// authorization makes the credentials of a request.
func (c *Call) authorization(ctx context.Context) (authorization, error) {
	switch a := c.Decl.Auth; a.Type {
	case "basic", "bearer", "api_key":
		secret, err := c.Secret(ctx)
		if err != nil {
			return authorization{}, err
		}
		switch a.Type {
		case "basic":
			return authorization{header: "Authorization", value: "Basic " + base64.StdEncoding.EncodeToString([]byte(a.User+":"+secret))}, nil
		case "bearer":
			return authorization{header: "Authorization", value: "Bearer " + secret}, nil
		}
		return authorization{header: a.Header, value: secret}, nil
	case "oauth2_client", "oauth2_refresh":
		return c.granted(ctx)
	}
	return authorization{}, nil
}

// Token is a token that is kept for as long as it is good.
type Token struct {
	Access  string    `json:"access"`
	Refresh string    `json:"refresh,omitempty"`
	Until   time.Time `json:"until"`
}

// KeptToken gives the token of the connection as it is kept; the zero Token when there is none.
func (c *Call) KeptToken(ctx context.Context) (t Token, err error) {
	raw, err := c.Vault.Token(ctx, c.Decl.Name)
	if err != nil || raw == nil {
		return t, err
	}
	if json.Unmarshal(raw, &t) != nil {
		return Token{}, nil // written by something else: it is got anew
	}
	return t, nil
}

// KeepToken keeps a token.
func (c *Call) KeepToken(ctx context.Context, t Token) error {
	raw, err := json.Marshal(t)
	if err != nil {
		return err
	}
	return c.Vault.Keep(ctx, c.Decl.Name, raw)
}

// Good says whether a token may be used.
func (c *Call) Good(t Token) bool {
	return t.Access != "" && c.Clock.Now().Add(early).Before(t.Until)
}

// granted gives an OAuth 2 token, which is got when there is none or its time is over.
func (c *Call) granted(ctx context.Context) (authorization, error) {
	t, err := c.KeptToken(ctx)
	if err != nil {
		return authorization{}, err
	}
	if c.Good(t) {
		return authorization{header: "Authorization", value: "Bearer " + t.Access, cached: true}, nil
	}
	return c.grant(ctx, t)
}

// renewed gets a token in place of one that is refused.
func (c *Call) renewed(ctx context.Context) (authorization, error) {
	t, err := c.KeptToken(ctx)
	if err != nil {
		return authorization{}, err
	}
	return c.grant(ctx, t)
}

// noExpiry is how long a token is kept that says nothing of its end.
const noExpiry = time.Hour

func (c *Call) grant(ctx context.Context, was Token) (authorization, error) {
	secret, err := c.Secret(ctx)
	if err != nil {
		return authorization{}, err
	}
	a := c.Decl.Auth
	ctx2 := context.WithValue(ctx, oauth2.HTTPClient, c.bounded())
	var got *oauth2.Token
	if a.Type == "oauth2_client" {
		got, err = (&clientcredentials.Config{ClientID: a.User, ClientSecret: secret, TokenURL: a.Token, Scopes: a.Scopes}).Token(ctx2)
	} else {
		if was.Refresh == "" {
			if was.Refresh, err = c.Vault.Secret(ctx, a.Refresh); err != nil {
				return authorization{}, err
			}
		}
		got, err = (&oauth2.Config{ClientID: a.User, ClientSecret: secret, Scopes: a.Scopes, Endpoint: oauth2.Endpoint{TokenURL: a.Token}}).
			TokenSource(ctx2, &oauth2.Token{RefreshToken: was.Refresh}).Token()
	}
	if err != nil {
		return authorization{}, c.denied(ctx, err)
	}
	t := Token{Access: got.AccessToken, Refresh: got.RefreshToken, Until: c.Clock.Now().Add(noExpiry)}
	if got.ExpiresIn > 0 {
		t.Until = c.Clock.Now().Add(time.Duration(got.ExpiresIn) * time.Second)
	}
	if err := c.KeepToken(ctx, t); err != nil {
		return authorization{}, err
	}
	return authorization{header: "Authorization", value: "Bearer " + t.Access}, nil
}

// denied makes a fault of what a token's giver says.
func (c *Call) denied(ctx context.Context, err error) error {
	var no *oauth2.RetrieveError
	if !errors.As(err, &no) {
		return FaultOf(ctx, err)
	}
	f := &Fault{Kind: Broken, Status: no.Response.StatusCode, Detail: cut(no.ErrorCode)}
	switch s := no.Response.StatusCode; {
	case s == http.StatusTooManyRequests:
		f.Kind, f.After = Throttled, c.wait(no.Response.Header.Get("Retry-After"))
	case s >= 400 && s < 500:
		f.Kind = Credentials
	}
	return f
}

// bounded is the client with answers cut off where the connection ends them.
func (c *Call) bounded() *http.Client {
	client := *c.Client
	client.Transport = &cutting{c}
	return &client
}

type cutting struct{ c *Call }

func (t *cutting) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := t.c.Client.Transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := t.c.Read(r.Context(), res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, nil
}
