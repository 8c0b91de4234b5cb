package seal_test

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/seal"
)

func key(c string) string { return base64.StdEncoding.EncodeToString([]byte(strings.Repeat(c, 32))) }

func parsed(t *testing.T, text string) *seal.Ring {
	t.Helper()
	r, err := seal.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSeal(t *testing.T) {
	old := parsed(t, "a:"+key("a"))
	sealed, err := old.Seal("totp", "17", []byte("secret"))
	if err != nil || strings.Contains(sealed, "secret") || !strings.HasPrefix(sealed, "a.") {
		t.Fatal(sealed, err)
	}
	if again, _ := old.Seal("totp", "17", []byte("secret")); again == sealed {
		t.Error("two seals are equal")
	}
	rotated := parsed(t, "# new\nb:"+key("b")+"\na:"+key("a")+"\n")
	for name, r := range map[string]*seal.Ring{"the same": old, "rotated": rotated} {
		if got, err := r.Unseal("totp", "17", sealed); err != nil || string(got) != "secret" {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
	if rotated.Current() != "b" {
		t.Error(rotated.Current())
	}
	b := []byte(sealed)
	b[len(b)-3] ^= 1
	for name, try := range map[string]func() ([]byte, error){
		"of somebody else":     func() ([]byte, error) { return old.Unseal("totp", "18", sealed) },
		"for something else":   func() ([]byte, error) { return old.Unseal("other", "17", sealed) },
		"tampered":             func() ([]byte, error) { return old.Unseal("totp", "17", string(b)) },
		"cut off":              func() ([]byte, error) { return old.Unseal("totp", "17", sealed[:10]) },
		"nothing":              func() ([]byte, error) { return old.Unseal("totp", "17", "") },
		"of a key that is not": func() ([]byte, error) { return parsed(t, "b:"+key("b")).Unseal("totp", "17", sealed) },
		"of another key":       func() ([]byte, error) { return parsed(t, "a:"+key("x")).Unseal("totp", "17", sealed) },
	} {
		if got, err := try(); err == nil {
			t.Errorf("%s: %q", name, got)
		}
	}
	for _, bad := range []string{"", "#", "a", "a:", "a:" + key("a")[:20], "a:" + key("a") + ",a:" + key("b"), ":" + key("a"), "a.b:" + key("a"), "a:not base64"} {
		if _, err := seal.Parse(bad); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}

func TestOpen(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	first, err := seal.Open("", file)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := first.Seal("p", "w", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	second, err := seal.Open("", file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := second.Unseal("p", "w", sealed); err != nil {
		t.Error(err)
	}
	if st, err := os.Stat(file); err != nil || st.Mode().Perm() != 0o600 {
		t.Error(st, err)
	}
	if r, err := seal.Open("e:"+key("e"), filepath.Join(file, "not looked at")); err != nil || r.Current() != "e" {
		t.Error(err)
	}
}

// TestFor: the keys of one tenant are nothing to another, nor to the installation, and the same each time.
func TestFor(t *testing.T) {
	r := parsed(t, "1:"+key("a"))
	of := func(tenant string) *seal.Ring {
		t.Helper()
		out, err := r.For(tenant)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	sealed, err := of("a").Seal("totp", "ann", []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := of("a").Unseal("totp", "ann", sealed); err != nil || string(got) != "secret" {
		t.Errorf("%q, %v", got, err)
	}
	for name, other := range map[string]*seal.Ring{"another tenant": of("b"), "the installation": r} {
		if got, err := other.Unseal("totp", "ann", sealed); err == nil {
			t.Errorf("%s opens it: %q", name, got)
		}
		mine, err := of("a").Sign("1", "audit", []byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		if theirs, err := other.Sign("1", "audit", []byte("x")); err != nil || bytes.Equal(mine, theirs) {
			t.Errorf("%s signs the same, %v", name, err)
		}
	}
}
