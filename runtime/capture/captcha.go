package capture

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Siteverify asks a captcha service the way that the common ones are asked: a form with secret,
// response and remoteip is answered with {"success": true}.
type Siteverify struct {
	URL    string
	Secret string
	Client *http.Client // nil: one of its own, with ten seconds
}

var _ Captcha = (*Siteverify)(nil)

// Verify asks.
func (v *Siteverify) Verify(ctx context.Context, response, address string) (ok bool, err error) {
	client := v.Client
	if client == nil {
		client = &http.Client{Timeout: 10 * time.Second}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, v.URL, strings.NewReader(url.Values{"secret": {v.Secret}, "response": {response}, "remoteip": {address}}.Encode()))
	if err != nil {
		return false, fmt.Errorf("ask the captcha service: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := client.Do(req)
	if err != nil {
		return false, fmt.Errorf("ask the captcha service: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	var out struct {
		Success bool `json:"success"`
	}
	if res.StatusCode != http.StatusOK {
		return false, fmt.Errorf("the captcha service answers %s", res.Status)
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxBody)).Decode(&out); err != nil {
		return false, fmt.Errorf("read the captcha service's answer: %w", err)
	}
	return out.Success, nil
}
