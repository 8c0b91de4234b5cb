package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/plugins/blobs/s3/s3fake"
)

// TestFilesInS3 serves with the contents of files in a bucket, and shows no credential whatever happens.
func TestFilesInS3(t *testing.T) {
	const secret = "the-secret-of-the-tests"
	data, bucket := t.TempDir(), s3fake.New(t, "files", "a-key")
	must(t, "apply", "--data", data, write(t, map[string]string{
		"tenon.json":                `{"name": "paper", "version": "1.0.0", "label": {"en": "Papers", "zh-CN": "文件"}}`,
		"objects/brand/object.json": `{"name": "brand", "label": {"en": "Brand", "zh-CN": "品牌"}, "fields": [{"name": "name", "type": "text"}, {"name": "logo", "type": "file"}]}`}))
	at := "s3://files/tenon?region=us-east-1&endpoint=" + bucket.URL
	t.Run("serve", func(t *testing.T) {
		cmd := process(t, "serve", "--data", data, "--addr", "127.0.0.1:0", "--blobs", at)
		cmd.Env = append(cmd.Env, "AWS_ACCESS_KEY_ID=a-key", "AWS_SECRET_ACCESS_KEY="+secret)
		s := start(t, data, cmd)
		_, _, body := s.call(http.MethodPost, "/files?object=brand&field=logo&name=logo.pdf", pdf, map[string]string{"Content-Type": "application/pdf"})
		var a struct{ Data stored }
		if err := json.Unmarshal([]byte(body), &a); err != nil || a.Data.ID == "" {
			t.Fatal(body)
		}
		var made any
		s.query(&made, fmt.Sprintf(`mutation { createBrand(input: {name: "B", logo: %q}) { brand { id } } }`, a.Data.ID), nil)
		if status, _, got := s.call(http.MethodGet, "/files/"+a.Data.ID, "", map[string]string{"Range": "bytes=1-3"}); status != http.StatusPartialContent || got != "PDF" {
			t.Errorf("downloaded: %d %q", status, got)
		}
		if keys := bucket.Keys(); len(keys) != 1 || !strings.HasSuffix(keys[0], a.Data.Hash) || !strings.HasPrefix(keys[0], "tenon/") || len(blobs(t, data)) > 0 {
			t.Errorf("in the bucket: %v, in the directory: %v", keys, blobs(t, data))
		}
		if strings.Contains(s.log.String()+s.out.String(), secret) {
			t.Error("the log shows a credential")
		}
	})
	for name, c := range map[string]struct{ at, key, says string }{
		"wrong key":             {at, "other", "cannot be reached"},
		"no bucket":             {"s3://none?region=us-east-1&endpoint=" + bucket.URL, "a-key", "cannot be reached"},
		"secret in the address": {"s3://a-key:" + secret + "@files", "a-key", "without credentials"},
		"unknown":               {"ftp://files", "a-key", "unknown store of files"},
	} {
		cmd := process(t, "serve", "--data", data, "--addr", "127.0.0.1:0", "--blobs", c.at)
		cmd.Env = append(cmd.Env, "AWS_ACCESS_KEY_ID="+c.key, "AWS_SECRET_ACCESS_KEY="+secret)
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), c.says) || strings.Contains(string(out), secret) {
			t.Errorf("%s: %v %s", name, err, out)
		}
	}
}
