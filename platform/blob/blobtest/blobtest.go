// Package blobtest is the contract test of blob stores.
package blobtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/tenon-platform/tenon/platform/blob"
)

// Run proves a store, which is empty.
func Run(t *testing.T, s blob.Store) {
	t.Run("keeps", func(t *testing.T) { keeps(t, s) })
	t.Run("parts", func(t *testing.T) { parts(t, s) })
	t.Run("again", func(t *testing.T) { again(t, s) })
	t.Run("refuses", func(t *testing.T) { refuses(t, s) })
	t.Run("deletes", func(t *testing.T) { deletes(t, s) })
	t.Run("at once", func(t *testing.T) { atOnce(t, s) })
}

func hashOf(b []byte) blob.Hash { return sha256.Sum256(b) }

func put(t *testing.T, s blob.Store, b []byte) blob.Hash {
	t.Helper()
	if err := s.Put(context.Background(), hashOf(b), int64(len(b)), bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
	return hashOf(b)
}

func get(t *testing.T, s blob.Store, h blob.Hash, offset, length int64) []byte {
	t.Helper()
	r, err := s.Get(context.Background(), h, offset, length)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		t.Fatal(err)
	}
	return b
}

// gone says whether there is no blob of a hash.
func gone(t *testing.T, s blob.Store, h blob.Hash) {
	t.Helper()
	r, err := s.Get(context.Background(), h, 0, 1)
	if err == nil {
		err = r.Close()
		t.Errorf("there is a blob %s", h)
	}
	if !errors.Is(err, blob.ErrNone) {
		t.Errorf("no blob %s: %v", h, err)
	}
}

func keeps(t *testing.T, s blob.Store) {
	for _, n := range []int{0, 1, 4096, 3 << 20} {
		b := bytes.Repeat([]byte("content "), n/8+1)[:n]
		if got := get(t, s, put(t, s, b), 0, int64(n)); !bytes.Equal(got, b) {
			t.Errorf("%d bytes came back as %d", n, len(got))
		}
	}
}

func parts(t *testing.T, s blob.Store) {
	h := put(t, s, []byte("0123456789"))
	for _, c := range []struct {
		offset, length int64
		want           string
	}{{0, 10, "0123456789"}, {0, 1, "0"}, {9, 1, "9"}, {3, 4, "3456"}, {10, 0, ""}, {4, 0, ""}} {
		if got := get(t, s, h, c.offset, c.length); string(got) != c.want {
			t.Errorf("%d bytes from %d on are %q", c.length, c.offset, got)
		}
	}
}

func again(t *testing.T, s blob.Store) {
	b := []byte("twice")
	put(t, s, b)
	if got := get(t, s, put(t, s, b), 0, 5); string(got) != "twice" {
		t.Errorf("kept twice: %q", got)
	}
}

// refuses: what is not what its hash says leaves nothing behind.
func refuses(t *testing.T, s blob.Store) {
	broken := errors.New("broken off")
	for name, c := range map[string]struct {
		size int64
		r    io.Reader
		want error
	}{
		"other content": {4, strings.NewReader("else"), blob.ErrOther},
		"too short":     {4, strings.NewReader("som"), blob.ErrOther},
		"too long":      {4, strings.NewReader("somewhat"), blob.ErrOther},
		"broken off":    {4, io.MultiReader(strings.NewReader("so"), failing{broken}), broken},
	} {
		h := hashOf([]byte("some"))
		if err := s.Put(context.Background(), h, c.size, c.r); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		gone(t, s, h)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func deletes(t *testing.T, s blob.Store) {
	a, b := put(t, s, []byte("to go")), put(t, s, []byte("to stay"))
	for range 2 {
		if err := s.Delete(context.Background(), a); err != nil {
			t.Fatal(err)
		}
		gone(t, s, a)
	}
	if got := get(t, s, b, 0, 7); string(got) != "to stay" {
		t.Errorf("the other is %q", got)
	}
	if got := get(t, s, put(t, s, []byte("to go")), 0, 5); string(got) != "to go" {
		t.Errorf("kept anew: %q", got)
	}
}

// atOnce: the same content from several sides is one blob, and no reader meets a part of it.
func atOnce(t *testing.T, s blob.Store) {
	b := bytes.Repeat([]byte("shared"), 100_000)
	h := hashOf(b)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := s.Put(context.Background(), h, int64(len(b)), bytes.NewReader(b)); err != nil {
				t.Error(err)
			}
		})
		all.Go(func() {
			r, err := s.Get(context.Background(), h, 0, int64(len(b)))
			if errors.Is(err, blob.ErrNone) {
				return
			}
			if err != nil {
				t.Error(err)
				return
			}
			got, err := io.ReadAll(r)
			if err := errors.Join(err, r.Close()); err != nil || !bytes.Equal(got, b) {
				t.Errorf("a reader met %d bytes: %v", len(got), err)
			}
		})
	}
	all.Wait()
}
