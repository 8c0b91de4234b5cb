package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"

	"github.com/tenon-platform/tenon/designer"
	"github.com/tenon-platform/tenon/metadata/schema"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/httpd"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/oidc"
	"github.com/tenon-platform/tenon/platform/seal"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/tenant"
	"github.com/tenon-platform/tenon/platform/turn"
	"github.com/tenon-platform/tenon/plugins/standard"
	"github.com/tenon-platform/tenon/workflow/script"
)

// tenantName is the default tenant of a data directory.
const tenantName = tenant.Default

// site is one opened data directory: the default tenant, the others as they are needed, what all of
// them share, and the control socket over which the command line reaches them. A lock on the
// directory keeps it the only one.
type site struct {
	opt      common
	clock    clock.Clock
	log      *slog.Logger
	engine   driver.Engine // of the default tenant
	keys     *seal.Ring
	scripts  *script.Pool
	schemas  func() (*schema.Set, error)
	ui       *designer.Site // nil: the binary was built without
	main     *instance
	registry *tenant.Registry
	pool     *tenant.Pool[*instance]
	serving  serving
	turns    *turn.Turns
	lock     *os.File
	control  *httpd.Server
	socket   string
	commands net.Listener // of the socket
}

// serving is how a running server treats all of its tenants; the zero value is no running server.
type serving struct {
	on      bool
	idle    time.Duration // how long a tenant that nobody uses stays open
	most    int           // tenants that are open at a time
	maxFile int64         // bytes
	proxies []netip.Prefix
	wait    time.Duration // for the reading of a request
	slow    time.Duration // of one read, from which on the answer names the index that it lacks

	providers *oidc.Providers // nil: people sign in with passwords alone
}

func openSite(ctx context.Context, c *common, clk clock.Clock, log *slog.Logger, v serving) (*site, error) {
	if err := os.MkdirAll(c.data, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	s := &site{opt: *c, clock: clk, log: log, serving: v, socket: socketPath(c.data),
		schemas: sync.OnceValues(func() (*schema.Set, error) { return schema.New(standard.Fields()) })}
	var err error
	if s.lock, err = lockDir(c.data); err != nil {
		return nil, err
	}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.close(ctx))
	}
	return s, nil
}

func (s *site) open(ctx context.Context) error {
	var err error
	if s.engine, err = openEngine(&s.opt); err != nil {
		return err
	}
	if s.ui, err = designer.Built(); err != nil {
		return err
	}
	if s.keys, err = seal.Open(os.Getenv("TENON_KEYS"), filepath.Join(s.opt.data, "secret.keys")); err != nil {
		return err
	}
	s.turns = turn.New(runtime.GOMAXPROCS(0))
	if s.scripts, err = newScripts(s.log, s.scriptLimits); err != nil {
		return err
	}
	s.main = s.instance(tenantName, s.opt.data, s.keys)
	if err := s.main.open(ctx, s.engine); err != nil {
		return err
	}
	s.newPool()
	return s.openControl()
}

// instance is a tenant of the site that is not open yet.
func (s *site) instance(name, dir string, keys *seal.Ring) *instance {
	return &instance{site: s, name: name, dir: dir, clock: s.clock, log: s.log, keys: keys, scripts: s.scripts, schemas: s.schemas}
}

// finish carries on what was cut off: an apply of the default tenant, and the making and removing of others.
func (s *site) finish(ctx context.Context) error {
	if err := s.main.publish.Resume(ctx); err != nil {
		return fmt.Errorf("resume the apply that was cut off: %w", err)
	}
	return s.mend(ctx)
}

// openControl makes the socket of the administrator's API, which only the directory's owner can open. Commands that
// come before serveControl wait there: nobody sees a directory that is half prepared.
func (s *site) openControl() error {
	if err := os.Remove(s.socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove the old control socket: %w", err)
	}
	var err error
	if s.commands, err = net.Listen("unix", s.socket); err != nil {
		return fmt.Errorf("open the control socket: %w", err)
	}
	if err := os.Chmod(s.socket, 0o600); err != nil {
		return fmt.Errorf("protect the control socket: %w", err)
	}
	return nil
}

// serveControl answers those who come to the control socket.
func (s *site) serveControl() {
	s.control = s.main.localServer(s.chooseLocal)
	go func() {
		if err := s.control.Serve(s.commands); err != nil {
			s.log.Error("control socket", "cause", err)
		}
	}()
}

// localServer serves a tenant over the control socket.
func (in *instance) localServer(choose chooser) *httpd.Server {
	return httpd.New(httpd.Config{Tenant: in.name, Mounts: in.mounts(), MaxBody: 256 << 20, Timeout: 24 * time.Hour,
		Local: &ident.Principal{Name: "admin", Admin: true}, Choose: choose, Log: in.log, NewID: errorID})
}

func (s *site) close(ctx context.Context) (err error) {
	ctx = context.WithoutCancel(ctx)
	if s.control != nil {
		stop, cancel := context.WithTimeout(ctx, 5*time.Second)
		err = errors.Join(err, s.control.Shutdown(stop))
		cancel()
	} else if s.commands != nil {
		err = errors.Join(err, s.commands.Close())
	}
	if s.pool != nil {
		err = errors.Join(err, s.pool.Close(ctx))
	}
	if s.main != nil {
		err = errors.Join(err, s.main.shut(ctx))
	}
	if s.scripts != nil {
		s.scripts.Close()
	}
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
	}
	return err
}

func socketPath(dir string) string { return filepath.Join(dir, "tenon.sock") }

// lockDir makes this process the only one that has the directory open; the system frees the lock
// when the process ends, however it ends.
func lockDir(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "tenon.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the data directory: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("the data directory %s is in use by another process", dir), f.Close())
	}
	return f, nil
}
