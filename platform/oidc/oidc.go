// Package oidc signs people in with an OpenID provider: the authorization code flow with PKCE. It
// gives what the provider claims of somebody; whose login that is, is platform/auth.
package oidc

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	oidclib "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/seal"
)

// CallbackPath is where the provider sends people back to, behind Config.PublicURL.
const CallbackPath = "/login/oidc/callback"

const (
	flowLife  = 10 * time.Minute // from the start of a sign-in until its end
	patience  = 15 * time.Second // with the provider
	purpose   = "oidc"           // of the key that flows are sealed with
	maxClaims = 200              // groups of one person that are looked at
)

// Config is a provider, and what its claims mean here. It is a JSON file.
type Config struct {
	Issuer       string   `json:"issuer"`
	ClientID     string   `json:"clientId"`
	ClientSecret string   `json:"clientSecret"` // TENON_OIDC_SECRET, where it is not given; none for public clients
	PublicURL    string   `json:"publicUrl"`    // of this server, as browsers reach it
	Scopes       []string `json:"scopes"`       // besides openid
	LoginClaim   string   `json:"loginClaim"`   // what is a person's login name; "preferred_username" by default
	GroupsClaim  string   `json:"groupsClaim"`
	// Roles are those that the members of a group have while they are signed in.
	Roles map[string][]string `json:"roles"`
	// LinkUsers lets a person who signs in for the first time have the user's record whose sign-in
	// name is the login name. It is for providers whose names nobody can choose.
	LinkUsers bool `json:"linkUsers"`
	// CreateUsers makes a record for a person who has none: claims by the field that they fill, and
	// values for others, both by the API's names of the fields. nil: nobody gets in who has none.
	CreateUsers *CreateUsers `json:"createUsers"`
}

// CreateUsers is how a user's record is made.
type CreateUsers struct {
	Claims map[string]string `json:"claims"`
	Values map[string]any    `json:"values"`
}

// readConfig reads a Config from a file, strictly.
func readConfig(file, secret string) (*Config, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the OpenID provider: %w", err)
	}
	c := &Config{LoginClaim: "preferred_username", GroupsClaim: "groups", ClientSecret: secret, Scopes: []string{"profile", "email"}}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(c); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	u, err := url.Parse(c.PublicURL)
	if c.Issuer == "" || c.ClientID == "" || err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("%s: issuer, clientId and publicUrl are needed", file)
	}
	c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
	return c, nil
}

// Client signs people in with one provider.
type Client struct {
	Config
	keys  *seal.Ring
	clock clock.Clock
	http  *http.Client

	mu       sync.Mutex
	provider *oidclib.Provider // nil until it was reached
}

// New makes a client; the provider is asked about itself when it is needed first.
func New(c *Config, keys *seal.Ring, clk clock.Clock) *Client {
	return &Client{Config: *c, keys: keys, clock: clk, http: &http.Client{Timeout: patience}}
}

// flow is a sign-in under way. The browser keeps it, sealed.
type flow struct {
	State, Nonce, Verifier string
	Ends                   time.Time
}

// Person is what the provider claims of who signed in.
type Person struct {
	Subject string // issuer and subject: what stays when names change
	Login   string
	Groups  []string
	Claims  map[string]any
}

func unavailable(err error) error {
	return errs.New(errs.Unavailable, "the sign-in service does not answer", "登录服务无响应").Because(err)
}

func refused(err error) error {
	return errs.New(errs.Unauthenticated, "the sign-in was not completed; begin again", "登录未完成，请重新开始").Because(err)
}

// reach asks the provider about itself, once.
func (c *Client) reach(ctx context.Context) (*oidclib.Provider, *oauth2.Config, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.provider == nil {
		// The keys are fetched again with this context, long after this request.
		p, err := oidclib.NewProvider(oidclib.ClientContext(context.WithoutCancel(ctx), c.http), c.Issuer)
		if err != nil {
			return nil, nil, unavailable(err)
		}
		c.provider = p
	}
	return c.provider, &oauth2.Config{ClientID: c.ClientID, ClientSecret: c.ClientSecret, Endpoint: c.provider.Endpoint(),
		RedirectURL: c.PublicURL + CallbackPath, Scopes: append([]string{oidclib.ScopeOpenID}, c.Scopes...)}, nil
}

