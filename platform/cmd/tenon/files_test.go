package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/blob"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/httpd"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/publish"
)

// pdf is the beginning of a PDF file, and enough to be known as one.
const pdf = "%PDF-1.7\n%âãÏÓ\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"

// papers is a package whose workers have deals of their own, with files that they may see or not.
var papers = map[string]string{
	"tenon.json": `{"name": "tenant", "version": "1.0.0", "label": {"en": "Papers", "zh-CN": "文件"}, "requires": {"platform-base": ">=0.0.0"}}`,
	"objects/deal/object.json": `{"name": "deal", "label": {"en": "Deal", "zh-CN": "交易"}, "sharing": "private", "features": ["history", "files"], "nameField": "name", "fields": [
		{"name": "name", "type": "text", "label": {"en": "Name", "zh-CN": "名称"}},
		{"name": "paper", "type": "file", "label": {"en": "Paper", "zh-CN": "文件"}},
		{"name": "photo", "type": "file", "maxSize": 5000, "types": ["image/*"], "label": {"en": "Photo", "zh-CN": "照片"}},
		{"name": "fixed", "type": "file", "label": {"en": "Fixed", "zh-CN": "固定"}},
		{"name": "veiled", "type": "file", "label": {"en": "Veiled", "zh-CN": "脱敏"}},
		{"name": "hidden", "type": "file", "label": {"en": "Hidden", "zh-CN": "隐藏"}}]}`,
	"permissions/deal_use.json": `{"name": "deal_use", "label": {"en": "Deals", "zh-CN": "交易"}, "system": ["export"], "objects": {"deal": {"allow": ["read", "create", "update", "delete"],
		"fields": {"fixed": "read", "veiled": "masked", "hidden": "none"}}, "sys_user": {"allow": ["read"]}}}`,
	"objects/deal/actions/sign.json": `{"name": "sign", "label": {"en": "Sign", "zh-CN": "签署"},
		"input": [{"name": "paper", "type": "file", "label": {"en": "Paper", "zh-CN": "文件"}}],
		"steps": [{"update": "id", "set": {"paper": "input.paper"}}]}`,
	"permissions/deal_read.json": `{"name": "deal_read", "label": {"en": "All deals", "zh-CN": "全部交易"}, "objects": {"deal": {"allow": ["read"], "viewAll": true}}}`,
	"roles/reader.json":          `{"name": "reader", "label": {"en": "Reader", "zh-CN": "查看者"}, "permissions": ["deal_read", "memo_use"]}`,
	"roles/worker.json":          `{"name": "worker", "label": {"en": "Worker", "zh-CN": "员工"}, "permissions": ["deal_use", "memo_use"]}`,
}

// fileWorld is an instance with papers, served over HTTP to some people.
type fileWorld struct {
	*instance
	t    *testing.T
	base string
}

func newFileWorld(t *testing.T, clk clock.Clock) *fileWorld {
	t.Helper()
	w := &fileWorld{instance: opened(t, clk), t: t}
	admin := ident.Principal{Name: "admin", Admin: true}
	ctx := signedIn(admin)
	if err := w.installStandard(ctx, []string{"platform-base"}, true); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, all := range []map[string]string{papers, memos} {
		for path, text := range all {
			files[path] = []byte(text)
		}
	}
	p, err := w.publish.Propose(ctx, publish.Bundle{"tenant": files}, nil)
	if err != nil || p.Findings.HasErrors() {
		t.Fatal(err, p.Findings)
	}
	if _, err := w.publish.Apply(ctx, p, publish.ApplyOptions{}); err != nil {
		t.Fatal(err)
	}
	people := map[string]ident.Principal{"admin": admin}
	for name, user := range map[string]string{"ann": "xu.jing", "bob": "zhao.lei", "eve": "tan.meiling", "tom": "lin.yue", "guest": "du.pengfei"} {
		u := w.demoUser(t, user)
		if role := map[string]string{"ann": "worker", "bob": "worker", "eve": "reader", "tom": "teller"}[name]; role != "" {
			u.Roles = []string{role}
		}
		people[name] = u
	}
	srv := httpd.New(httpd.Config{Tenant: tenantName, Mounts: w.mounts(), Log: w.log, NewID: errorID,
		Authenticate: func(_ context.Context, token string) (ident.Principal, error) {
			if p, ok := people[token]; ok {
				return p, nil
			}
			return ident.Principal{}, errs.New(errs.Unauthenticated, "who are you", "您是谁")
		}})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.base = "http://" + l.Addr().String()
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := errors.Join(srv.Shutdown(ctx), <-ended); err != nil {
			t.Error(err)
		}
	})
	return w
}

