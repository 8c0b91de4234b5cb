package stage_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/plugins/standard/tenanttest"
	"github.com/tenon-platform/tenon/runtime/publish"
	"github.com/tenon-platform/tenon/workflow/stage"
)

// TestStays: each stay is a row, ended by the next, by the recycle bin, and begun again by coming back;
// objects without a path have none, and a write that is rolled back leaves none.
func TestStays(t *testing.T) {
	w := tenanttest.OpenBundle(t, publish.Bundle{
		"platform-base": tenanttest.Files(t, os.DirFS("../../plugins/packages/platform-base")),
		"w": {
			"tenon.json": []byte(`{"name": "w", "version": "1.0.0", "label": "W", "requires": {"platform-base": "^0.1.0"}}`),
			"objects/job/object.json": []byte(`{"name": "job", "label": "Job", "pluralLabel": "Jobs", "stagePath": "state", "fields": [{"name": "note", "type": "text"},
				{"name": "state", "type": "picklist", "values": [{"code": "new", "label": "New"}, {"code": "done", "label": "Done"}]}],
				"rules": [{"name": "no", "when": "note == 'no'", "message": "No."}]}`),
			"objects/plain/object.json": []byte(`{"name": "plain", "label": "Plain", "pluralLabel": "Plains", "fields": [
				{"name": "state", "type": "picklist", "values": [{"code": "new", "label": "New"}, {"code": "done", "label": "Done"}]}]}`),
		},
	})
	stage.Keep(w.Publish.Records)
	start := tenanttest.Start
	pass := func(d time.Duration) { start = start.Add(d); w.Clock.Set(start) }
	w.Clock.Set(start)
	id := w.ID("Job", `state: new`)
	w.ID("Plain", `state: new`)
	pass(90 * time.Second)
	w.Want(fmt.Sprintf(`mutation { updateJob(id: %q, patch: {note: "x"}) { job { id } } }`, id), `"id"`)
	w.Want(fmt.Sprintf(`mutation { updateJob(id: %q, patch: {state: done, note: "no"}) { job { id } } }`, id), `"rule":"no"`)
	w.Want(fmt.Sprintf(`mutation { updateJob(id: %q, patch: {state: done}) { job { id } } }`, id), `"id"`)
	pass(time.Hour)
	w.Want(fmt.Sprintf(`mutation { deleteJob(id: %q) { job { id } } }`, id), `"id"`)
	pass(time.Hour)
	w.Want(fmt.Sprintf(`mutation { restoreJob(id: %q) { job { id } } }`, id), `"id"`)
	pass(time.Minute)
	w.Want(fmt.Sprintf(`mutation { updateJob(id: %q, patch: {state: null}) { job { id } } }`, id), `"id"`)
	w.Want(`{ sysStageHistories(orderBy: {id: ASC}) { totalCount nodes { objectName fromValue toValue wallMinutes } } }`,
		`{"totalCount":3,"nodes":[{"objectName":"job","fromValue":null,"toValue":"new","wallMinutes":1},{"objectName":"job","fromValue":"new","toValue":"done","wallMinutes":60},{"objectName":"job","fromValue":null,"toValue":"done","wallMinutes":1}]}`)
}
