package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/tenon-platform/tenon/metadata/schema"
	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/auth"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/httpd"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/oidc"
	"github.com/tenon-platform/tenon/platform/seal"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/plugins/standard"
	"github.com/tenon-platform/tenon/plugins/stores/mongo"
	"github.com/tenon-platform/tenon/plugins/stores/sqlite"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/account"
	"github.com/tenon-platform/tenon/runtime/admin"
	"github.com/tenon-platform/tenon/runtime/event"
	"github.com/tenon-platform/tenon/runtime/files"
	"github.com/tenon-platform/tenon/runtime/gql/fixed"
	"github.com/tenon-platform/tenon/runtime/graph"
	"github.com/tenon-platform/tenon/runtime/publish"
	"github.com/tenon-platform/tenon/runtime/transfer"
	"github.com/tenon-platform/tenon/workflow/approval/door"
	"github.com/tenon-platform/tenon/workflow/approval/host"
	flowdoor "github.com/tenon-platform/tenon/workflow/flow/door"
	flowhost "github.com/tenon-platform/tenon/workflow/flow/host"
	"github.com/tenon-platform/tenon/workflow/script"
)

// tenantName is the tenant of a data directory.
const tenantName = "main"

// instance is one opened data directory: store, metadata, APIs and the control socket over which
// the command line reaches it. A lock on the directory keeps it the only one.
type instance struct {
	dir     string
	clock   clock.Clock
	db      *store.DB
	publish *publish.Service
	auth    *auth.Service
	audit   *audit.Log
	admin   *fixed.API
	account *fixed.API
	oidc    *oidc.Client // nil: people sign in with passwords alone
	keys    *seal.Ring
	graph   *graph.Service
	access  *access.Service
	feed    *event.Feed
	moves   *transfer.Service
	files   *files.Service
	flows   *door.Door     // approvals
	autos   *flowdoor.Door // automations
	scripts *script.Pool
	schemas func() (*schema.Set, error)
	log     *slog.Logger
	lock    *os.File
	control *httpd.Server
	socket  string
}

