package connect

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Answer is what came back over HTTP, as far as the connection allows.
type Answer struct {
	Status int
	Body   []byte
}

// Do sends a request with the credentials of the connection, and reads the answer. It is a Fault when
// the other system does not say that all went well.
func (c *Call) Do(ctx context.Context, r *http.Request) (Answer, error) {
	auth, err := c.authorization(ctx)
	if err != nil {
		return Answer{}, err
	}
	a, err := c.do(ctx, r, auth)
	if f := FaultOf(ctx, err); f != nil && f.Status == http.StatusUnauthorized && auth.cached { // the token was taken back early
		if auth, err = c.renewed(ctx); err != nil {
			return Answer{}, err
		}
		if r.GetBody != nil {
			if r.Body, err = r.GetBody(); err != nil {
				return Answer{}, err
			}
		}
		return c.do(ctx, r, auth)
	}
	return a, err
}

// do sends a request once. The credentials go along to the host of the address alone, also when it
// redirects.
func (c *Call) do(ctx context.Context, r *http.Request, auth authorization) (Answer, error) {
	client := *c.Client
	client.Transport = &bearing{next: c.Client.Transport, host: r.URL.Host, auth: auth}
	res, err := client.Do(r.WithContext(ctx))
	if err != nil {
		return Answer{}, FaultOf(ctx, err)
	}
	defer res.Body.Close()
	body, err := c.Read(ctx, res.Body)
	if err != nil {
		return Answer{}, err
	}
	return Answer{res.StatusCode, body}, c.refused(res, body)
}

// Read reads an answer to its end, as far as the connection allows.
func (c *Call) Read(ctx context.Context, r io.Reader) ([]byte, error) {
	var b bytes.Buffer
	n, err := io.Copy(&b, io.LimitReader(r, c.MaxBody()+1))
	switch {
	case err != nil:
		return nil, FaultOf(ctx, err)
	case n > c.MaxBody():
		return nil, &Fault{Kind: TooLarge}
	}
	return b.Bytes(), nil
}

// maxWait is how long another system may ask us to wait.
const maxWait = 24 * time.Hour

// refused makes a fault of an answer that is none of success.
func (c *Call) refused(res *http.Response, body []byte) error {
	f := &Fault{Kind: Rejected, Status: res.StatusCode, Detail: said(body)}
	switch s := res.StatusCode; {
	case s >= 200 && s < 300:
		return nil
	case s == http.StatusUnauthorized || s == http.StatusForbidden:
		f.Kind = Credentials
	case s == http.StatusTooManyRequests:
		f.Kind = Throttled
	case s == http.StatusRequestTimeout:
		f.Kind = TimedOut
	case s >= 500 || s < 400:
		f.Kind = Broken
	}
	if f.Kind == Throttled || res.StatusCode == http.StatusServiceUnavailable {
		f.After = c.wait(res.Header.Get("Retry-After"))
	}
	return f
}

// wait reads a Retry-After header: seconds, or a date.
func (c *Call) wait(text string) time.Duration {
	var d time.Duration
	if n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64); err == nil && n > 0 {
		d = time.Duration(min(n, int64(maxWait/time.Second))) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		d = at.Sub(c.Clock.Now())
	}
	return max(0, min(d, maxWait))
}

// said is the beginning of an answer where it is text that a person can read.
func said(body []byte) string {
	s := strings.ToValidUTF8(string(body[:min(len(body), 2*maxDetail)]), "")
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < ' ' }), " ")
	return cut(s)
}

// bearing adds credentials to requests to one host.
type bearing struct {
	next http.RoundTripper
	host string
	auth authorization
}

func (b *bearing) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != b.host || b.auth.header == "" {
		return b.next.RoundTrip(r)
	}
	r = r.Clone(r.Context())
	r.Header.Set(b.auth.header, b.auth.value)
	return b.next.RoundTrip(r)
}

// JSON makes a request with a JSON body; nil: none.
func JSON(ctx context.Context, method, url string, body any) (*http.Request, error) {
	var raw []byte
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return nil, Faultf(Misconfigured, "the request cannot be written")
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(raw))
	if err != nil {
		return nil, Faultf(Misconfigured, "the request cannot be made")
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	return r, nil
}
