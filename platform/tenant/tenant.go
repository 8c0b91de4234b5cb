// Package tenant knows the tenants of an installation: which there are, how requests name them, what
// the operator lets each of them use, and which of them are open. What a tenant is made of is not
// its business: it opens and closes what the program hands it.
package tenant

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tenon-platform/tenon/platform/errs"
)

// Default is the tenant that every installation has, and the one of requests that name none.
const Default = "main"

// State is what a tenant is in.
type State string

// A tenant that is being created, or removed, serves nobody: the next start finishes what was cut off.
const (
	Creating  State = "creating"
	Active    State = "active"
	Suspended State = "suspended"
	Removing  State = "removing"
)

// Tenant is one tenant of the installation. It is not changed once it is given out.
type Tenant struct {
	Name    string
	Serial  string // another one for each tenant that ever had the name
	State   State
	Hosts   []string // names of hosts at which the tenant is found without saying its name
	Limits  Limits
	Created time.Time
	Since   time.Time // when it got its state
	// Due is when it has to be opened at the latest, for what is to be done then; zero: it need not.
	Due time.Time
}

// Limits are what the operator lets a tenant use; zero values are no limits of the tenant's own.
type Limits struct {
	Rate    int   `json:"rate,omitempty"`    // requests a second, on average
	Burst   int   `json:"burst,omitempty"`   // requests at once; 0: twice the rate
	Storage int64 `json:"storage,omitempty"` // bytes of records and files
	Scripts int   `json:"scripts,omitempty"` // runs at a time
	CPU     int   `json:"cpu,omitempty"`     // milliseconds of scripts in a minute
	Jobs    int   `json:"jobs,omitempty"`    // imports at a time, and steps of flows at a time
	Runs    int   `json:"runs,omitempty"`    // runs of flows that begin in a minute
	Queue   int   `json:"queue,omitempty"`   // runs of flows that wait to begin, past which callers start no more
}

// most is what a limit can be; storage apart.
const most = 1_000_000_000

func (l Limits) check() *errs.Error {
	for name, n := range map[string]int{"rate": l.Rate, "burst": l.Burst, "scripts": l.Scripts, "cpu": l.CPU, "jobs": l.Jobs, "runs": l.Runs, "queue": l.Queue} {
		if n < 0 || n > most {
			return errs.New(errs.InvalidInput, "a limit is from 1 to %d, or 0 for none", "限额须为 1 至 %d，0 表示不限", most).On(name)
		}
	}
	if l.Storage < 0 {
		return errs.New(errs.InvalidInput, "a limit of storage is a number of bytes, or 0 for none", "存储限额须为字节数，0 表示不限").On("storage")
	}
	if l.Burst > 0 && l.Rate == 0 {
		return errs.New(errs.InvalidInput, "a burst goes with a rate", "突发限额须与速率限额一同设置").On("burst")
	}
	return nil
}

// names leave room for the names of databases, which have at most 63 bytes with what stands before.
var names = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,30}$`)

func checkName(name string) *errs.Error {
	if !names.MatchString(name) {
		return errs.New(errs.InvalidInput, "the name of a tenant has 1 to 31 small letters, digits and -, and begins with no -",
			"租户名须为 1 至 31 个小写字母、数字或 -，且不以 - 开头").On("name")
	}
	return nil
}

// maxHosts bounds the hosts of one tenant.
const maxHosts = 20

// hostNames is compiled when hosts are named, since what counts characters is large.
var hostNames = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$`)
})

// cleanHosts gives names of hosts in the one way in which they are kept.
func cleanHosts(hosts []string) ([]string, *errs.Error) {
	if len(hosts) > maxHosts {
		return nil, errs.New(errs.InvalidInput, "a tenant has at most %d hosts", "每个租户至多 %d 个主机名", maxHosts).On("hosts")
	}
	var out []string
	for _, h := range hosts {
		h = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(h), "."))
		if len(h) > 253 || !hostNames().MatchString(h) {
			return nil, errs.New(errs.InvalidInput, "a host is a name such as acme.example.com, without a port", "主机名形如 acme.example.com，不含端口").On("hosts")
		}
		if !slices.Contains(out, h) {
			out = append(out, h)
		}
	}
	return out, nil
}

// hostOf is the name of a host without its port, as it is kept.
func hostOf(host string) string {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

func noTenant() *errs.Error {
	return errs.New(errs.NotFound, "there is no such tenant", "没有这个租户")
}

// Serves says why a tenant serves nobody now; nil when it does.
func (t *Tenant) Serves() error {
	switch t.State {
	case Active:
		return nil
	case Suspended:
		return errs.New(errs.Unavailable, "this tenant is suspended; ask its operator", "此租户已被停用，请联系平台运营方")
	case Creating:
		return errs.New(errs.Unavailable, "this tenant is being created", "此租户正在创建")
	}
	return noTenant()
}
