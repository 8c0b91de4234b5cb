// Package s3 keeps blobs in a bucket of a store that speaks S3.
package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/tenon-platform/tenon/platform/blob"
)

// Largest is how many bytes a blob has at most: it is sent in one request, which is whole or nothing.
const Largest = 5 << 30

// Store is a bucket, or the part of one under a prefix.
type Store struct {
	core           minio.Core
	bucket, prefix string
}

var _ blob.Store = (*Store)(nil)

// Address is where blobs are: s3://bucket/prefix?endpoint=https://host:9000&region=eu-1. Without an
// endpoint it is that of Amazon.
type Address struct {
	Bucket, Prefix, Region string
	Host                   string
	Secure                 bool // over TLS
}

// Parse reads an address. Credentials do not belong there: lists of processes would show them.
func Parse(s string) (a Address, err error) {
	u, err := url.Parse(s)
	if err != nil {
		return a, errors.New("s3: the address cannot be read") // the error would repeat all of it
	}
	if u.Scheme != "s3" || u.Host == "" || u.User != nil || u.Fragment != "" {
		return a, errors.New("s3: an address is s3://bucket/prefix?endpoint=https://host:9000&region=name, without credentials")
	}
	a = Address{Bucket: u.Host, Prefix: strings.Trim(u.Path, "/"), Host: "s3.amazonaws.com", Secure: true}
	if a.Prefix != "" {
		a.Prefix += "/"
	}
	for k, v := range u.Query() {
		switch k {
		case "region":
			a.Region = v[0]
		case "endpoint":
			e, err := url.Parse(v[0])
			if err != nil || e.Host == "" || e.Scheme != "https" && e.Scheme != "http" || e.User != nil || strings.Trim(e.Path, "/") != "" {
				return a, errors.New("s3: an endpoint is https://host:9000")
			}
			a.Host, a.Secure = e.Host, e.Scheme == "https"
		default:
			return a, fmt.Errorf("s3: an address has no %s", k)
		}
	}
	return a, nil
}

// New makes a store; nothing is sent. The credentials are those of the environment
// (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or MINIO_ROOT_USER and MINIO_ROOT_PASSWORD), or of
// the file that AWS_SHARED_CREDENTIALS_FILE names, ~/.aws/credentials unless given.
func New(a Address) (*Store, error) {
	core, err := minio.NewCore(a.Host, &minio.Options{Secure: a.Secure, Region: a.Region,
		Creds: credentials.NewChainCredentials([]credentials.Provider{&credentials.EnvAWS{}, &credentials.EnvMinio{}, &credentials.FileAWSCredentials{}})})
	if err != nil {
		return nil, fmt.Errorf("s3: %w", err)
	}
	return &Store{core: *core, bucket: a.Bucket, prefix: a.Prefix}, nil
}

// Check says whether the bucket can be reached.
func (s *Store) Check(ctx context.Context) error {
	ok, err := s.core.BucketExists(ctx, s.bucket)
	if err == nil && !ok {
		err = errors.New("there is no such bucket")
	}
	if err != nil {
		return fmt.Errorf("s3: bucket %s: %w", s.bucket, err)
	}
	return nil
}

// key spreads blobs over the first two bytes of their hashes, as directories do.
func (s *Store) key(h blob.Hash) string {
	name := h.String()
	return s.prefix + name[:2] + "/" + name[2:4] + "/" + name
}

// coded is an error of the store with ErrNone for what is not there.
func coded(err error) error {
	if r := minio.ToErrorResponse(err); r.Code == minio.NoSuchKey || r.StatusCode == http.StatusNotFound && r.Code != minio.NoSuchBucket {
		return blob.ErrNone
	}
	return err
}

// Put sends the content in one request, which the store carries out wholly or not at all.
func (s *Store) Put(ctx context.Context, h blob.Hash, size int64, r io.Reader) error {
	if size > Largest {
		return fmt.Errorf("s3: a blob has at most %d bytes", int64(Largest))
	}
	st, err := s.core.StatObject(ctx, s.bucket, s.key(h), minio.StatObjectOptions{})
	if err == nil && st.Size == size {
		return nil
	}
	if err = coded(err); err != nil && !errors.Is(err, blob.ErrNone) {
		return fmt.Errorf("keep a blob: %w", err)
	}
	_, err = s.core.Client.PutObject(ctx, s.bucket, s.key(h), blob.Verify(h, size, r), size,
		minio.PutObjectOptions{ContentType: "application/octet-stream", DisableMultipart: true})
	if err != nil {
		return fmt.Errorf("keep a blob: %w", err)
	}
	return nil
}

// Get asks for the part alone.
func (s *Store) Get(ctx context.Context, h blob.Hash, offset, length int64) (io.ReadCloser, error) {
	if length == 0 { // there is no range of no bytes
		if _, err := s.core.StatObject(ctx, s.bucket, s.key(h), minio.StatObjectOptions{}); err != nil {
			return nil, fmt.Errorf("read a blob: %w", coded(err))
		}
		return http.NoBody, nil
	}
	var opt minio.GetObjectOptions
	if err := opt.SetRange(offset, offset+length-1); err != nil {
		return nil, fmt.Errorf("read a blob: %w", err)
	}
	body, _, _, err := s.core.GetObject(ctx, s.bucket, s.key(h), opt)
	if err != nil {
		return nil, fmt.Errorf("read a blob: %w", coded(err))
	}
	return body, nil
}

// Delete removes the object.
func (s *Store) Delete(ctx context.Context, h blob.Hash) error {
	err := s.core.RemoveObject(ctx, s.bucket, s.key(h), minio.RemoveObjectOptions{})
	if err = coded(err); err != nil && !errors.Is(err, blob.ErrNone) {
		return fmt.Errorf("remove a blob: %w", err)
	}
	return nil
}
