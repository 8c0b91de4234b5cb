package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/plugins/stores/sqlite"
)

// attach uploads a file and makes it one of a deal's; it gives the file, the id of the detail, and the answer.
func (w *fileWorld) attach(who, deal, content string) (stored, string, string) {
	w.t.Helper()
	status, _, body := w.call(who, http.MethodPost, "/files?object=deal_file&field=file&name=x.txt", content, "Content-Type", "text/plain")
	var up struct{ Data stored }
	if err := json.Unmarshal([]byte(body), &up); err != nil || status != http.StatusCreated {
		return stored{}, "", body
	}
	body = w.graphql(who, fmt.Sprintf(`mutation { createDealFile(input: {dealId: %q, file: %q, note: "n"}) { dealFile { id } } }`, deal, up.Data.ID))
	var a struct {
		Data struct {
			CreateDealFile struct{ DealFile struct{ ID string } }
		}
	}
	if err := json.Unmarshal([]byte(body), &a); err != nil {
		w.t.Fatal(body)
	}
	return up.Data, a.Data.CreateDealFile.DealFile.ID, body
}

// TestAttachments: the files of a record are details of it, with its access.
func TestAttachments(t *testing.T) {
	w := newFileWorld(t, clock.System{})
	mine := w.deal("ann", nil)
	f, id, body := w.attach("ann", mine, "hers")
	if id == "" {
		t.Fatal(body)
	}
	if got := w.graphql("ann", fmt.Sprintf(`{ deal(id: %q) { dealFiles { totalCount nodes { note file createdBy { username } } } } }`, mine)); !strings.Contains(got, f.Hash) || !strings.Contains(got, `"totalCount":1`) || !strings.Contains(got, "xu.jing") {
		t.Errorf("the deal shows %s", got)
	}
	for who, want := range map[string]int{"ann": 200, "eve": 200, "admin": 200, "bob": 404, "guest": 404} {
		if status, _ := w.reads(who, f.ID); status != want {
			t.Errorf("%s reads: %d", who, status)
		}
	}
	if got := w.graphql("bob", `{ dealFiles { totalCount } }`); !strings.Contains(got, `"totalCount":0`) {
		t.Errorf("bob sees %s", got)
	}
	if _, id, body := w.attach("bob", mine, "his"); id != "" || !strings.Contains(body, `"errors"`) {
		t.Errorf("bob gives ann's deal a file: %s", body)
	}
	if _, id, body := w.attach("eve", mine, "hers"); id != "" || !strings.Contains(body, "FORBIDDEN") {
		t.Errorf("eve, who may read alone, gives ann's deal a file: %s", body)
	}
	if got := w.graphql("eve", fmt.Sprintf(`mutation { deleteDealFile(id: %q) { __typename } }`, id)); !strings.Contains(got, `"errors"`) {
		t.Errorf("eve deletes a file: %s", got)
	}
	if got := w.graphql("guest", `{ dealFiles { totalCount } }`); !strings.Contains(got, `"errors"`) {
		t.Errorf("a guest sees that deals have files: %s", got)
	}
	if got := w.graphql("admin", fmt.Sprintf(`mutation { updateDeal(id: %q, patch: {ownerId: null}) { deal { id } } }`, mine)); !strings.Contains(got, mine) {
		t.Fatal(got)
	}
	if status, _ := w.reads("ann", f.ID); status != 404 {
		t.Errorf("ann reads the file of a deal that is no longer hers: %d", status)
	}
	for _, op := range []string{"deleteDeal", "purgeDeal"} {
		if got := w.graphql("admin", fmt.Sprintf(`mutation { %s(id: %q) { __typename } }`, op, mine)); strings.Contains(got, `"errors"`) {
			t.Fatal(got)
		}
	}
	if n, err := w.files.Sweep(context.Background()); n != 1 || err != nil {
		t.Errorf("swept with its deal: %d %v", n, err)
	}
}

// TestAttachmentsOfAnOldDirectory: a revision of before objects had files gets the table when it is opened.
func TestAttachmentsOfAnOldDirectory(t *testing.T) {
	data := t.TempDir()
	must(t, "apply", "--data", data, write(t, map[string]string{
		"tenon.json":               `{"name": "tenant", "version": "1.0.0", "label": {"en": "Papers", "zh-CN": "文件"}}`,
		"objects/deal/object.json": `{"name": "deal", "label": {"en": "Deal", "zh-CN": "交易"}, "features": ["files"], "fields": [{"name": "name", "type": "text", "label": {"en": "Name", "zh-CN": "名称"}}]}`,
	}))
	db, err := openStore(context.Background(), sqlite.New(data, nil), tenantName)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Change(context.Background(), driver.DropTable{Name: "deal_file"}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s := serve(t, data, "--bare")
	var a struct{ DealFiles struct{ TotalCount int } }
	s.query(&a, `{ dealFiles { totalCount } }`, nil)
}