// call sends a request as somebody; header are names and values in turn.
func (w *fileWorld) call(who, method, path, body string, header ...string) (int, http.Header, string) {
	w.t.Helper()
	req, err := http.NewRequest(method, w.base+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if who != "" {
		req.Header.Set("Authorization", "Bearer "+who)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	b, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		w.t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(b)
}

// stored is a file as the API describes it.
type stored struct {
	ID, Name, Type, Hash string
	Size                 int64
}

// send uploads a file that must be taken.
func (w *fileWorld) send(who, field, content string) stored {
	w.t.Helper()
	status, _, body := w.call(who, http.MethodPost, "/files?object=deal&field="+field+"&name=x.bin", content, "Content-Type", "application/octet-stream")
	var a struct{ Data stored }
	if err := json.Unmarshal([]byte(body), &a); err != nil || status != http.StatusCreated {
		w.t.Fatalf("upload: %d %s", status, body)
	}
	return a.Data
}

// graphql runs an operation as somebody.
func (w *fileWorld) graphql(who, query string) string {
	w.t.Helper()
	_, _, body := w.call(who, http.MethodPost, "/graphql", operation(query, nil), "Content-Type", "application/json")
	return body
}

// deal makes a deal with files, GraphQL name → id, and gives its id.
func (w *fileWorld) deal(who string, files map[string]string) string {
	w.t.Helper()
	in := `name: "d"`
	for f, id := range files {
		in += fmt.Sprintf(", %s: %q", f, id)
	}
	var a struct {
		Data struct {
			CreateDeal struct{ Deal struct{ ID string } }
		}
	}
	body := w.graphql(who, `mutation { createDeal(input: {`+in+`}) { deal { id } } }`)
	if err := json.Unmarshal([]byte(body), &a); err != nil || a.Data.CreateDeal.Deal.ID == "" {
		w.t.Fatalf("create: %s", body)
	}
	return a.Data.CreateDeal.Deal.ID
}

// reads gives the status and body of a download.
func (w *fileWorld) reads(who, id string) (int, string) {
	w.t.Helper()
	status, _, body := w.call(who, http.MethodGet, "/files/"+id, "")
	return status, body
}

// blobs are the contents that are kept.
func blobs(t *testing.T, dir string) (out []string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(dir, "blobs"), func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && !d.IsDir() {
			out = append(out, d.Name())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestFileOverHTTP uploads a file, gives it to a record, and downloads it.
func TestFileOverHTTP(t *testing.T) {
	w := newFileWorld(t, clock.System{})
	status, h, body := w.call("ann", http.MethodPost, "/files?object=deal&field=paper&name=..%2F..%2Fetc%2F%E5%90%88%E5%90%8C%0D%0A.pdf", pdf, "Content-Type", "application/pdf")
	var a struct{ Data stored }
	if err := json.Unmarshal([]byte(body), &a); err != nil {
		t.Fatal(err)
	}
	f := a.Data
	if status != http.StatusCreated || h.Get("Location") != "/files/"+f.ID || f.Name != "合同.pdf" || f.Type != "application/pdf" || f.Size != int64(len(pdf)) || len(f.Hash) != 64 {
		t.Fatal(status, body)
	}
	id := w.deal("ann", map[string]string{"paper": f.ID})
	if got := w.graphql("ann", `{ deal(id: "`+id+`") { paper } }`); !strings.Contains(got, fmt.Sprintf(`{"id":%q,"name":"合同.pdf","size":%d,"type":"application/pdf","hash":%q}`, f.ID, f.Size, f.Hash)) {
		t.Errorf("the record shows %s", got)
	}
	status, h, got := w.call("ann", http.MethodGet, "/files/"+f.ID, "")
	if status != http.StatusOK || got != pdf || h.Get("Content-Type") != "application/pdf" || h.Get("X-Content-Type-Options") != "nosniff" ||
		h.Get("ETag") != `"`+f.Hash+`"` || h.Get("Content-Disposition") != "attachment; filename*=UTF-8''%E5%90%88%E5%90%8C.pdf" ||
		h.Get("Content-Security-Policy") != "default-src 'none'; sandbox" || h.Get("Content-Length") != fmt.Sprint(len(pdf)) || h.Get("Cache-Control") != "private, no-cache" {
		t.Errorf("downloaded: %d %v %q", status, h, got)
	}
	if status, h, got := w.call("ann", http.MethodHead, "/files/"+f.ID, ""); status != http.StatusOK || got != "" || h.Get("Content-Length") != fmt.Sprint(len(pdf)) {
		t.Errorf("HEAD: %d %v %q", status, h, got)
	}
	if status, _, got := w.call("ann", http.MethodGet, "/files/"+f.ID, "", "If-None-Match", `"`+f.Hash+`"`); status != http.StatusNotModified || got != "" {
		t.Errorf("unchanged: %d %q", status, got)
	}
	if got := w.graphql("ann", fmt.Sprintf(`mutation { updateDeal(id: %q, patch: {name: "e", paper: {id: %q, name: "other.exe", hash: "y", size: 1}}) { deal { name paper } } }`, id, f.ID)); !strings.Contains(got, `"name":"e"`) || !strings.Contains(got, f.Hash) || strings.Contains(got, "other.exe") {
		t.Errorf("given back with other words: %s", got)
	}
	if got := w.graphql("ann", fmt.Sprintf(`{ deal(id: %q) { history(first: 5) { changes } } }`, id)); !strings.Contains(got, "合同.pdf") || !strings.Contains(got, f.Hash) {
		t.Errorf("history: %s", got)
	}
	if status, _, got := w.call("ann", http.MethodGet, "/export/deal?fields=name,paper", ""); status != http.StatusOK || !strings.Contains(got, "合同.pdf") || !strings.Contains(got, f.Hash) {
		t.Errorf("export: %d %s", status, got)
	}
}

// TestFileRanges downloads parts.
func TestFileRanges(t *testing.T) {
	w := newFileWorld(t, clock.System{})
	content := "0123456789"
	f := w.send("ann", "paper", content)
	for _, c := range []struct {
		ask    string
		status int
		want   string
		of     string
	}{
		{"bytes=0-3", 206, "0123", "bytes 0-3/10"}, {"bytes=4-", 206, "456789", "bytes 4-9/10"}, {"bytes=-3", 206, "789", "bytes 7-9/10"},
		{"bytes=9-100", 206, "9", "bytes 9-9/10"}, {"bytes=-100", 206, content, "bytes 0-9/10"}, {"bytes=10-", 416, "", ""}, {"bytes=-0", 416, "", ""},
		{"bytes=3-1", 200, content, ""}, {"bytes=0-1,4-5", 200, content, ""}, {"lines=0-1", 200, content, ""}, {"bytes=x", 200, content, ""},
		{"bytes=99999999999999999999-", 200, content, ""},
	} {
		status, h, got := w.call("ann", http.MethodGet, "/files/"+f.ID, "", "Range", c.ask)
		if status != c.status || status != 416 && got != c.want || h.Get("Content-Range") != c.of && status != 416 {
			t.Errorf("%s: %d %q %q", c.ask, status, got, h.Get("Content-Range"))
		}
	}
	if status, _, got := w.call("ann", http.MethodGet, "/files/"+f.ID, "", "Range", "bytes=0-1", "If-Range", `"other"`); status != 200 || got != content {
		t.Errorf("a part of what has changed: %d %q", status, got)
	}
	if status, _, got := w.call("ann", http.MethodGet, "/files/"+f.ID, "", "Range", "bytes=0-1", "If-Range", `"`+f.Hash+`"`); status != 206 || got != "01" {
		t.Errorf("a part of what has not changed: %d %q", status, got)
	}
}

// TestFilesUnderPermissions: who may not read the record, or the field, does not learn that there is a file.
func TestFilesUnderPermissions(t *testing.T) {
	w := newFileWorld(t, clock.System{})
	files := map[string]string{}
	ids := map[string]stored{}
	for _, f := range []string{"paper", "fixed", "veiled", "hidden"} {
		ids[f] = w.send("admin", f, "content of "+f)
		files[f] = ids[f].ID
	}
	if status, _ := w.reads("ann", ids["paper"].ID); status != http.StatusNotFound {
		t.Errorf("somebody else's upload: %d", status)
	}
	id := w.deal("admin", files)
	for f, s := range ids {
		for who, want := range map[string]int{"admin": 200, "ann": 404, "guest": 404, "": 401} {
			if status, body := w.reads(who, s.ID); status != want || want != 200 && strings.Contains(body, "content of") {
				t.Errorf("%s reads %s: %d %s", who, f, status, body)
			}
		}
	}
	own := w.send("ann", "paper", "hers")
	mine := w.deal("ann", map[string]string{"paper": own.ID})
	if got := w.graphql("admin", fmt.Sprintf(`mutation { updateDeal(id: %q, patch: {fixed: %q, veiled: %q, hidden: %q}) { deal { id } } }`, mine, files["fixed"], files["veiled"], files["hidden"])); !strings.Contains(got, mine) {
		t.Fatalf("an administrator gives files that are in use: %s", got)
	}
	for f, want := range map[string]int{"paper": 404, "fixed": 200, "veiled": 404, "hidden": 404} {
		if status, _ := w.reads("ann", ids[f].ID); status != want {
			t.Errorf("ann reads %s of her deal: %d", f, status)
		}
		if status, _ := w.reads("bob", ids[f].ID); status != 404 {
			t.Errorf("bob reads %s of ann's deal: %d", f, status)
		}
	}
	if status, _ := w.reads("bob", own.ID); status != 404 {
		t.Errorf("bob reads ann's file: %d", status)
	}

	t.Run("what others know opens nothing", func(t *testing.T) {
		theirs := ids["hidden"]
		for name, in := range map[string]string{
			"id": fmt.Sprintf("%q", theirs.ID), "hash": fmt.Sprintf(`{id: %q, hash: %q}`, strings.Repeat("0", 32), theirs.Hash),
			"description": fmt.Sprintf(`{id: %q, name: "x", hash: %q, size: 1}`, own.ID[:31]+"g", theirs.Hash), "masked": fmt.Sprintf("%q", ids["veiled"].ID),
		} {
			if got := w.graphql("ann", fmt.Sprintf(`mutation { updateDeal(id: %q, patch: {paper: %s}) { deal { paper } } }`, mine, in)); !strings.Contains(got, `"errors"`) || strings.Contains(got, theirs.Hash) {
				t.Errorf("%s: %s", name, got)
			}
		}
		for _, at := range []string{theirs.Hash, strings.Repeat("0", 32), "1", "deal_1", "..%2f..%2ftenon.lock"} {
			if status, _ := w.reads("ann", at); status != 404 {
				t.Errorf("reads %s: %d", at, status)
			}
		}
		got := w.graphql("ann", fmt.Sprintf(`mutation { updateDeal(id: %q, patch: {paper: {id: %q, hash: %q}}) { deal { paper } } }`, mine, own.ID, theirs.Hash))
		if strings.Contains(got, theirs.Hash) {
			t.Errorf("a hash is taken from a client: %s", got)
		}
		if got := w.graphql("ann", fmt.Sprintf(`mutation { createDeal(input: {paper: %q}) { deal { paper } } }`, ids["fixed"].ID)); !strings.Contains(got, ids["fixed"].Hash) {
			t.Errorf("a file that she may read is not given to another record: %s", got)
		}
	})

	t.Run("an action opens nothing either", func(t *testing.T) {
		sign := func(file string) string {
			return w.graphql("ann", fmt.Sprintf(`mutation { dealSign(id: %q, input: {paper: {id: %q, name: "x", hash: %q}}) { deal { paper } } }`, mine, file, ids["hidden"].Hash))
		}
		if got := sign(ids["hidden"].ID); !strings.Contains(got, "VALIDATION_FAILED") {
			t.Errorf("an action gives her what is hidden: %s", got)
		}
		fresh := w.send("ann", "paper", "signed")
		if got := sign(fresh.ID); !strings.Contains(got, fresh.Hash) {
			t.Errorf("an action does not take her upload: %s", got)
		}
		if status, got := w.reads("ann", fresh.ID); status != 200 || got != "signed" {
			t.Errorf("the signed paper: %d %q", status, got)
		}
		if got := sign(own.ID); !strings.Contains(got, own.Hash) {
			t.Errorf("an action does not take what she uploaded and replaced: %s", got)
		}
	})

	t.Run("what one may not write", func(t *testing.T) {
		other := newFileWorld(t, clock.System{})
		foreign := other.send("ann", "paper", "of another tenant")
		if status, _ := w.reads("ann", foreign.ID); status != 404 {
			t.Errorf("another tenant's file: %d", status)
		}
		for _, c := range []struct {
			who, query string
			want       refused
		}{
			{"ann", "object=deal&field=fixed", refused{code: errs.Forbidden, says: "cannot be written"}},
			{"ann", "object=deal&field=hidden", refused{code: errs.NotFound, says: "no field"}},
			{"ann", "object=deal&field=veiled", refused{code: errs.NotFound, says: "no field"}},
			{"ann", "object=deal&field=none", refused{code: errs.NotFound, says: "no field"}},
			{"ann", "object=deal&field=name", refused{code: errs.InvalidInput, says: "holds no files"}},
			{"ann", "object=sys_counter&field=key", refused{code: errs.NotFound, says: "no object"}},
			{"guest", "object=deal&field=paper", refused{code: errs.NotFound, says: "no object"}},
			{"ann", "object=deal&field=paper&id=" + id, refused{code: errs.NotFound, says: "no deal"}},
			{"ann", "object=deal&field=paper&id=account_1", refused{code: errs.InvalidInput, says: "not the id"}},
			{"bob", "object=deal&field=paper&id=" + mine, refused{code: errs.NotFound, says: "no deal"}},
		} {
			for _, lang := range []string{"en", "zh-CN"} {
				_, _, body := w.call(c.who, http.MethodPost, "/files?"+c.query, "content", "Accept-Language", lang, "Content-Type", "text/plain")
				words(t, c.want, lang, body)
			}
		}
		if status, _, body := w.call("ann", http.MethodPost, "/files?object=deal&field=paper&id="+mine, "content", "Content-Type", "text/plain"); status != http.StatusCreated {
			t.Errorf("for her own deal: %d %s", status, body)
		}
	})

	t.Run("a right that is taken away", func(t *testing.T) {
		if got := w.graphql("admin", fmt.Sprintf(`mutation { updateDeal(id: %q, patch: {ownerId: null}) { deal { id } } }`, mine)); !strings.Contains(got, mine) {
			t.Fatal(got)
		}
		if status, _, _ := w.call("ann", http.MethodGet, "/files/"+own.ID, "", "If-None-Match", `"`+own.Hash+`"`); status != http.StatusNotFound {
			t.Errorf("a copy that may no longer be read is confirmed: %d", status)
		}
	})
}

// TestFilesOfWrongKinds: contents that are not what they are said to be, or not what a field takes.
func TestFilesOfWrongKinds(t *testing.T) {
	w := newFileWorld(t, clock.System{})
	png := "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
	for _, c := range []struct {
		field, mediaType, content string
		want                      refused
	}{
		{"paper", "image/png", "<script>alert(1)</script>", refused{code: errs.ValidationFail, says: "not image/png"}},
		{"paper", "application/pdf", png, refused{code: errs.ValidationFail, says: "not application/pdf"}},
		{"paper", "text/csv", "MZ\x90\x00\x03\x00\x00\x00\x04\x00", refused{code: errs.ValidationFail, says: "not text/csv"}},
		{"paper", "png", png, refused{code: errs.InvalidInput, says: "no media type"}},
		{"paper", "text/plain", "", refused{code: errs.InvalidInput, says: "empty"}},
		{"photo", "", "only text", refused{code: errs.ValidationFail, says: "only image/*"}},
		{"photo", "image/png", png + strings.Repeat("x", 5000), refused{code: errs.LimitExceeded, says: "larger than 5000"}},
	} {
		for _, lang := range []string{"en", "zh-CN"} {
			_, _, body := w.call("ann", http.MethodPost, "/files?object=deal&field="+c.field, c.content, "Content-Type", c.mediaType, "Accept-Language", lang)
			words(t, c.want, lang, body)
		}
	}
	for _, c := range []struct{ declared, content, want string }{
		{"", png, "image/png"}, {"application/octet-stream", pdf, "application/pdf"}, {"image/png", png, "image/png"}, {"text/csv; charset=utf-8", "a,b\n1,2\n", "text/csv"},
		{"text/markdown", "# A *title*", "text/markdown"}, {"text/plain", "plain", "text/plain"},
	} {
		status, _, body := w.call("ann", http.MethodPost, "/files?object=deal&field=paper", c.content, "Content-Type", c.declared)
		if status != http.StatusCreated || !strings.Contains(body, `"type":"`+c.want+`"`) {
			t.Errorf("%s: %d %s", c.declared, status, body)
		}
	}
	paper := w.send("ann", "paper", "text for a paper")
	if got := w.graphql("ann", fmt.Sprintf(`mutation { createDeal(input: {photo: %q}) { deal { id } } }`, paper.ID)); !strings.Contains(got, "VALIDATION_FAILED") || !strings.Contains(got, "only image/*") {
		t.Errorf("a paper becomes a photo: %s", got)
	}
	if n := len(blobs(t, w.dir)); n != 6 {
		t.Errorf("%d contents are kept", n)
	}
}

// TestFilesAreSwept: what nothing uses goes in time, and a content stays as long as anything has it.
func TestFilesAreSwept(t *testing.T) {
	clk := clock.NewFixed(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	w := newFileWorld(t, clk)
	sweep := func(want int) {
		t.Helper()
		if n, err := w.files.Sweep(context.Background()); err != nil || n != want {
			t.Errorf("swept %d, want %d: %v", n, want, err)
		}
	}
	kept := func(want int) {
		t.Helper()
		if got := blobs(t, w.dir); len(got) != want {
			t.Errorf("%d contents are kept, want %d", len(got), want)
		}
	}
	a, b, never := w.send("ann", "paper", "same"), w.send("bob", "paper", "same"), w.send("ann", "paper", "never used")
	if a.Hash != b.Hash || a.ID == b.ID {
		t.Error(a, b)
	}
	kept(2)
	first, second := w.deal("ann", map[string]string{"paper": a.ID}), w.deal("bob", map[string]string{"paper": b.ID})
	clk.Advance(24*time.Hour - time.Minute)
	sweep(0)
	clk.Advance(time.Minute)
	if got := w.graphql("ann", fmt.Sprintf(`mutation { createDeal(input: {paper: %q}) { deal { id } } }`, never.ID)); !strings.Contains(got, "VALIDATION_FAILED") {
		t.Errorf("an upload is used after its day: %s", got)
	}
	sweep(1)
	kept(1)
	if status, _ := w.reads("ann", never.ID); status != 404 {
		t.Errorf("a swept file: %d", status)
	}
	for _, op := range []string{"deleteDeal", "purgeDeal"} {
		if got := w.graphql("ann", fmt.Sprintf(`mutation { %s(id: %q) { __typename } }`, op, first)); strings.Contains(got, `"errors"`) {
			t.Fatal(got)
		}
		if op == "deleteDeal" {
			sweep(0)
			if status, _ := w.reads("ann", a.ID); status != 404 {
				t.Errorf("a file of a deleted record: %d", status)
			}
		}
	}
	sweep(1)
	kept(1)
	if status, got := w.reads("bob", b.ID); status != 200 || got != "same" {
		t.Errorf("the other record's file: %d %q", status, got)
	}
	c := w.send("bob", "paper", "newer")
	if got := w.graphql("bob", fmt.Sprintf(`mutation { updateDeal(id: %q, patch: {paper: %q}) { deal { id } } }`, second, c.ID)); !strings.Contains(got, second) {
		t.Fatal(got)
	}
	clk.Advance(29 * 24 * time.Hour)
	sweep(0)
	kept(2)
	clk.Advance(24 * time.Hour)
	sweep(1)
	kept(1)
	if status, got := w.reads("bob", c.ID); status != 200 || got != "newer" {
		t.Errorf("the newer file: %d %q", status, got)
	}
	if got := w.graphql("bob", fmt.Sprintf(`mutation { createDeal(input: {paper: %q}, dryRun: true) { deal { id } } }`, w.send("bob", "paper", "tried").ID)); strings.Contains(got, `"errors"`) {
		t.Error(got)
	}
	clk.Advance(24 * time.Hour)
	sweep(1)
	kept(1)
}

// TestSweepBesideUploads: a content that goes and comes at the same time is there for whoever got an id for it.
func TestSweepBesideUploads(t *testing.T) {
	clk := clock.NewFixed(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	w := newFileWorld(t, clk)
	for range 20 {
		old := w.send("ann", "paper", "again and again")
		clk.Advance(25 * time.Hour)
		var all sync.WaitGroup
		var id string
		all.Go(func() { id = w.send("ann", "paper", "again and again").ID })
		all.Go(func() {
			if _, err := w.files.Sweep(context.Background()); err != nil {
				t.Error(err)
			}
		})
		all.Wait()
		if status, _ := w.reads("ann", old.ID); status != 404 {
			t.Errorf("the old file: %d", status)
		}
		if status, got := w.reads("ann", id); status != 200 || got != "again and again" {
			t.Fatalf("the new file: %d %q", status, got)
		}
	}
}

// TestFilesOfDroppedFields: the files of a field that a publish drops go with it.
func TestFilesOfDroppedFields(t *testing.T) {
	w := newFileWorld(t, clock.System{})
	paper, fixed := w.send("ann", "paper", "stays"), w.send("admin", "fixed", "goes")
	w.deal("admin", map[string]string{"paper": paperOf(w), "fixed": fixed.ID})
	w.deal("ann", map[string]string{"paper": paper.ID})
	less := map[string][]byte{}
	for path, text := range memos {
		less[path] = []byte(text)
	}
	for path, text := range papers {
		text = strings.Replace(text, `{"name": "fixed", "type": "file", "label": {"en": "Fixed", "zh-CN": "固定"}},`, "", 1)
		less[path] = []byte(strings.Replace(text, `"fixed": "read", `, "", 1))
	}
	ctx := signedIn(ident.Principal{Name: "admin", Admin: true})
	p, err := w.publish.Propose(ctx, publish.Bundle{"tenant": less}, nil)
	if err != nil || p.Findings.HasErrors() {
		t.Fatal(err, p.Findings)
	}
	if _, err := w.publish.Apply(ctx, p, publish.ApplyOptions{AllowDestructive: true}); err != nil {
		t.Fatal(err)
	}
	if status, _ := w.reads("admin", fixed.ID); status != 404 {
		t.Errorf("a file of a field that is gone: %d", status)
	}
	if n, err := w.files.Sweep(context.Background()); n != 1 || err != nil {
		t.Errorf("swept %d: %v", n, err)
	}
	if status, got := w.reads("ann", paper.ID); status != 200 || got != "stays" {
		t.Errorf("a file of a field that stays: %d %q", status, got)
	}
	if got := blobs(t, w.dir); len(got) != 2 {
		t.Errorf("kept: %v", got)
	}
}

// paperOf is an upload of the administrator.
func paperOf(w *fileWorld) string { return w.send("admin", "paper", "of the administrator").ID }

// TestUploadsAtOnce: one caller does not hold the door open with many slow uploads.
func TestUploadsAtOnce(t *testing.T) {
	w := newFileWorld(t, clock.System{})
	w.files.Limits.AtOnce = 1
	r, slow := io.Pipe()
	req, err := http.NewRequest(http.MethodPost, w.base+"/files?object=deal&field=paper", r)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer ann")
	ended := make(chan int, 1)
	go func() {
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			ended <- 0
			return
		}
		ended <- res.StatusCode
		res.Body.Close()
	}()
	defer slow.Close()
	// This is more than lies between client and server: when it has gone, the upload is under way.
	if _, err := io.WriteString(slow, strings.Repeat("a", 20<<20)); err != nil {
		t.Fatal(err)
	}
	_, _, body := w.call("ann", http.MethodPost, "/files?object=deal&field=paper", "b", "Content-Type", "text/plain")
	words(t, refused{code: errs.LimitExceeded, says: "at most 1 uploads"}, "en", body)
	w.send("bob", "paper", "not hindered")
	if err := slow.Close(); err != nil {
		t.Fatal(err)
	}
	if status := <-ended; status != http.StatusCreated {
		t.Errorf("the slow one: %d", status)
	}
	w.send("ann", "paper", "again")
}

// slow is a store of blobs that takes its time to remove one.
type slow struct {
	blob.Store
	removing chan struct{}
}

func (s slow) Delete(ctx context.Context, h blob.Hash) error {
	close(s.removing)
	time.Sleep(300 * time.Millisecond)
	return s.Store.Delete(ctx, h)
}

// TestUploadOfWhatGoes: whoever brings a content just while it is removed waits, and keeps it.
func TestUploadOfWhatGoes(t *testing.T) {
	clk := clock.NewFixed(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	w := newFileWorld(t, clk)
	w.send("ann", "paper", "goes and comes")
	clk.Advance(25 * time.Hour)
	removing := make(chan struct{})
	w.files.Blobs = slow{w.files.Blobs, removing}
	swept := make(chan error, 1)
	go func() {
		_, err := w.files.Sweep(context.Background())
		swept <- err
	}()
	<-removing
	f := w.send("ann", "paper", "goes and comes")
	if err := <-swept; err != nil {
		t.Fatal(err)
	}
	if status, got := w.reads("ann", f.ID); status != 200 || got != "goes and comes" {
		t.Errorf("the new file: %d %q", status, got)
	}
}

// lost is a store of blobs that breaks when one comes.
type lost struct{ blob.Store }

func (lost) Put(context.Context, blob.Hash, int64, io.Reader) error {
	return errors.New("the disk is full")
}

// TestUploadWithoutBlob: an upload whose content could not be kept is known to nobody, and swept.
func TestUploadWithoutBlob(t *testing.T) {
	clk := clock.NewFixed(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	w := newFileWorld(t, clk)
	was := w.files.Blobs
	w.files.Blobs = lost{was}
	if status, _, body := w.call("ann", http.MethodPost, "/files?object=deal&field=paper", "content", "Content-Type", "text/plain"); status != 500 || strings.Contains(body, "disk") {
		t.Errorf("answered %d %s", status, body)
	}
	w.files.Blobs = was
	clk.Advance(25 * time.Hour)
	if n, err := w.files.Sweep(context.Background()); n != 1 || err != nil {
		t.Error(n, err)
	}
}

// TestTooManyUploads: one caller does not fill the disk with what no record uses.
func TestTooManyUploads(t *testing.T) {
	w := newFileWorld(t, clock.System{})
	w.files.Limits.Waiting, w.files.Limits.Bytes = 3, 100
	var ids []string
	for i := range 3 {
		ids = append(ids, w.send("ann", "paper", fmt.Sprint("file ", i)).ID)
	}
	for _, lang := range []string{"en", "zh-CN"} {
		_, _, body := w.call("ann", http.MethodPost, "/files?object=deal&field=paper", "one more", "Content-Type", "text/plain", "Accept-Language", lang)
		words(t, refused{code: errs.LimitExceeded, says: "at most 3 files"}, lang, body)
	}
	w.send("bob", "paper", "of somebody else")
	w.deal("ann", map[string]string{"paper": ids[0]})
	w.send("ann", "paper", "one more")
	if _, _, body := w.call("bob", http.MethodPost, "/files?object=deal&field=paper", strings.Repeat("x", 100), "Content-Type", "text/plain"); !strings.Contains(body, "LIMIT_EXCEEDED") {
		t.Errorf("too many bytes: %s", body)
	}
}