// Begin gives the address to send the browser to, and what it has to keep meanwhile.
func (c *Client) Begin(ctx context.Context, random func() (string, error)) (address, kept string, err error) {
	_, oauth, err := c.reach(ctx)
	if err != nil {
		return "", "", err
	}
	f := flow{Verifier: oauth2.GenerateVerifier(), Ends: c.clock.Now().Add(flowLife)}
	if f.State, err = random(); err == nil {
		f.Nonce, err = random()
	}
	if err != nil {
		return "", "", err
	}
	b, err := json.Marshal(f)
	if err == nil {
		kept, err = c.keys.Seal(purpose, c.Issuer, b)
	}
	if err != nil {
		return "", "", fmt.Errorf("begin a sign-in: %w", err)
	}
	return oauth.AuthCodeURL(f.State, oidclib.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), kept, nil
}

// Finish takes what the provider sent the browser back with, and what the browser kept.
// UNAUTHENTICATED when they do not belong together, or the provider does not stand for them.
func (c *Client) Finish(ctx context.Context, kept, state, code string) (*Person, error) {
	var f flow
	b, err := c.keys.Unseal(purpose, c.Issuer, kept)
	if err != nil || json.Unmarshal(b, &f) != nil {
		return nil, refused(err)
	}
	if subtle.ConstantTimeCompare([]byte(f.State), []byte(state)) != 1 || code == "" || !c.clock.Now().Before(f.Ends) {
		return nil, refused(errors.New("another state, no code, or too late"))
	}
	provider, oauth, err := c.reach(ctx)
	if err != nil {
		return nil, err
	}
	ctx = oidclib.ClientContext(ctx, c.http)
	token, err := oauth.Exchange(ctx, code, oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return nil, refused(err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := provider.Verifier(&oidclib.Config{ClientID: c.ClientID, Now: c.clock.Now}).Verify(ctx, raw)
	if err != nil {
		return nil, refused(err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(f.Nonce)) != 1 {
		return nil, refused(errors.New("another nonce"))
	}
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil {
		return nil, refused(err)
	}
	if provider.UserInfoEndpoint() != "" {
		if err := c.ask(ctx, provider, token, id.Subject, claims); err != nil {
			return nil, err
		}
	}
	return c.person(id, claims)
}

// ask adds what the provider tells of the person beyond the token.
func (c *Client) ask(ctx context.Context, p *oidclib.Provider, token *oauth2.Token, subject string, claims map[string]any) error {
	info, err := p.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return unavailable(err)
	}
	if info.Subject != subject {
		return refused(errors.New("the provider tells of somebody else"))
	}
	more := map[string]any{}
	if err := info.Claims(&more); err != nil {
		return refused(err)
	}
	for k, v := range more {
		if _, ok := claims[k]; !ok {
			claims[k] = v
		}
	}
	return nil
}

func (c *Client) person(id *oidclib.IDToken, claims map[string]any) (*Person, error) {
	p := &Person{Subject: id.Issuer + " " + id.Subject, Claims: claims}
	p.Login, _ = claims[c.LoginClaim].(string)
	if p.Login == "" || id.Subject == "" {
		return nil, refused(fmt.Errorf("there is no claim %s", c.LoginClaim))
	}
	groups, _ := claims[c.GroupsClaim].([]any)
	for _, g := range groups[:min(len(groups), maxClaims)] {
		if s, ok := g.(string); ok {
			p.Groups = append(p.Groups, s)
		}
	}
	return p, nil
}

// RolesOf are the roles that somebody's groups stand for, each once.
func (c *Client) RolesOf(p *Person) []string {
	var out []string
	for _, g := range p.Groups {
		out = append(out, c.Roles[g]...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
