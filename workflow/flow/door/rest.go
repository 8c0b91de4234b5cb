package door

import (
	"bytes"
	"context"
	"encoding/json"
	"mime"
	"net/http"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/httpd"
	"github.com/tenon-platform/tenon/runtime/access"
)

// asked are the commands on runs as paths spell them.
var asked = map[string]string{"retry": "retry", "rerun": "again", "rerun-from": "rerun", "skip-step": "skip", "cancel": "cancel", "compensate": "compensate", "migrate": "migrate"}

// Mounts are the plain paths of automations: aliases of the GraphQL operations, with the statuses of
// their errors. A key comes as a header.
func (d *Door) Mounts(profile func(context.Context) (access.Profile, error), fail func(context.Context, error) *httpd.Response) []httpd.Mount {
	mount := func(method, path string, h func(ctx context.Context, p access.Profile, r *httpd.Request) (any, error)) httpd.Mount {
		return httpd.Mount{Method: method, Path: "/api/flows" + path, Handler: func(ctx context.Context, r *httpd.Request) *httpd.Response {
			p, err := profile(ctx)
			if err != nil {
				return fail(ctx, err)
			}
			out, err := h(ctx, p, r)
			if err != nil {
				return fail(ctx, err)
			}
			b, err := json.Marshal(map[string]any{"data": out})
			if err != nil {
				return fail(ctx, err)
			}
			return &httpd.Response{Status: http.StatusOK, ContentType: "application/json; charset=utf-8", Body: b}
		}}
	}
	return []httpd.Mount{
		mount(http.MethodGet, "/runs", func(ctx context.Context, _ access.Profile, r *httpd.Request) (any, error) {
			in := map[string]any{}
			for _, name := range []string{"flow", "record", "status", "first", "after"} {
				if v := r.QueryParam(name); v != "" {
					in[name] = v
				}
			}
			return d.Runs(ctx, in)
		}),
		mount(http.MethodGet, "/runs/:id", func(ctx context.Context, _ access.Profile, r *httpd.Request) (any, error) {
			return d.Show(ctx, r.Param("id"))
		}),
		mount(http.MethodPost, "/runs/:id/:command", func(ctx context.Context, p access.Profile, r *httpd.Request) (any, error) {
			kind := asked[r.Param("command")]
			if kind == "" {
				return nil, errs.New(errs.NotFound, "there is no such command", "没有此命令")
			}
			in, err := arguments(r)
			if err != nil {
				return nil, err
			}
			if kind == "migrate" {
				return d.migrateOne(ctx, r.Param("id"), in)
			}
			run, err := d.Operate(ctx, p, orderOf(kind, r.Param("id"), in, r.Header("Idempotency-Key")))
			if err != nil {
				return nil, err
			}
			return d.Show(ctx, run)
		}),
		mount(http.MethodGet, "/:flow/versions", func(ctx context.Context, _ access.Profile, r *httpd.Request) (any, error) {
			return d.Versions(ctx, r.Param("flow"))
		}),
		mount(http.MethodPost, "/:flow/migrate", func(ctx context.Context, _ access.Profile, r *httpd.Request) (any, error) {
			in, err := arguments(r)
			if err != nil {
				return nil, err
			}
			in["flow"] = r.Param("flow")
			return d.Migrate(ctx, in)
		}),
		mount(http.MethodGet, "/runs/:id/case", func(ctx context.Context, _ access.Profile, r *httpd.Request) (any, error) {
			return d.Case(ctx, r.Param("id"), r.QueryParam("name"))
		}),
		mount(http.MethodGet, "/failures", func(ctx context.Context, _ access.Profile, r *httpd.Request) (any, error) {
			return d.Failures(ctx, r.QueryParam("flow"))
		}),
		mount(http.MethodPost, "/failures", func(ctx context.Context, p access.Profile, r *httpd.Request) (any, error) {
			in, err := arguments(r)
			if err != nil {
				return nil, err
			}
			return d.OperateAll(ctx, p, text(in, "signature"), in["first"], orderOf(text(in, "do"), "", in, r.Header("Idempotency-Key")))
		}),
		mount(http.MethodGet, "/schedules", func(ctx context.Context, _ access.Profile, _ *httpd.Request) (any, error) { return d.Schedules(ctx) }),
		d.pausing(mount, "/:flow/pause", true),
		d.pausing(mount, "/:flow/resume", false),
		mount(http.MethodPost, "/:flow/run", func(ctx context.Context, p access.Profile, r *httpd.Request) (any, error) {
			in, err := arguments(r)
			if err != nil {
				return nil, err
			}
			run, err := d.Start(ctx, p, r.Param("flow"), text(in, "record"), r.Header("Idempotency-Key"))
			if err != nil {
				return nil, err
			}
			return d.Show(ctx, run)
		}),
		mount(http.MethodPost, "/:flow/simulate", func(ctx context.Context, _ access.Profile, r *httpd.Request) (any, error) {
			in, err := arguments(r)
			if err != nil {
				return nil, err
			}
			return d.Simulate(ctx, r.Param("flow"), text(in, "record"), texts(in, "records"), object(in, "mocks"))
		}),
	}
}

// pausing is the path that lets a schedule start no run, or go on.
func (d *Door) pausing(mount func(string, string, func(context.Context, access.Profile, *httpd.Request) (any, error)) httpd.Mount, path string, paused bool) httpd.Mount {
	return mount(http.MethodPost, path, func(ctx context.Context, _ access.Profile, r *httpd.Request) (any, error) {
		in, err := arguments(r)
		if err != nil {
			return nil, err
		}
		return d.PauseSchedule(ctx, r.Param("flow"), text(in, "reason"), paused)
	})
}

// arguments reads those of a command: an object in the body.
func arguments(r *httpd.Request) (map[string]any, error) {
	in := map[string]any{}
	if len(bytes.TrimSpace(r.Body)) == 0 {
		return in, nil
	}
	if t, _, err := mime.ParseMediaType(r.ContentType); err != nil || t != "application/json" {
		return nil, errs.New(errs.InvalidInput, "the body must be application/json", "请求体须为 application/json").With("status", http.StatusUnsupportedMediaType)
	}
	js := json.NewDecoder(bytes.NewReader(r.Body))
	js.UseNumber()
	if err := js.Decode(&in); err != nil || in == nil || js.More() {
		return nil, errs.New(errs.InvalidInput, "the body holds one JSON object", "请求体须为一个 JSON 对象").Because(err)
	}
	return in, shaped(in)
}
