package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/httpd"
)

// client speaks to the instance that has a data directory open: a running server if there is
// one, else one that this process opens for as long as the command runs.
type client struct {
	http *http.Client
	own  *instance
	// tenant is whom the command is for; "" for the default one.
	tenant string
}

func (e *env) connect(ctx context.Context, c *common) (*client, error) {
	cl := &client{http: socketClient(c.data), tenant: c.tenant}
	if conn, err := net.DialTimeout("unix", socketPath(c.data), time.Second); err == nil {
		return cl, conn.Close()
	}
	log := slog.New(slog.NewTextHandler(e.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	in, err := openInstance(ctx, c, clock.System{}, log)
	if err != nil {
		return nil, err
	}
	cl.own = in
	return cl, nil
}

func socketClient(dir string) *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", socketPath(dir))
	}}}
}

func (c *client) close(ctx context.Context) error {
	c.http.CloseIdleConnections()
	if c.own == nil {
		return nil
	}
	return c.own.close(ctx)
}

// admin calls the administration API and decodes data into out.
func (c *client) admin(ctx context.Context, query string, vars map[string]any, out any) error {
	body, err := json.Marshal(map[string]any{"query": query, "variables": vars})
	if err != nil {
		return fmt.Errorf("encode the request: %w", err)
	}
	return c.call(ctx, "/admin/graphql", "application/json", bytes.NewReader(body), out)
}

// call posts a body and decodes the "data" of the answer.
func (c *client) call(ctx context.Context, path, contentType string, body io.Reader, out any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://tenon"+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", contentType)
	if c.tenant != "" {
		req.Header.Set(httpd.TenantHeader, c.tenant)
	}
	if f, ok := body.(*barReader); ok {
		req.ContentLength = f.total
	}
	res, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("call the server: %w", err)
	}
	defer res.Body.Close()
	var a answer
	if err := json.NewDecoder(res.Body).Decode(&a); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if len(a.Errors) > 0 {
		return a.Errors[0].coded()
	}
	if err := json.Unmarshal(a.Data, out); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	return nil
}

type answer struct {
	Data   json.RawMessage `json:"data"`
	Errors []answerError   `json:"errors"`
}

type answerError struct {
	Message    string `json:"message"`
	Extensions struct {
		Code    errs.Code `json:"code"`
		Zh      string    `json:"message_zh"`
		Details struct {
			Findings diag.List `json:"findings"`
		} `json:"details"`
	} `json:"extensions"`
}

func (a answerError) coded() error {
	code := a.Extensions.Code
	if code == "" {
		code = errs.InvalidInput
	}
	zh := a.Extensions.Zh
	if zh == "" {
		zh = a.Message
	}
	return &errs.Error{Code: code, Message: diag.Text{En: a.Message, Zh: zh}}
}
