package main

import (
	"bytes"
	"context"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
)

// painting is a PNG of a size that something shines through.
func painting(t *testing.T, w, h int) string {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	m.Set(0, 0, color.NRGBA{255, 0, 0, 255})
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestThumbnails: small pictures of files, for whoever may read the file, kept until it goes.
func TestThumbnails(t *testing.T) {
	clk := clock.NewFixed(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	w := newFileWorld(t, clk)
	f := w.send("ann", "photo", painting(t, 300, 100))
	id := w.deal("ann", map[string]string{"photo": f.ID})
	var tags sync.Map
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			status, h, body := w.call("ann", http.MethodGet, "/files/"+f.ID+"?size=64", "")
			c, format, err := image.DecodeConfig(strings.NewReader(body))
			if status != 200 || err != nil || format != "png" || c.Width != 64 || c.Height != 21 || h.Get("Content-Type") != "image/png" || h.Get("X-Content-Type-Options") != "nosniff" ||
				h.Get("Content-Disposition") != "inline; filename*=UTF-8''x.png" {
				t.Errorf("%d %v %s %+v %v", status, h, format, c, err)
			}
			tags.Store(h.Get("ETag"), true)
		})
	}
	all.Wait()
	n := 0
	tags.Range(func(_, _ any) bool { n++; return true })
	if kept := blobs(t, w.dir); n != 1 || len(kept) != 2 {
		t.Errorf("%d thumbnails, %d contents", n, len(kept))
	}
	for who, want := range map[string]int{"bob": 404, "guest": 404, "": 401} {
		if status, _, _ := w.call(who, http.MethodGet, "/files/"+f.ID+"?size=64", ""); status != want {
			t.Errorf("%s: %d", who, status)
		}
	}
	for _, name := range blobs(t, w.dir) {
		if name != f.Hash {
			if err := os.Remove(filepath.Join(w.dir, "blobs", name[:2], name[2:4], name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if status, _, _ := w.call("ann", http.MethodGet, "/files/"+f.ID+"?size=64", ""); status != 200 || len(blobs(t, w.dir)) != 2 {
		t.Errorf("a thumbnail that was lost: %d", status)
	}
	// A thumbnail that is uploaded as a file is one content with two reasons to stay.
	_, _, body := w.call("ann", http.MethodGet, "/files/"+f.ID+"?size=64", "")
	same := w.send("ann", "photo", body)
	if status, _, again := w.call("ann", http.MethodGet, "/files/"+same.ID+"?size=256", ""); status != 200 || again != body {
		t.Errorf("the thumbnail of a thumbnail is another one: %d", status)
	}
	keep := w.deal("ann", map[string]string{"photo": same.ID})
	for _, op := range []string{"deleteDeal", "purgeDeal"} {
		w.graphql("ann", fmt.Sprintf(`mutation { %s(id: %q) { __typename } }`, op, id))
	}
	if n, err := w.files.Sweep(context.Background()); n != 1 || err != nil {
		t.Error(n, err)
	}
	if kept := blobs(t, w.dir); len(kept) != 1 || kept[0] != same.Hash {
		t.Errorf("kept: %v", kept)
	}
	for _, op := range []string{"deleteDeal", "purgeDeal"} {
		w.graphql("ann", fmt.Sprintf(`mutation { %s(id: %q) { __typename } }`, op, keep))
	}
	if n, err := w.files.Sweep(context.Background()); n != 1 || err != nil || len(blobs(t, w.dir)) != 0 {
		t.Error(n, err, blobs(t, w.dir))
	}
}

// TestNoThumbnail: what has none says why, in both languages.
func TestNoThumbnail(t *testing.T) {
	w := newFileWorld(t, clock.System{})
	bomb := []byte(painting(t, 10, 10))
	copy(bomb[16:], "\x00\x00\x75\x30\x00\x00\x75\x30") // 30,000 by 30,000
	sum := crc32.ChecksumIEEE(bomb[12:29])
	copy(bomb[29:], []byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})
	for name, c := range map[string]struct {
		content, size string
		status        int
		want          refused
	}{
		"a bomb":     {string(bomb), "64", 422, refused{code: errs.LimitExceeded, says: "30000 by 30000"}},
		"broken":     {painting(t, 100, 100)[:50], "64", 422, refused{code: errs.ValidationFail, says: "broken"}},
		"text":       {"text", "64", 400, refused{code: errs.InvalidInput, says: "no thumbnail"}},
		"other size": {painting(t, 10, 10), "65", 400, refused{code: errs.InvalidInput, says: "64, 256 or 1024"}},
		"no size":    {painting(t, 10, 10), "large", 400, refused{code: errs.InvalidInput, says: "64, 256 or 1024"}},
	} {
		f := w.send("ann", "paper", c.content)
		for _, lang := range []string{"en", "zh-CN"} {
			status, _, body := w.call("ann", http.MethodGet, "/files/"+f.ID+"?size="+c.size, "", "Accept-Language", lang)
			if status != c.status {
				t.Errorf("%s: %d", name, status)
			}
			words(t, c.want, lang, body)
		}
	}
}
