// Package seal keeps secrets that are stored: it encrypts them, and signs what must not change, with
// keys that are not in the store. Keys have ids, so that new ones take over while what the old ones
// sealed stays readable. Passwords and tokens are not sealed but hashed, by platform/auth.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strings"
)

// size is the bytes of a key.
const size = 32

// Ring is the keys of one installation. It never changes.
type Ring struct {
	current string
	keys    map[string][]byte
}

// Parse reads keys as "id:base64", between commas or line breaks, the current one first; lines that
// begin with # are notes. A key has 32 bytes.
func Parse(text string) (*Ring, error) {
	r := &Ring{keys: map[string][]byte{}}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for part := range strings.SplitSeq(line, ",") {
			if part = strings.TrimSpace(part); part == "" {
				continue
			}
			if err := r.add(part); err != nil {
				return nil, err
			}
		}
	}
	if r.current == "" {
		return nil, errors.New("seal: there is no key")
	}
	return r, nil
}

func (r *Ring) add(text string) error {
	id, encoded, ok := strings.Cut(text, ":")
	if !ok || id == "" || len(id) > 32 || strings.ContainsAny(id, ". \t") || r.keys[id] != nil {
		return errors.New("seal: a key is id:base64, and every id is another")
	}
	key, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(key) != size {
		return fmt.Errorf("seal: the key %s has not 32 bytes in base64", id)
	}
	if r.current == "" {
		r.current = id
	}
	r.keys[id] = key
	return nil
}

// Open reads the keys from text, and where that is empty from a file, which is made with one new
// key where there is none. Only its owner can read the file.
func Open(text, file string) (*Ring, error) {
	if text != "" {
		return Parse(text)
	}
	b, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		key := make([]byte, size)
		if _, err := rand.Read(key); err != nil {
			return nil, fmt.Errorf("make a key: %w", err)
		}
		b = []byte("# Keys that secrets are sealed with, the current one first. Without them those cannot be read.\n1:" +
			base64.StdEncoding.EncodeToString(key) + "\n")
		err = os.WriteFile(file, b, 0o600)
	}
	if err != nil {
		return nil, fmt.Errorf("read the keys: %w", err)
	}
	return Parse(string(b))
}

// For gives the keys of one tenant, which are derived from these: what one tenant's keys seal or
// sign is nothing to another's.
func (r *Ring) For(tenant string) (*Ring, error) {
	out := &Ring{current: r.current, keys: make(map[string][]byte, len(r.keys))}
	for id := range r.keys {
		key, err := r.derived(id, "tenant "+tenant)
		if err != nil {
			return nil, err
		}
		out.keys[id] = key
	}
	return out, nil
}

// Current is the id of the key that seals now.
func (r *Ring) Current() string { return r.current }

// derived is the key of one purpose: what is sealed for one opens for no other.
func (r *Ring) derived(id, purpose string) ([]byte, error) {
	key := r.keys[id]
	if key == nil {
		return nil, fmt.Errorf("seal: there is no key %q", id)
	}
	return hkdf.Key(sha256.New, key, nil, purpose, size)
}

func (r *Ring) gcm(id, purpose string) (cipher.AEAD, error) {
	key, err := r.derived(id, purpose)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// Seal encrypts a secret with AES-256-GCM. Whose it is is sealed along: it opens for nobody else.
func (r *Ring) Seal(purpose, whose string, secret []byte) (string, error) {
	g, err := r.gcm(r.current, purpose)
	if err != nil {
		return "", err
	}
	nonce := make([]byte, g.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	return r.current + "." + base64.RawStdEncoding.EncodeToString(g.Seal(nonce, nonce, secret, []byte(whose))), nil
}

// Unseal decrypts what Seal gave.
func (r *Ring) Unseal(purpose, whose, sealed string) ([]byte, error) {
	id, text, _ := strings.Cut(sealed, ".")
	g, err := r.gcm(id, purpose)
	if err != nil {
		return nil, err
	}
	b, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil || len(b) < g.NonceSize() {
		return nil, errors.New("seal: this was not sealed here")
	}
	out, err := g.Open(nil, b[:g.NonceSize()], b[g.NonceSize():], []byte(whose))
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return out, nil
}

// Sign gives the HMAC-SHA-256 of data under the key with an id.
func (r *Ring) Sign(id, purpose string, data []byte) ([]byte, error) {
	key, err := r.derived(id, purpose)
	if err != nil {
		return nil, err
	}
	m := hmac.New(sha256.New, key)
	m.Write(data)
	return m.Sum(nil), nil
}