func openInstance(ctx context.Context, c *common, clk clock.Clock, log *slog.Logger) (*instance, error) {
	if err := os.MkdirAll(c.data, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	in := &instance{dir: c.data, clock: clk, log: log, socket: socketPath(c.data),
		schemas: sync.OnceValues(func() (*schema.Set, error) { return schema.New(standard.Fields()) })}
	var err error
	if in.lock, err = lockDir(c.data); err != nil {
		return nil, err
	}
	if err := in.open(ctx, c); err != nil {
		return nil, errors.Join(err, in.close(ctx))
	}
	return in, nil
}

func (in *instance) open(ctx context.Context, c *common) error {
	var err error
	if in.db, err = openStore(ctx, c); err != nil {
		return err
	}
	if in.keys, err = seal.Open(os.Getenv("TENON_KEYS"), filepath.Join(in.dir, "secret.keys")); err != nil {
		return err
	}
	if in.audit, err = audit.Open(ctx, in.db, in.keys, in.clock); err != nil {
		return err
	}
	if in.scripts, err = newScripts(in.log); err != nil {
		return err
	}
	in.publish, err = publish.Open(ctx, tenantName, in.db, publish.Options{Fields: standard.Fields(), Engines: standard.EnginesWith(in.scripts), Checks: append(standard.Checks(), in.scripts.Vet), Clock: in.clock,
		Zone: zone(), Log: in.log, Audit: in.audit, Tables: slices.Concat(auth.SystemTables(), transfer.SystemTables(), files.SystemTables(), door.SystemTables(), flowdoor.SystemTables()),
		Activated: []publish.Activated{host.Freeze(in.db), flowhost.Freeze(in.db)}, Running: host.Running(in.db)})
	if err != nil {
		return fmt.Errorf("open the metadata: %w", err)
	}
	in.access = access.NewService(in.publish.Tenant)
	if in.auth, err = auth.New(auth.Deps{DB: in.db, Clock: in.clock, People: in.access, Audit: in.audit, Secrets: in.keys}); err != nil {
		return err
	}
	if in.admin, err = admin.New(admin.Deps{Publish: in.publish, Auth: in.auth, Audit: in.audit, Access: in.access, Version: version, Log: in.log, NewID: errorID}); err != nil {
		return err
	}
	if in.account, err = account.New(account.Deps{Tenant: in.publish.Tenant, Auth: in.auth, Access: in.access, Audit: in.audit, Log: in.log, NewID: errorID}); err != nil {
		return err
	}
	in.flows, err = door.Open(door.Deps{Tenant: in.publish.Tenant, Records: in.publish.Records, Actions: in.publish.Actions, Clock: in.clock, Owner: errorID(), Log: in.log,
		Resolve: standard.Resolving()})
	if err != nil {
		return err
	}
	in.autos, err = flowdoor.Open(flowdoor.Deps{Tenant: in.publish.Tenant, Records: in.publish.Records, Actions: in.publish.Actions, Access: in.access, Clock: in.clock, Owner: errorID(), Log: in.log,
		Resolve: standard.Resolving()})
	if err != nil {
		return err
	}
	if in.graph, err = newGraph(in); err != nil {
		return err
	}
	if in.moves, err = newTransfer(in); err != nil {
		return err
	}
	if in.files, err = newFiles(c, in); err != nil {
		return err
	}
	return in.serveControl()
}

// zone is the time zone of new tenants.
func zone() string {
	if z := os.Getenv("TENON_ZONE"); z != "" {
		return z
	}
	return "Asia/Shanghai"
}

// serveControl serves the administrator's API on a socket that only the directory's owner can open.
func (in *instance) serveControl() error {
	if err := os.Remove(in.socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove the old control socket: %w", err)
	}
	l, err := net.Listen("unix", in.socket)
	if err != nil {
		return fmt.Errorf("open the control socket: %w", err)
	}
	if err := os.Chmod(in.socket, 0o600); err != nil {
		return errors.Join(fmt.Errorf("protect the control socket: %w", err), l.Close())
	}
	in.control = httpd.New(httpd.Config{Tenant: tenantName, Mounts: in.mounts(), MaxBody: 256 << 20, Timeout: 24 * time.Hour,
		Local: &ident.Principal{Name: "admin", Admin: true}, Log: in.log, NewID: errorID})
	go func() {
		if err := in.control.Serve(l); err != nil {
			in.log.Error("control socket", "cause", err)
		}
	}()
	return nil
}

func (in *instance) close(ctx context.Context) (err error) {
	if in.control != nil {
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		err = errors.Join(err, in.control.Shutdown(stop))
		cancel()
	}
	if in.moves != nil {
		in.moves.Close()
	}
	if in.scripts != nil {
		in.scripts.Close()
	}
	if in.db != nil {
		err = errors.Join(err, in.db.Close())
	}
	if in.lock != nil {
		err = errors.Join(err, in.lock.Close())
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

// openEngine makes the store engine that --store or TENON_STORE names.
func openEngine(c *common) (driver.Engine, error) {
	name := c.store
	if name == "" {
		name = os.Getenv("TENON_STORE")
	}
	switch {
	case name == "" || name == "sqlite":
		return sqlite.New(c.data, &sqlite.Options{OnCommit: commitHook()}), nil
	case strings.HasPrefix(name, "mongodb://"), strings.HasPrefix(name, "mongodb+srv://"):
		return mongo.New(name, nil)
	}
	return nil, usageError{fmt.Sprintf("unknown store %q; sqlite and mongodb://... are known", name)}
}

// openStore opens the tenant's database and tells in both languages what is known to go wrong.
func openStore(ctx context.Context, c *common) (*store.DB, error) {
	engine, err := openEngine(c)
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, engine, tenantName)
	if errors.Is(err, mongo.ErrStandalone) {
		return nil, errs.New(errs.Unavailable, "the MongoDB server is a standalone; Tenon needs a replica set, of which one node is enough: start mongod with --replSet and run rs.initiate() once",
			"MongoDB 服务器是单机实例；Tenon 需要副本集，单节点即可：以 --replSet 启动 mongod 并执行一次 rs.initiate()").Because(err)
	}
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	return db, nil
}

func errorID() string {
	var b [8]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "unknown"
	}
	return hex.EncodeToString(b[:])
}
