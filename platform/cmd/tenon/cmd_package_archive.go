package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/tenon-platform/tenon/metadata/load"
	"github.com/tenon-platform/tenon/metadata/pack"
	"github.com/tenon-platform/tenon/plugins/standard"
)

// packageBuild writes the archive of a package directory. One with errors is not distributed.
func packageBuild(_ context.Context, e *env, f *packageFlags) error {
	dir := f.rest[0]
	name, files, err := e.readPackage(dir, nil)
	if err != nil {
		return err
	}
	if _, found := load.Package(os.DirFS(dir), name, standard.Fields()); found.HasErrors() {
		e.printFindings(found)
		return errFailed
	}
	var key ed25519.PrivateKey
	if f.key != "" {
		if key, err = readKey(f.key); err != nil {
			return err
		}
	}
	file := f.out
	if file == "" {
		file = name + "-" + versionOf(files) + pack.Extension
	}
	var b bytes.Buffer
	info, err := pack.Build(&b, files, key)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write the archive: %w", err)
	}
	return e.showArchive(f, file, info)
}

func versionOf(files map[string][]byte) string {
	var m struct{ Version string }
	if json.Unmarshal(files["tenon.json"], &m) != nil {
		return ""
	}
	return m.Version
}

// packageShow tells what an archive is, and that it is whole.
func packageShow(_ context.Context, e *env, f *packageFlags) error {
	b, err := os.ReadFile(f.rest[0])
	if err != nil {
		return fmt.Errorf("read the archive: %w", err)
	}
	_, info, err := pack.Open(b)
	if err != nil {
		return err
	}
	return e.showArchive(f, f.rest[0], info)
}

func (e *env) showArchive(f *packageFlags, file string, info pack.Info) error {
	if f.json {
		return writeJSON(e.out, info)
	}
	signer := info.Signer
	if signer == "" {
		signer = e.tr("nobody", "无")
	}
	fmt.Fprintf(e.out, e.tr("%s is %s %s\ndigest    %s\nsigned by %s\n", "%s 为 %s %s\n摘要      %s\n签名者    %s\n"), file, info.Name, info.Version, info.Digest, signer)
	return nil
}

// packageKey makes a key to sign archives with, and prints its public half, which others trust.
func packageKey(_ context.Context, e *env, f *packageFlags) error {
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	out, err := os.OpenFile(f.rest[0], os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write the key: %w", err)
	}
	_, err = fmt.Fprintln(out, base64.StdEncoding.EncodeToString(key.Seed()))
	if closed := out.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("write the key: %w", err)
	}
	_, err = fmt.Fprintln(e.out, base64.StdEncoding.EncodeToString(pub))
	return err
}

func readKey(file string) (ed25519.PrivateKey, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the key: %w", err)
	}
	seed, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(b)))
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("%s is no key to sign with", file)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}
