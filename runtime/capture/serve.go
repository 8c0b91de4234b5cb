package capture

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/httpd"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/action"
	"github.com/tenon-platform/tenon/runtime/record"
)

// Mounts are the routes of captures.
func (s *Service) Mounts() []httpd.Mount {
	return []httpd.Mount{
		{Method: http.MethodGet, Path: "/capture/:token", Public: true, Handler: s.handle(s.show)},
		{Method: http.MethodPost, Path: "/capture/:token", Public: true, Foreign: true, Handler: s.handle(s.take)},
	}
}

// handle answers with JSON that pages of every site may read: it tells nothing of anybody.
func (s *Service) handle(do func(context.Context, *httpd.Request) (any, error)) httpd.Handler {
	return func(ctx context.Context, r *httpd.Request) *httpd.Response {
		c, _ := ident.From(ctx)
		res := &httpd.Response{Status: http.StatusOK, ContentType: "application/json; charset=utf-8"}
		out, err := do(ctx, r)
		if err == nil {
			res.Body, err = json.Marshal(map[string]any{"data": out})
		}
		if err != nil {
			res = httpd.RenderError(errs.From(err), c.Locale, s.deps.Log, s.deps.NewID)
		}
		if res.Header == nil {
			res.Header = map[string]string{}
		}
		res.Header["Access-Control-Allow-Origin"], res.Header["Cache-Control"] = "*", "no-store"
		return res
	}
}

// shown is a field as a page needs it to ask for it.
type shown struct {
	Name     string `json:"name"`
	Label    string `json:"label"`
	Type     string `json:"type"`
	Required bool   `json:"required"`
	Text     string `json:"text,omitempty"`
}

// show tells what may be sent.
func (s *Service) show(ctx context.Context, r *httpd.Request) (any, error) {
	f, err := s.find(ctx, r.Param("token"))
	if err != nil {
		return nil, err
	}
	c, _ := ident.From(ctx)
	fields := make([]shown, len(f.capture.Fields))
	for i, x := range f.capture.Fields {
		fields[i] = shown{Name: x.Name, Label: x.Label.In(c.Locale), Type: x.Input.Kind, Required: x.Required, Text: x.Text.In(c.Locale)}
	}
	return map[string]any{"form": f.capture.Name, "label": f.capture.Label.In(c.Locale), "captcha": f.captcha, "fields": fields}, nil
}

// take takes what was sent through the action.
func (s *Service) take(ctx context.Context, r *httpd.Request) (any, error) {
	f, err := s.find(ctx, r.Param("token"))
	if err != nil {
		return nil, err
	}
	c, _ := ident.From(ctx)
	if err := s.limits.take(fmt.Sprint(f.id), c.Address, f.perMinute, s.deps.Clock.Now()); err != nil {
		return nil, err
	}
	in, err := read(r.Body, meta{contentType: r.ContentType, query: r.RawQuery, referer: r.Header("Referer"), key: r.Header("Idempotency-Key")})
	if err != nil {
		return nil, err
	}
	if err := s.person(ctx, f, in.captcha, c.Address); err != nil {
		return nil, err
	}
	key := in.from["key"]
	if len(key) > maxKey || strings.ContainsFunc(key, unicode.IsControl) {
		return nil, errs.New(errs.InvalidInput, "a key has at most %d bytes and no control characters", "幂等键最多 %d 字节，且不含控制字符", maxKey).On(sentKey)
	}
	input, err := in.input(f, c.Locale, c.Address, r.Agent, s.deps.Clock.Now())
	if err != nil {
		return nil, err
	}
	who := ident.Caller{Tenant: c.Tenant, Principal: f.principal(), Locale: c.Locale, Address: c.Address}
	profile, err := s.deps.Access.Profile(ctx, who.Principal)
	if err != nil {
		return nil, err
	}
	return s.run(ident.With(ctx, who), profile, f, input, key)
}

// person refuses what a form with a captcha gets without one.
func (s *Service) person(ctx context.Context, f *form, response, address string) error {
	if !f.captcha {
		return nil
	}
	if s.deps.Captcha == nil {
		return errs.New(errs.Unavailable, "this form wants a captcha, and the server has none", "此表单要求验证码，而服务器未配置")
	}
	ok := false
	if response != "" {
		var err error
		if ok, err = s.deps.Captcha.Verify(ctx, response, address); err != nil {
			return errs.New(errs.Unavailable, "the captcha cannot be checked now", "暂时无法校验验证码").Because(err)
		}
	}
	if !ok {
		return errs.New(errs.ValidationFail, "the captcha was not solved", "验证码未通过").On(sentCaptcha)
	}
	return nil
}

// run carries the action out; with a key, once.
func (s *Service) run(ctx context.Context, p access.Profile, f *form, input map[string]any, key string) (any, error) {
	req := action.Request{Action: f.capture.Action, Input: input}
	var opt record.Options
	if key != "" {
		told := *f.capture // the moment of evidence is another one each time, and no part of what was asked for
		same := map[string]any{}
		for name, v := range input {
			if e := told.Context["evidence"]; e == nil || e.APIName != name {
				same[name] = v
			}
		}
		b, err := json.Marshal(same)
		if err != nil {
			return nil, fmt.Errorf("capture: %w", err)
		}
		sum := sha256.Sum256(b)
		opt.Once = &record.Once{Key: fmt.Sprintf("capture/%d/%s", f.id, key), Digest: hex.EncodeToString(sum[:]), Answer: func(rs []record.Result) (string, error) {
			b, err := json.Marshal(answer(f, rs))
			return string(b), err
		}}
	}
	rs, err := s.deps.Actions.Run(ctx, p, req, opt)
	var again *record.Replayed
	if errors.As(err, &again) {
		return json.RawMessage(again.Answer), nil
	}
	if err != nil {
		return nil, s.named(f, err)
	}
	return answer(f, rs), nil
}

// named tells an error of the action by the names that the page knows.
func (s *Service) named(f *form, err error) error {
	var e *errs.Error
	if !errors.As(err, &e) || e.Field == "" {
		return err
	}
	c := *e
	for _, x := range f.capture.Fields {
		if x.Input.APIName == e.Field {
			c.Field = x.Name
		}
	}
	return &c
}

// answer is what is told of a result.
func answer(f *form, rs []record.Result) map[string]any {
	out := map[string]any{}
	for _, name := range f.capture.Answer {
		if len(rs) == 0 {
			break
		}
		switch v := rs[0].Values[name]; v.Kind() {
		case value.KindText:
			out[name] = v.Text()
		case value.KindBool:
			out[name] = v.Bool()
		case value.KindInt:
			out[name] = v.Int()
		}
	}
	return out
}
