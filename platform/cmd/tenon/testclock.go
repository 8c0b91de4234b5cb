package main

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/httpd"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/plugins/standard"
)

// clockMounts let administrators read and set the clock; there are none unless the instance was
// opened with a clock that can be set, as serve --test-clock does.
func (in *instance) clockMounts() []httpd.Mount {
	c, ok := in.clock.(*clock.Settable)
	if !ok {
		return nil
	}
	handler := func(ctx context.Context, r *httpd.Request) *httpd.Response {
		if caller, _ := ident.From(ctx); !caller.Principal.Admin {
			return in.fail(ctx, errs.New(errs.Forbidden, "only administrators may set the clock", "只有管理员可以设置时钟"))
		}
		if r.Method == http.MethodPost {
			if err := in.setClock(c, r.Body); err != nil {
				return in.fail(ctx, err)
			}
		}
		b, err := json.Marshal(map[string]any{"data": map[string]any{"now": c.Now().Format(time.RFC3339Nano)}})
		if err != nil {
			return in.fail(ctx, err)
		}
		return jsonResponse(b)
	}
	drain := httpd.Mount{Method: http.MethodPost, Path: "/_test/drain", Handler: in.drain}
	if in.name != tenantName { // the clock is everybody's
		return []httpd.Mount{drain}
	}
	return []httpd.Mount{{Method: http.MethodPost, Path: "/_test/clock", Handler: handler}, {Method: http.MethodGet, Path: "/_test/clock", Handler: handler}, drain}
}

// drain does what is due by the clock and works until no job is due.
func (in *instance) drain(ctx context.Context, _ *httpd.Request) *httpd.Response {
	if caller, _ := ident.From(ctx); !caller.Principal.Admin {
		return in.fail(ctx, errs.New(errs.Forbidden, "only administrators may have due work done", "只有管理员可以触发到期任务"))
	}
	ctx = context.WithoutCancel(ctx)
	if err := in.doDue(ctx); err != nil {
		return in.fail(ctx, err)
	}
	n, err := standard.Settle(ctx, in.flows.Drain, in.autos.Drain, in.remote.Drain, in.clocks.Drain, in.groups.Drain)
	if err != nil {
		return in.fail(ctx, err)
	}
	b, err := json.Marshal(map[string]any{"data": map[string]any{"drained": true, "ran": n}})
	if err != nil {
		return in.fail(ctx, err)
	}
	return jsonResponse(b)
}

// setClock takes {"set": "2026-03-02T09:00:00+08:00"} or {"advance": "PT8H"}.
func (in *instance) setClock(c *clock.Settable, body []byte) error {
	var req struct{ Set, Advance string }
	if err := json.Unmarshal(body, &req); err != nil || (req.Set == "") == (req.Advance == "") {
		return errs.New(errs.InvalidInput, "the body holds either set or advance", "请求体须含 set 或 advance 之一").Because(err)
	}
	if req.Set != "" {
		t, err := time.Parse(time.RFC3339, req.Set)
		if err != nil {
			return errs.New(errs.InvalidInput, "set is a moment such as 2026-03-02T09:00:00+08:00", "set 须为时刻，如 2026-03-02T09:00:00+08:00").On("set").Because(err)
		}
		c.Set(t)
		return nil
	}
	p, err := clock.ParsePeriod(req.Advance)
	if err != nil {
		return errs.New(errs.InvalidInput, "advance is an ISO 8601 duration such as P3D or PT8H", "advance 须为 ISO 8601 时长，如 P3D、PT8H").On("advance").Because(err)
	}
	zone, err := time.LoadLocation(in.publish.Tenant.Catalog().Zone)
	if err != nil {
		return err
	}
	c.Advance(p, zone)
	return nil
}
