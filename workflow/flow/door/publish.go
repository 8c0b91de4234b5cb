package door

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/field/fieldkit"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/query"
	"github.com/tenon-platform/tenon/workflow/flow"
	"github.com/tenon-platform/tenon/workflow/flow/process"
)

// Publish tells of an event on behalf of an administrator, and gives the names of the runs that it
// starts. A key makes it happen once.
func (d *Door) Publish(ctx context.Context, p access.Profile, in map[string]any) ([]string, error) {
	event, rec, once := text(in, "event"), text(in, "record"), text(in, "idempotencyKey")
	if err := checkKey(once); err != nil {
		return nil, err
	}
	who := callerOf(ctx)
	if !who.admin {
		return nil, errs.New(errs.Forbidden, "only administrators tell of events", "只有管理员可以发布事件")
	}
	data, err := d.told(ctx, event, rec, object(in, "data"))
	if err != nil {
		return nil, err
	}
	var name func(f *catalog.Flow) string
	key := ""
	if once != "" { // a repeated request must be about the same runs
		sum := sha256.Sum256([]byte(strings.Join([]string{who.actor(), event, rec, once}, "\x00")))
		key = hex.EncodeToString(sum[:10])
		name = func(f *catalog.Flow) string {
			sum := sha256.Sum256([]byte(strings.Join([]string{who.actor(), f.Key, event, rec, once}, "\x00")))
			return "run_" + hex.EncodeToString(sum[:10])
		}
	}
	if err := d.svc.Admit(ctx); err != nil {
		return nil, err
	}
	ctx = process.Admitted(ctx)
	var runs []string
	err = d.deps.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		o, err := d.about(ctx, tx, p, rec)
		if err != nil {
			return err
		}
		runs, err = d.host.Tell(ctx, tx, event, rec, o, data, who.user, key, name)
		return err
	})
	return runs, err
}

// about finds the object of a record that the caller sees; nil where no record is named.
func (d *Door) about(ctx context.Context, tx store.Tx, p access.Profile, rec string) (*catalog.Object, error) {
	if rec == "" {
		return nil, nil
	}
	prefix, id, ok := query.SplitID(rec)
	cat := d.deps.Tenant.Catalog()
	for _, o := range cat.Objects {
		if ok && o.IDPrefix == prefix {
			return o, d.deps.Records.Reach(ctx, tx, cat, p, o, id, access.Read)
		}
	}
	return nil, errs.New(errs.NotFound, "there is no such record", "没有此记录").On("record")
}

// told reads what an event tells, by what the flows that expect it declare: those that serve and, of others, those
// whose runs wait for it. Approvals wait for no more than that it happens.
func (d *Door) told(ctx context.Context, event, rec string, given map[string]any) (map[string]flow.Value, error) {
	kinds, ears := map[string]string{}, d.deps.Tenant.Catalog().Heard(event)
	for _, ear := range ears {
		maps.Copy(kinds, ear.Data)
	}
	waits := d.deps.Tenant.Catalog().Awaited(event)
	err := d.deps.Tenant.Store.View(ctx, func(tx store.Tx) error {
		runs, err := d.svc.Expecting(ctx, tx, event)
		if prefix, _, _ := query.SplitID(rec); err == nil && d.deps.Approvals != nil && d.deps.Tenant.Catalog().ByPrefix[prefix] != nil {
			var hear []string
			hear, err = d.deps.Approvals.Hearing(ctx, tx, event, d.deps.Tenant.Catalog().ByPrefix[prefix].Name, rec)
			waits = waits || len(hear) > 0
		}
		for _, run := range runs {
			if waits = true; err == nil {
				err = d.expected(ctx, tx, run, event, kinds)
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(ears) == 0 && !waits {
		return nil, errs.New(errs.NotFound, "nothing expects an event %q", "没有自动化或审批期待事件 %q", event).On("event")
	}
	return told(event, kinds, given)
}

// expected adds what a run that waits for an event expects it to tell, unless a flow that serves says otherwise.
func (d *Door) expected(ctx context.Context, tx store.Tx, run, event string, kinds map[string]string) error {
	i, err := d.svc.InstanceIn(ctx, tx, run)
	if err != nil {
		return err
	}
	source, _, err := d.host.Source(ctx, tx, strings.TrimPrefix(i.About.Process, "flow:"), i.About.Version)
	if err != nil {
		return err
	}
	shape, err := flow.ShapeOf(source)
	if err != nil {
		return err
	}
	for name, kind := range shape.Expects(event) {
		if kinds[name] == "" {
			kinds[name] = kind
		}
	}
	return nil
}

// told reads what an event tells as values of kinds.
func told(event string, kinds map[string]string, given map[string]any) (map[string]flow.Value, error) {
	out := map[string]flow.Value{}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		kind, ok := kinds[name]
		v, fits := readAs(kind, given[name])
		if !ok || !fits {
			return nil, errs.New(errs.InvalidInput, "the event %s tells no such value %q", "事件 %s 不携带这样的值 %q", event, name).On("data")
		}
		out[name] = flow.ValueOf(v)
	}
	return out, small(out)
}

// small refuses what is more than a run may be given.
func small(data map[string]flow.Value) error {
	if flow.Size(data) > flow.MaxPayload {
		return errs.New(errs.LimitExceeded, "a run is given at most %d KB", "运行的输入最多 %d KB", flow.MaxPayload>>10).On("data").With("limit", flow.MaxPayload).With("status", http.StatusRequestEntityTooLarge)
	}
	return nil
}

// readAs reads a JSON value as one of a kind that variables have.
func readAs(kind string, in any) (value.Value, bool) {
	if in == nil {
		return value.Null, true
	}
	if b, ok := in.(bool); ok {
		return value.Bool(b), kind == "bool"
	}
	s := fmt.Sprint(in)
	_, isText := in.(string)
	switch kind {
	case "text":
		return value.Text(s), isText
	case "int", "decimal":
		v, err := value.ParseDecimal(s)
		if err != nil || kind == "decimal" {
			return v, err == nil
		}
		var n int64
		_, err = fmt.Sscan(s, &n)
		return value.Int(n), err == nil && !isText && !strings.ContainsAny(s, ".eE")
	case "date":
		v, err := fieldkit.Date(s)
		return v, err == nil && isText
	case "datetime":
		v, err := fieldkit.DateTime(s)
		return v, err == nil && isText
	}
	return value.Null, false
}
