// Package blob keeps contents under their SHA-256: a Store is a local directory, or what a plugin
// brings. Equal contents are one blob. It knows nothing of names, records or who may read what, and
// nobody counts references here: whoever deletes a blob knows that nothing needs it.
package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
)

// Errors that stores return, bare or wrapped with %w.
var (
	// ErrNone says that there is no blob of this hash.
	ErrNone = errors.New("blob: there is none")
	// ErrOther says that what was to be kept is not what its hash says.
	ErrOther = errors.New("blob: the content has another hash or size")
)

// Hash is the SHA-256 of a content.
type Hash [sha256.Size]byte

// String is the hash in 64 lower-case hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Parse reads what String writes, and nothing else: a hash becomes part of paths.
func Parse(s string) (h Hash, err error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(h) {
		return h, fmt.Errorf("blob: %q is no hash", s)
	}
	if copy(h[:], b); h.String() != s {
		return h, fmt.Errorf("blob: %q is no hash", s)
	}
	return h, nil
}

// Store keeps blobs. It is safe for concurrent use; a Put beside a Delete of the same hash leaves
// either, and callers that care keep them apart.
type Store interface {
	// Put keeps size bytes of r, durably, whole or not at all. It fails with ErrOther unless they
	// have the hash. A blob that is there already stays; r need not be read then.
	Put(ctx context.Context, h Hash, size int64, r io.Reader) error
	// Get reads length bytes from offset on, which must lie within the blob. ErrNone.
	Get(ctx context.Context, h Hash, offset, length int64) (io.ReadCloser, error)
	// Delete removes a blob; it is no error that there is none.
	Delete(ctx context.Context, h Hash) error
}

// Verify is a reader of r that gives its last bytes only when r holds just size bytes of hash h;
// else it fails with ErrOther in their place. So what reads it up to size has read the blob.
func Verify(h Hash, size int64, r io.Reader) io.Reader {
	return &verifier{want: h, left: size, sum: sha256.New(), src: r}
}

type verifier struct {
	want Hash
	left int64
	sum  hash.Hash
	src  io.Reader
	err  error
}

func (v *verifier) Read(p []byte) (int, error) {
	if v.err != nil {
		return 0, v.err
	}
	if int64(len(p)) > v.left {
		p = p[:v.left]
	}
	n, err := 0, error(nil)
	if len(p) > 0 {
		n, err = v.src.Read(p)
	}
	v.sum.Write(p[:n]) // a hash takes everything
	switch v.left -= int64(n); {
	case v.left == 0:
		if v.err = v.end(); v.err != io.EOF {
			n = 0
		}
	case errors.Is(err, io.EOF):
		n, v.err = 0, ErrOther
	default:
		v.err = err
	}
	return n, v.err
}

// end looks at what was read, and for more: io.EOF when all is well.
func (v *verifier) end() error {
	if n, err := io.ReadFull(v.src, make([]byte, 1)); n > 0 || Hash(v.sum.Sum(nil)) != v.want {
		return ErrOther
	} else if !errors.Is(err, io.EOF) {
		return err
	}
	return io.EOF
}
