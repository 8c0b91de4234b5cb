package capture

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/url"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
)

// Names by which pages send what is no field of a capture.
const (
	sentPage     = "_page"     // address of the page; else the header Referer
	sentReferrer = "_referrer" // where the visitor came from
	sentVisitor  = "_visitor"  // id by which the page knows the visitor
	sentKey      = "_key"      // sent again with it, nothing happens again; else the header Idempotency-Key
	sentCaptcha  = "_captcha"  // what the captcha's widget gave
)

// maxBody bounds what is sent, in bytes, maxKey and maxURL a key and an address, in bytes.
const (
	maxBody = 64 << 10
	maxKey  = 100
	maxURL  = 2000
)

// sent is what a page sent.
type sent struct {
	values map[string]any // by name of the field
	page   string
	// from is what else is known, by the names of catalog.Capture.Context.
	from    map[string]string
	captcha string
}

// meta is what is known of a request besides its body.
type meta struct {
	contentType, query, referer, key string
}

// read reads a body: a form, or JSON, also when it calls itself text, which pages of other sites can
// send without asking.
func read(body []byte, m meta) (*sent, error) {
	if len(body) > maxBody {
		return nil, errs.New(errs.LimitExceeded, "at most %d bytes may be sent", "最多提交 %d 字节", maxBody)
	}
	out := &sent{values: map[string]any{}, from: map[string]string{}}
	kind, _, err := mime.ParseMediaType(m.contentType)
	switch {
	case err != nil:
		return nil, errs.New(errs.InvalidInput, "send a form or JSON", "请以表单或 JSON 提交")
	case kind == "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, errs.New(errs.InvalidInput, "this is no form", "表单格式有误").Because(err)
		}
		for name, vs := range form {
			if len(vs) > 1 {
				return nil, errs.New(errs.InvalidInput, "%s is sent twice", "%s 重复提交", name).On(name)
			}
			out.values[name] = vs[0]
		}
	case kind == "application/json" || kind == "text/plain":
		d := json.NewDecoder(bytes.NewReader(body))
		d.UseNumber()
		if err := d.Decode(&out.values); err != nil || d.More() {
			return nil, errs.New(errs.InvalidInput, "this is no JSON object", "不是有效的 JSON 对象").Because(err)
		}
	default:
		return nil, errs.New(errs.InvalidInput, "send a form or JSON", "请以表单或 JSON 提交").With("status", 415)
	}
	out.note(m)
	return out, nil
}

// note takes what is no field out of the values, and finds what else is known.
func (s *sent) note(m meta) {
	take := func(name string) string {
		v, _ := s.values[name].(string)
		delete(s.values, name)
		return strings.TrimSpace(v)
	}
	s.page, s.captcha = address(take(sentPage)), take(sentCaptcha)
	if s.page == "" {
		s.page = address(m.referer)
	}
	s.from["page"], s.from["referrer"], s.from["visitor"], s.from["key"] = s.page, address(take(sentReferrer)), take(sentVisitor), take(sentKey)
	if s.from["key"] == "" {
		s.from["key"] = m.key
	}
	for _, query := range []string{pageQuery(s.page), m.query} { // what the request itself says wins
		q, err := url.ParseQuery(query)
		if err != nil {
			continue
		}
		for _, name := range []string{"utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term"} {
			if v := q.Get(name); v != "" {
				s.from[name] = v
			}
		}
	}
}

func pageQuery(page string) string {
	u, err := url.Parse(page)
	if err != nil {
		return ""
	}
	return u.RawQuery
}

// address is the address of a page, "" for what is none: browsers send what they like there.
func address(s string) string {
	u, err := url.Parse(s)
	if len(s) > maxURL || err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return s
}

// input is what the action gets. What a form leaves empty was not sent.
func (s *sent) input(f *form, locale, from, agent string, at time.Time) (map[string]any, error) {
	out := map[string]any{}
	for name, v := range f.capture.Set {
		out[name] = v
	}
	texts := map[string]string{}
	for _, x := range f.capture.Fields {
		v, ok := s.values[x.Name]
		delete(s.values, x.Name)
		if text, is := v.(string); is && strings.TrimSpace(text) == "" || v == nil {
			ok = false
		}
		if !ok {
			if x.Required {
				return nil, errs.New(errs.ValidationFail, "%s is required", "%s 为必填项", x.Name).On(x.Name).With("label", x.Label)
			}
			continue
		}
		v = ticked(x.Input, v)
		if _, bad := x.Input.Type.Coerce(v); bad != nil {
			e := *bad
			return nil, e.On(x.Name)
		}
		out[x.Input.APIName] = v
		if len(x.Text) > 0 {
			texts[x.Name] = x.Text.In(locale)
		}
	}
	for name := range s.values {
		return nil, errs.New(errs.InvalidInput, "the form has no %s", "表单没有 %s", name).On(name)
	}
	for what, field := range f.capture.Context {
		if what == "evidence" {
			if len(texts) > 0 {
				out[field.APIName] = map[string]any{"at": at.UTC().Format(time.RFC3339), "address": from, "agent": cut(agent, 200), "page": s.page, "form": f.capture.Name, "texts": anyOf(texts)}
			}
			continue
		}
		v := s.from[what]
		if v == "" {
			continue
		}
		if _, bad := field.Type.Coerce(v); bad != nil { // what the sender did not write himself is no reason to refuse
			continue
		}
		out[field.APIName] = v
	}
	return out, nil
}

// ticked is the value of a box in a form, which browsers send as "on".
func ticked(f *catalog.Field, v any) any {
	text, ok := v.(string)
	if !ok || f.Kind != "bool" {
		return v
	}
	switch strings.ToLower(text) {
	case "on", "true", "1", "yes":
		return true
	case "off", "false", "0", "no":
		return false
	}
	return v
}

func cut(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}

func anyOf(m map[string]string) map[string]any {
	out := map[string]any{}
	for k, v := range m {
		out[k] = v
	}
	return out
}
