package blob_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/blob"
	"github.com/tenon-platform/tenon/platform/blob/blobtest"
	"github.com/tenon-platform/tenon/platform/errs"
)

func TestDir(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "when", "needed")
	blobtest.Run(t, blob.Dir(dir))
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		p := strings.Split(rel, string(filepath.Separator))
		if len(p) != 3 || len(p[2]) != 64 || !strings.HasPrefix(p[2], p[0]+p[1]) {
			t.Errorf("the file %s is in the directory", rel)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestParse(t *testing.T) {
	good := strings.Repeat("0f", 32)
	if h, err := blob.Parse(good); err != nil || h.String() != good {
		t.Error(h, err)
	}
	for _, s := range []string{"", "0f", good + "0f", strings.Repeat("0F", 32), strings.Repeat("g0", 32), "../" + good[3:]} {
		if _, err := blob.Parse(s); err == nil {
			t.Errorf("%q is a hash", s)
		}
	}
}

func TestTake(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	s, err := blob.Take(context.Background(), dir, strings.NewReader("abc"), 3)
	if err != nil || s.Size != 3 || s.Hash.String() != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
		t.Fatal(s, err)
	}
	if err := blob.Dir(dir).Put(context.Background(), s.Hash, s.Size, s.Reader()); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := blob.Take(context.Background(), dir, strings.NewReader("abcd"), 3); errs.From(err).Code != errs.LimitExceeded {
		t.Error(err)
	}
	found, err := os.ReadDir(dir)
	if err != nil || len(found) != 1 || found[0].Name() != "ba" {
		t.Errorf("left: %v %v", found, err)
	}
}
