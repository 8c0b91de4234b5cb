package s3_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/blob"
	"github.com/tenon-platform/tenon/platform/blob/blobtest"
	"github.com/tenon-platform/tenon/plugins/blobs/s3"
	"github.com/tenon-platform/tenon/plugins/blobs/s3/s3fake"
)

// secret is a credential that no message may show.
const secret = "the-secret-of-the-tests"

// noCredentials clears what the environment of the tests may hold.
func noCredentials(t *testing.T) {
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD", "MINIO_ACCESS_KEY", "MINIO_SECRET_KEY"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(t.TempDir(), "none"))
}

func store(t *testing.T, address string) *s3.Store {
	t.Helper()
	a, err := s3.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	s, err := s3.New(a)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStore(t *testing.T) {
	noCredentials(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "a-key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
	srv := s3fake.New(t, "files", "a-key")
	s := store(t, "s3://files/tenon/main?endpoint="+srv.URL)
	if err := s.Check(context.Background()); err != nil {
		t.Fatal(err)
	}
	blobtest.Run(t, s)
	for _, k := range srv.Keys() {
		p := strings.Split(k, "/")
		if len(p) != 5 || p[0] != "tenon" || p[1] != "main" || !strings.HasPrefix(p[4], p[2]+p[3]) || len(p[4]) != 64 {
			t.Errorf("the object %s", k)
		}
	}
	if len(srv.Keys()) == 0 {
		t.Error("nothing came to the server")
	}
}

// TestKnownBlobIsNotSentAgain: what is there already is looked at, and not sent.
func TestKnownBlobIsNotSentAgain(t *testing.T) {
	noCredentials(t)
	file := filepath.Join(t.TempDir(), "credentials")
	if err := os.WriteFile(file, []byte("[default]\naws_access_key_id = a-key\naws_secret_access_key = "+secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", file)
	srv := s3fake.New(t, "files", "a-key")
	s := store(t, "s3://files?region=us-east-1&endpoint="+srv.URL)
	h, err := blob.Parse("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Put(context.Background(), h, 3, strings.NewReader("abc")); err != nil {
			t.Fatal(err)
		}
	}
	puts := 0
	for _, r := range srv.Asked() {
		if strings.HasPrefix(r, "PUT ") {
			puts++
		}
	}
	if puts != 1 {
		t.Errorf("sent %d times: %v", puts, srv.Asked())
	}
}

// TestTroubles: what goes wrong is no missing blob, and shows no credential.
func TestTroubles(t *testing.T) {
	noCredentials(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "another-key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
	srv := s3fake.New(t, "files", "a-key")
	var h blob.Hash
	for _, address := range []string{"s3://files?region=us-east-1&endpoint=" + srv.URL, "s3://other?region=us-east-1&endpoint=" + srv.URL} {
		s := store(t, address)
		_, err := s.Get(context.Background(), h, 0, 1)
		for _, err := range []error{err, s.Check(context.Background()), s.Put(context.Background(), h, 3, strings.NewReader("abc"))} {
			if err == nil || errors.Is(err, blob.ErrNone) || strings.Contains(err.Error(), secret) {
				t.Errorf("%s: %v", address, err)
			}
		}
	}
}

func TestParse(t *testing.T) {
	for s, want := range map[string]s3.Address{
		"s3://b":                             {Bucket: "b", Host: "s3.amazonaws.com", Secure: true},
		"s3://b/p/q/?region=r":               {Bucket: "b", Prefix: "p/q/", Region: "r", Host: "s3.amazonaws.com", Secure: true},
		"s3://b?endpoint=http://minio:9000/": {Bucket: "b", Host: "minio:9000"},
	} {
		if a, err := s3.Parse(s); err != nil || a != want {
			t.Errorf("%s: %+v %v", s, a, err)
		}
	}
	for _, s := range []string{"", "s3://", "http://b", "s3://key:" + secret + "@b", "s3://b?secret=" + secret, "s3://b?endpoint=minio:9000", "s3://b?endpoint=http://k:" + secret + "@h", "s3://b/%zz" + secret, "s3://b#x"} {
		if _, err := s3.Parse(s); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", s, err)
		}
	}
}
