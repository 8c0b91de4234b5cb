package door

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/meta"
	"github.com/tenon-platform/tenon/workflow/approval"
	"github.com/tenon-platform/tenon/workflow/engine"
)

func moment(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

func or(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// Instance shows an instance to a caller who may know of it.
func (d *Door) Instance(ctx context.Context, p access.Profile, name string) (map[string]any, error) {
	who := callerOf(ctx, p)
	var out map[string]any
	err := d.tenant.Store.View(ctx, func(tx store.Tx) error {
		s, err := d.look(ctx, tx, who, name)
		if err != nil {
			return err
		}
		out = d.show(ctx, who, s)
		return s.world.Err()
	})
	return out, err
}

func (d *Door) show(ctx context.Context, who caller, s *sight) map[string]any {
	st, c := s.st, ident.Caller{}
	c, _ = ident.From(ctx)
	out := map[string]any{"id": st.ID, "process": st.Def.Key, "version": st.Def.Version, "type": st.Type, "revokes": or(st.Revokes), "object": st.Object, "recordId": st.Record,
		"submitter": d.userOut(st.Submitter), "status": string(st.Status), "round": st.Round, "revision": st.Rev, "formHash": st.FormHash, "locked": st.Locked, "reason": or(st.Reason), "admin": s.admin}
	form, editable, required := d.form(who, s, s.world.Form().Values)
	title, tasks := d.title(who, s), []any{}
	for _, t := range st.Tasks {
		tasks = append(tasks, d.task(s, t, title, c.Locale))
	}
	incidents := []any{}
	for _, i := range st.Incidents {
		if s.admin {
			incidents = append(incidents, map[string]any{"id": i.ID, "code": strings.ToUpper(i.Code), "node": or(i.Node), "detail": or(i.Text.In(c.Locale)), "at": moment(i.At), "resolved": i.Resolved})
		}
	}
	out["tasks"], out["incidents"] = tasks, incidents
	out["form"], out["editable"], out["required"] = form, editable, required
	out["formFields"] = d.formFields(who, s, form, editable)
	return out
}

// title is what the record is called; nil where the form does not show it. Whoever has to decide need not be
// able to read the record.
func (d *Door) title(who caller, s *sight) any {
	o := d.tenant.Catalog().Object(s.st.Object)
	if o == nil || o.NameField == nil || s.def == nil {
		return nil
	}
	if view, assigned := approval.ViewOf(s.st, s.def, who.user); !shows(who, s, view, assigned, o.NameField.Name, o.NameField) {
		return nil
	}
	name, _ := s.world.Shown(o.NameField).(string)
	return or(name)
}

// shows says whether the caller sees a field of the form, or a list of its related rows, which is no field.
func shows(who caller, s *sight, view approval.View, assigned bool, name string, f *catalog.Field) bool {
	switch {
	case assigned:
		return (view.Visible == nil || slices.Contains(view.Visible, name)) && !slices.Contains(view.Hidden, name)
	case f == nil:
		return s.admin
	}
	return s.admin || who.profile.CanRead(f) && !who.profile.Masked(f)
}

// form is what the caller sees of the record, by the names of the API: what the own nodes show, or,
// without a task, what of the snapshot the caller may read.
func (d *Door) form(who caller, s *sight, values map[string]any) (form map[string]any, editable, required []string) {
	form, editable, required = map[string]any{}, []string{}, []string{}
	o := d.tenant.Catalog().Object(s.st.Object)
	if o == nil || s.def == nil {
		return form, editable, required
	}
	view, assigned := approval.ViewOf(s.st, s.def, who.user)
	for name, v := range values {
		f := o.Field(name)
		if !shows(who, s, view, assigned, name, f) {
			continue
		}
		if f != nil {
			name = f.APIName
		}
		form[name] = v
	}
	return form, apiNames(o, view.Editable), apiNames(o, view.Required)
}

// formFields says what the fields of a form are called, and how they are shown and typed.
func (d *Door) formFields(who caller, s *sight, form map[string]any, editable []string) []meta.Field {
	o := d.tenant.Catalog().Object(s.st.Object)
	if o == nil {
		return []meta.Field{}
	}
	return meta.Sight{Profile: who.profile}.Fields(o, func(f *catalog.Field) bool {
		_, shown := form[f.APIName]
		return shown || slices.Contains(editable, f.APIName)
	})
}

func apiNames(o *catalog.Object, names []string) []string {
	out := []string{}
	for _, n := range names {
		if f := o.Field(n); f != nil {
			out = append(out, f.APIName)
		}
	}
	return out
}

// task shows a task of a record that is called title.
func (d *Door) task(s *sight, t *approval.Task, title any, locale string) map[string]any {
	out := map[string]any{"id": taskID(s.st.ID, t.ID), "instance": s.st.ID, "kind": or(t.Kind), "status": string(t.Status), "assignee": d.userOut(t.Assignee), "weight": t.Weight,
		"created": moment(t.Created), "reason": or(t.Reason), "via": nil, "processName": nil, "node": nil, "nodeName": nil, "visit": nil, "due": nil, "decision": nil, "decidedBy": nil, "decidedAt": nil,
		"process": s.st.Def.Key, "recordId": s.st.Record, "title": title, "instanceStatus": string(s.st.Status)}
	pool := []any{}
	for _, u := range t.Pool {
		pool = append(pool, d.userOut(u))
	}
	out["pool"], out["voided"] = pool, t.Voided
	if s.def != nil {
		out["processName"] = or(model.Text(s.def.Label).In(locale))
	}
	if s.admin {
		out["via"] = or(t.Via)
	}
	if t.Decided != nil {
		out["decision"], out["decidedBy"], out["decidedAt"] = t.Decided.Decision, d.userOut(t.Decided.By), moment(t.Decided.At)
	}
	if v := s.st.Visit(t.Visit); v != nil {
		out["node"], out["visit"] = v.Node, v.N
		if s.def != nil {
			if n := s.def.NodeOf(v.Node); n != nil {
				out["nodeName"] = or(model.Text(n.Name).In(locale))
			}
		}
		for _, x := range s.st.Timers {
			if x.Visit == v.ID && (out["due"] == nil || moment(x.At).(string) < out["due"].(string)) {
				out["due"] = moment(x.At)
			}
		}
	}
	return out
}

// Of lists the instances of a record that the caller may know of, newest first.
func (d *Door) Of(ctx context.Context, p access.Profile, record string) ([]any, error) {
	who, out := callerOf(ctx, p), []any{}
	err := d.tenant.Store.View(ctx, func(tx store.Tx) error {
		out = []any{}
		found, err := d.svc.OfRecord(ctx, tx, objectOf(d.tenant.Catalog(), record), record)
		if err != nil {
			return err
		}
		slices.Reverse(found)
		for _, i := range found {
			s, err := d.look(ctx, tx, who, i.Name)
			if errs.CodeOf(err) == errs.NotFound {
				continue
			}
			if err != nil {
				return err
			}
			out = append(out, d.show(ctx, who, s))
		}
		return nil
	})
	return out, err
}

func objectOf(cat *catalog.Catalog, record string) string {
	p, _, _ := strings.Cut(record, "_")
	if i := strings.LastIndexByte(record, '_'); i > 0 {
		p = record[:i]
	}
	if o := cat.ByPrefix[p]; o != nil {
		return o.Name
	}
	return ""
}

const (
	defaultPage = 50
	maxPage     = 500
)

func pageSize(v any) (int, error) {
	n := number(v)
	if v == nil {
		n = defaultPage
	}
	if n < 1 || n > maxPage {
		return 0, errs.New(errs.LimitExceeded, "between 1 and %d are shown at once", "每页须为 1 到 %d 条", maxPage).On("first").With("limit", maxPage)
	}
	return n, nil
}

// MyTasks lists the caller's tasks: those that are "open", oldest first, or those that are "done",
// newest first.
func (d *Door) MyTasks(ctx context.Context, p access.Profile, in map[string]any) (map[string]any, error) {
	who := callerOf(ctx, p)
	size, err := pageSize(in["first"])
	if err != nil {
		return nil, err
	}
	after, err := readCursor(text(in, "after"))
	if err != nil {
		return nil, err
	}
	list := d.svc.Inbox
	switch text(in, "status") {
	case "", "open":
	case "done":
		list = d.svc.Done
	default:
		return nil, errs.New(errs.InvalidInput, "status is open or done", "status 须为 open 或 done").On("status")
	}
	var items []engine.InboxItem
	if who.user != "" {
		if items, err = list(ctx, who.user, after, size+1); err != nil {
			return nil, err
		}
	}
	more := len(items) > size
	items = items[:min(size, len(items))]
	nodes, end := []any{}, any(nil)
	err = d.tenant.Store.View(ctx, func(tx store.Tx) error {
		nodes = nodes[:0]
		for i := range items {
			s, err := d.look(ctx, tx, who, items[i].Instance)
			if errs.CodeOf(err) == errs.NotFound {
				continue
			}
			if err != nil {
				return err
			}
			c, _ := ident.From(ctx)
			if t := s.st.Task(items[i].Number); t != nil {
				nodes = append(nodes, d.task(s, t, d.title(who, s), c.Locale))
			}
		}
		return nil
	})
	if len(items) > 0 {
		end = writeCursor(&items[len(items)-1])
	}
	return map[string]any{"nodes": nodes, "hasNextPage": more, "endCursor": end}, err
}

func writeCursor(i *engine.InboxItem) string {
	at, id := i.Place()
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d:%d", at.UnixMicro(), id))
}

func readCursor(s string) (*engine.InboxItem, error) {
	if s == "" {
		return nil, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(s)
	at, id, ok := strings.Cut(string(raw), ":")
	micros, err2 := strconv.ParseInt(at, 10, 64)
	n, err3 := strconv.ParseInt(id, 10, 64)
	if err != nil || !ok || err2 != nil || err3 != nil {
		return nil, errs.New(errs.InvalidInput, "the cursor is none that was given", "游标无效").On("after")
	}
	return engine.InboxAt(time.UnixMicro(micros), n), nil
}

// Audit shows the audit of an instance, and whether its chain of hashes is whole.
func (d *Door) Audit(ctx context.Context, p access.Profile, in map[string]any) (map[string]any, error) {
	who, name := callerOf(ctx, p), text(in, "instance")
	size, err := pageSize(in["first"])
	if err != nil {
		return nil, err
	}
	var s *sight
	err = d.tenant.Store.View(ctx, func(tx store.Tx) (err error) {
		s, err = d.look(ctx, tx, who, name)
		return err
	})
	if err != nil {
		return nil, err
	}
	valid, all, err := d.chain(ctx, name)
	if err != nil {
		return nil, err
	}
	after := int64(number(in["after"]))
	entries := []any{}
	for _, e := range all {
		if e.Seq <= after || len(entries) == size {
			continue
		}
		entries = append(entries, d.entry(s, e, who.locale))
	}
	return map[string]any{"valid": valid && s.st.Seq == int64(len(all)) && s.st.Hash == lastHash(all), "total": len(all), "entries": entries}, nil
}

func lastHash(all []approval.Entry) string {
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1].Hash
}

// auditPage is how many entries are read at once.
const auditPage = 1000

// chain reads a whole audit and verifies it.
func (d *Door) chain(ctx context.Context, name string) (bool, []approval.Entry, error) {
	var all []approval.Entry
	for {
		page, err := d.svc.Audit(ctx, name, int64(len(all)), auditPage)
		if err != nil {
			return false, nil, err
		}
		for _, x := range page {
			var e approval.Entry
			if err := json.Unmarshal(x.Entry, &e); err != nil {
				return false, nil, fmt.Errorf("read the audit of %s: %w", name, err)
			}
			all = append(all, e)
		}
		if len(page) < auditPage {
			return approval.VerifyChain("", all) == nil, all, nil
		}
	}
}

// entry shows an entry of the audit. What the platform says in it stands there in every language, so that the
// chain holds for all readers; each reads it in one.
func (d *Door) entry(s *sight, e approval.Entry, locale string) map[string]any {
	actor := d.userOut(e.Actor.ID)
	out := map[string]any{"seq": e.Seq, "at": time.UnixMilli(e.At).UTC().Format("2006-01-02T15:04:05.000Z"), "verb": e.Verb, "actorType": e.Actor.Type, "actor": actor,
		"onBehalfOf": d.userOut(e.Actor.OnBehalfOf), "node": or(e.Node), "visit": e.Visit, "task": nil, "reason": or(e.Reason), "comment": or(e.Comment), "version": e.Def,
		"recordRevision": e.RecordRev, "formHash": or(e.FormHash), "previousHash": or(e.Prev), "hash": e.Hash, "data": nil}
	if e.Task > 0 {
		out["task"] = taskID(e.Instance, e.Task)
	}
	said, is := e.Data[approval.Detail].(map[string]any)
	if is {
		shown := diag.Text{En: text(said, "en"), Zh: text(said, "zh-CN")}.In(locale)
		e.Data = maps.Clone(e.Data)
		e.Data[approval.Detail] = shown
		out["reason"] = or(cmp.Or(e.Reason, shown))
	}
	if s.admin && len(e.Data) > 0 { // how people were found is for administrators
		out["data"] = e.Data
	}
	return out
}

// Snapshots shows what each round was about, as far as the caller may see it.
func (d *Door) Snapshots(ctx context.Context, p access.Profile, name string) ([]any, error) {
	who, out := callerOf(ctx, p), []any{}
	err := d.tenant.Store.View(ctx, func(tx store.Tx) error {
		s, err := d.look(ctx, tx, who, name)
		if err != nil {
			return err
		}
		shots, err := d.svc.Snapshots(ctx, tx, name)
		if err != nil {
			return err
		}
		out = []any{}
		for _, x := range shots {
			form, _, _ := d.form(who, s, x.Form.Values)
			out = append(out, map[string]any{"round": x.Round, "formHash": x.Hash, "definitionHash": x.Definition, "at": moment(x.At), "form": form})
		}
		return nil
	})
	return out, err
}
