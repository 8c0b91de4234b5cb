package oidc

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestProviders(t *testing.T) {
	const good = `{"issuer": "https://id.example.com", "clientId": "c", "publicUrl": "https://HOST.example.com/"}`
	dir := func(files map[string]string) string {
		d := t.TempDir()
		for name, text := range files {
			if err := os.WriteFile(filepath.Join(d, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return d
	}
	of := func(host string) string { return strings.Replace(good, "HOST", host, 1) }
	env := func(name string) string { return "value of " + name }

	p, err := ReadProviders(dir(map[string]string{"main.json": of("Main"), "north-east.json": of("north"), "south.json": strings.Replace(of("south"), `"clientId"`, `"clientSecret": "s", "clientId"`, 1)}), "main", env)
	if err != nil {
		t.Fatal(err)
	}
	for tenant, want := range map[string][2]string{"main": {"main.example.com", "value of TENON_OIDC_SECRET"}, "north-east": {"north.example.com", "value of TENON_OIDC_SECRET_NORTH_EAST"}, "south": {"south.example.com", "s"}} {
		if c, err := p.Of(tenant); err != nil || c == nil || c.Host() != want[0] || c.ClientSecret != want[1] || strings.HasSuffix(c.PublicURL, "/") {
			t.Errorf("%s: %+v %v", tenant, c, err)
		}
	}
	if c, err := p.Of("west"); c != nil || err != nil {
		t.Errorf("a tenant without a file: %+v %v", c, err)
	}

	one := filepath.Join(dir(map[string]string{"any.json": of("one")}), "any.json")
	if p, err = ReadProviders(one, "main", env); err != nil {
		t.Fatal(err)
	}
	if c, err := p.Of("main"); err != nil || c.Host() != "one.example.com" {
		t.Errorf("%+v %v", c, err)
	}
	if c, err := p.Of("north"); c != nil || err != nil {
		t.Errorf("one file is the default tenant's alone: %+v %v", c, err)
	}

	for name, path := range map[string]string{
		"nothing there":    filepath.Join(t.TempDir(), "none"),
		"another file":     dir(map[string]string{"main.json": of("a"), "notes.txt": ""}),
		"one host":         dir(map[string]string{"main.json": of("a"), "north.json": of("A")}),
		"an unknown key":   dir(map[string]string{"north.json": strings.Replace(of("a"), "{", `{"x": 1, `, 1)}),
		"no issuer":        dir(map[string]string{"north.json": `{"clientId": "c", "publicUrl": "https://a.example.com"}`}),
		"a file of no use": filepath.Join(dir(map[string]string{"x.json": `{`}), "x.json"),
	} {
		if _, err := ReadProviders(path, "main", env); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
