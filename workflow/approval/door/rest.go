package door

import (
	"bytes"
	"context"
	"encoding/json"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/httpd"
	"github.com/tenon-platform/tenon/runtime/access"
)

// taskWords are the commands on tasks as paths spell them, instanceWords those on instances.
var taskWords = map[string]string{"approve": "approve", "reject": "reject", "return": "return", "abstain": "abstain", "transfer": "transfer", "delegate": "delegate", "recall": "recall",
	"add-sign": "addSign", "remove-sign": "removeSign", "claim": "claim", "unclaim": "unclaim", "take-back": "takeBack", "reassign": "reassign"}

var instanceWords = map[string]string{"withdraw": "withdraw", "resubmit": "resubmit", "urge": "urge", "cc": "cc", "comment": "comment", "view": "view",
	"suspend": "suspend", "resume": "resume", "terminate": "terminate", "jump": "jump", "migrate": "migrate"}

// Mounts are the plain paths of approvals: aliases of the GraphQL operations, with the statuses of
// their errors. A key, a revision and a hash that the caller relies on come as headers.
func (d *Door) Mounts(profile func(context.Context) (access.Profile, error), fail func(context.Context, error) *httpd.Response) []httpd.Mount {
	type handler func(ctx context.Context, p access.Profile, r *httpd.Request) (any, bool, error)
	mount := func(method, path string, h handler) httpd.Mount {
		return httpd.Mount{Method: method, Path: "/api/wf" + path, Handler: func(ctx context.Context, r *httpd.Request) *httpd.Response {
			p, err := profile(ctx)
			if err != nil {
				return fail(ctx, err)
			}
			out, replayed, err := h(ctx, p, r)
			if err != nil {
				return fail(ctx, err)
			}
			b, err := json.Marshal(map[string]any{"data": out})
			if err != nil {
				return fail(ctx, err)
			}
			res := &httpd.Response{Status: http.StatusOK, ContentType: "application/json; charset=utf-8", Body: b}
			if replayed {
				res.Header = map[string]string{"Idempotent-Replay": "true"}
			}
			return res
		}}
	}
	command := func(words map[string]string, of string) handler {
		return func(ctx context.Context, p access.Profile, r *httpd.Request) (any, bool, error) {
			kind := words[r.Param("command")]
			if kind == "" {
				return nil, false, errs.New(errs.NotFound, "there is no such command", "没有此命令")
			}
			in, err := arguments(r)
			if err != nil {
				return nil, false, err
			}
			in[of] = r.Param("id")
			return d.command(ctx, p, kind, in)
		}
	}
	return []httpd.Mount{
		mount(http.MethodPost, "/tasks/:id/:command", command(taskWords, "task")),
		mount(http.MethodPost, "/instances/:id/:command", command(instanceWords, "instance")),
		mount(http.MethodPost, "/incidents/:id/retry", d.restRetry),
		mount(http.MethodPost, "/:process/submit", d.restSubmit),
		mount(http.MethodGet, "/my/tasks", func(ctx context.Context, p access.Profile, r *httpd.Request) (any, bool, error) {
			in := map[string]any{"status": r.QueryParam("status"), "after": r.QueryParam("after")}
			if n, err := strconv.Atoi(r.QueryParam("first")); err == nil {
				in["first"] = n
			}
			out, err := d.MyTasks(ctx, p, in)
			return out, false, err
		}),
		mount(http.MethodGet, "/instances/:id", func(ctx context.Context, p access.Profile, r *httpd.Request) (any, bool, error) {
			out, err := d.Instance(ctx, p, r.Param("id"))
			return out, false, err
		}),
		mount(http.MethodGet, "/instances/:id/:part", d.restPart),
	}
}

func (d *Door) command(ctx context.Context, p access.Profile, kind string, in map[string]any) (any, bool, error) {
	a, err := d.Do(ctx, p, kind, in)
	if err != nil {
		return nil, false, err
	}
	out, err := d.after(ctx, p, a)
	return out, a.Replayed, err
}

func (d *Door) restSubmit(ctx context.Context, p access.Profile, r *httpd.Request) (any, bool, error) {
	in, err := arguments(r)
	if err != nil {
		return nil, false, err
	}
	in["process"] = r.Param("process")
	return d.command(ctx, p, "submit", in)
}

// restRetry takes the id of an incident as "<instance>:<number>".
func (d *Door) restRetry(ctx context.Context, p access.Profile, r *httpd.Request) (any, bool, error) {
	in, err := arguments(r)
	if err != nil {
		return nil, false, err
	}
	instance, n, err := splitTask(r.Param("id"))
	if err != nil {
		return nil, false, err
	}
	in["instance"], in["incident"] = instance, n
	return d.command(ctx, p, "retryIncident", in)
}

func (d *Door) restPart(ctx context.Context, p access.Profile, r *httpd.Request) (any, bool, error) {
	id := r.Param("id")
	switch r.Param("part") {
	case "tasks":
		out, err := d.Instance(ctx, p, id)
		return out["tasks"], false, err
	case "audit":
		in := map[string]any{"instance": id}
		for _, name := range []string{"first", "after"} {
			if n, err := strconv.Atoi(r.QueryParam(name)); err == nil {
				in[name] = n
			}
		}
		out, err := d.Audit(ctx, p, in)
		return out, false, err
	case "snapshots":
		out, err := d.Snapshots(ctx, p, id)
		return out, false, err
	}
	return nil, false, errs.New(errs.NotFound, "there is no such part of an approval", "审批没有此部分")
}

// arguments reads those of a command: an object in the body, and what stands in headers.
func arguments(r *httpd.Request) (map[string]any, error) {
	in := map[string]any{}
	if len(bytes.TrimSpace(r.Body)) > 0 {
		if t, _, err := mime.ParseMediaType(r.ContentType); err != nil || t != "application/json" {
			return nil, errs.New(errs.InvalidInput, "the body must be application/json", "请求体须为 application/json").With("status", http.StatusUnsupportedMediaType)
		}
		dec := json.NewDecoder(bytes.NewReader(r.Body))
		dec.UseNumber()
		if err := dec.Decode(&in); err != nil || in == nil {
			return nil, errs.New(errs.InvalidInput, "the body holds one JSON object", "请求体须为一个 JSON 对象").Because(err)
		}
	}
	if key := r.Header("Idempotency-Key"); key != "" {
		in["idempotencyKey"] = key
	}
	if hash := r.Header("If-Form-Hash"); hash != "" {
		in["ifFormHash"] = strings.Trim(hash, `"`)
	}
	if rev := r.Header("If-Match"); rev != "" {
		n, err := strconv.Atoi(strings.Trim(rev, `"`))
		if err != nil {
			return nil, errs.New(errs.InvalidInput, "If-Match holds the revision of the approval", "If-Match 须为审批的修订号").Because(err)
		}
		in["ifRevision"] = n
	}
	return in, nil
}
