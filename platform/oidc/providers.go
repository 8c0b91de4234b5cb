package oidc

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// SecretVariable is the environment variable of the secret of a provider that its file does not
// give; that of a tenant beside the default one is called SecretVariable, _ and the tenant, as SecretOf says.
const SecretVariable = "TENON_OIDC_SECRET"

// Providers are those that the tenants of a server sign in with.
type Providers struct {
	dir  string // of a file for each tenant, called <tenant>.json; "": there is one file
	file string // of the provider of the default tenant
	main string // the default tenant
	env  func(string) string
}

// ReadProviders looks at a file, which is of the default tenant, or at a directory of files, one for
// each tenant that has a provider. All that are there must be good, and no two lead back to one host,
// since the host says whose sign-in it is. They are read again when their tenant is opened.
func ReadProviders(path, defaultTenant string, env func(string) string) (*Providers, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read the OpenID providers: %w", err)
	}
	p := &Providers{file: path, main: defaultTenant, env: env}
	if !info.IsDir() {
		_, err := p.Of(defaultTenant)
		return p, err
	}
	p.dir, p.file = path, filepath.Join(path, defaultTenant+".json")
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("read the OpenID providers: %w", err)
	}
	hosts := map[string]string{}
	for _, e := range entries {
		tenant, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok {
			return nil, fmt.Errorf("%s: want files called <tenant>.json", filepath.Join(path, e.Name()))
		}
		c, err := p.Of(tenant)
		if err != nil {
			return nil, err
		}
		if other := hosts[c.Host()]; other != "" {
			return nil, fmt.Errorf("%s: the publicUrl of %s and of %s is of one host", path, other, tenant)
		}
		hosts[c.Host()] = tenant
	}
	return p, nil
}

// Of is the provider of a tenant; nil where it has none.
func (p *Providers) Of(tenant string) (*Config, error) {
	file := p.file
	if tenant != p.main {
		if p.dir == "" {
			return nil, nil
		}
		file = filepath.Join(p.dir, tenant+".json")
	}
	c, err := readConfig(file, p.env(SecretOf(tenant, p.main)))
	if p.dir != "" && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return c, err
}

// SecretOf is the environment variable of a tenant's secret: TENON_OIDC_SECRET_NORTH_EAST of north-east.
func SecretOf(tenant, defaultTenant string) string {
	if tenant == defaultTenant {
		return SecretVariable
	}
	return SecretVariable + "_" + strings.ToUpper(strings.ReplaceAll(tenant, "-", "_"))
}

// Host is the host that people are sent back to, without its port.
func (c *Config) Host() string {
	u, err := url.Parse(c.PublicURL)
	if err != nil { // it was read
		return ""
	}
	return strings.ToLower(u.Hostname())
}
