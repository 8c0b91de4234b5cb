package httpd

import (
	"encoding/json"
	"errors"
	"log/slog"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
)

func (s *Server) renderError(c *fiber.Ctx, err error) error {
	var fe *fiber.Error
	if errors.As(err, &fe) {
		err = fromFiber(fe)
	}
	e := errs.From(err)
	res := RenderError(e, Locale(c.Get("Accept-Language")), s.cfg.Log, s.cfg.NewID)
	if e.Code == errs.Unauthenticated {
		c.Set("WWW-Authenticate", "Bearer")
	}
	for k, v := range res.Header {
		c.Set(k, v)
	}
	if allow, ok := e.Details["allow"].(string); ok {
		c.Set("Allow", allow)
	}
	c.Response().Header.SetContentType(res.ContentType)
	return c.Status(res.Status).Send(res.Body)
}

// fromFiber codes an error of the server's library. Its own words may quote the request, and stay here.
func fromFiber(e *fiber.Error) error {
	coded := func(code errs.Code, en, zh string) error {
		return (&errs.Error{Code: code, Message: diag.Text{En: en, Zh: zh}, Cause: e}).With("status", e.Code)
	}
	switch e.Code {
	case fiber.StatusNotFound:
		return errs.New(errs.NotFound, "there is nothing here", "此处没有内容")
	case fiber.StatusRequestTimeout:
		return coded(errs.Timeout, "the request did not arrive in time", "请求未在限定时间内到达")
	case fiber.StatusRequestEntityTooLarge:
		return coded(errs.LimitExceeded, "the request is too large", "请求过大")
	case fiber.StatusRequestHeaderFieldsTooLarge:
		return coded(errs.LimitExceeded, "the headers of the request are too large", "请求头过大")
	}
	if e.Code < 500 {
		return coded(errs.InvalidInput, "this is no HTTP request", "这不是有效的 HTTP 请求")
	}
	return e
}

func notAllowed(methods []string) error {
	allow := strings.Join(methods, ", ")
	return errs.New(errs.InvalidInput, "use %s here", "此处请使用 %s", allow).With("allow", allow).With("status", fiber.StatusMethodNotAllowed)
}

// RenderError gives the JSON of an error that happened outside of GraphQL. Causes go to the log
// under the id that the answer shows.
func RenderError(e *errs.Error, locale string, log *slog.Logger, newID func() string) *Response {
	ext := map[string]any{"code": e.Code, "message_en": e.Message.En, "message_zh": e.Message.Zh}
	status := e.Code.Status()
	if n, ok := e.Details["status"].(int); ok {
		status = n
	}
	if e.Details != nil {
		ext["details"] = e.Details
	}
	if e.Field != "" {
		ext["field"] = e.Field
	}
	if e.Code == errs.Internal {
		id := newID()
		ext["id"] = id
		log.Error("internal error", "id", id, "cause", e.Error())
	}
	b, err := json.Marshal(map[string]any{"errors": []any{map[string]any{"message": e.Message.In(locale), "extensions": ext}}})
	if err != nil {
		log.Error("render error", "cause", err)
		b = []byte(`{"errors":[{"message":"internal error","extensions":{"code":"INTERNAL"}}]}`)
	}
	res := &Response{Status: status, ContentType: "application/json; charset=utf-8", Body: b}
	if n, ok := e.Details["retryAfter"].(int); ok {
		res.Header = map[string]string{"Retry-After": strconv.Itoa(n)}
	}
	return res
}
