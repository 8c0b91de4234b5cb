package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tenon-platform/tenon/metadata/schema"
	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/auth"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/httpd"
	"github.com/tenon-platform/tenon/platform/oidc"
	"github.com/tenon-platform/tenon/platform/seal"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/tenant"
	"github.com/tenon-platform/tenon/plugins/standard"
	"github.com/tenon-platform/tenon/plugins/stores/mongo"
	"github.com/tenon-platform/tenon/plugins/stores/sqlite"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/account"
	"github.com/tenon-platform/tenon/runtime/admin"
	"github.com/tenon-platform/tenon/runtime/capture"
	"github.com/tenon-platform/tenon/runtime/event"
	"github.com/tenon-platform/tenon/runtime/files"
	"github.com/tenon-platform/tenon/runtime/gql/fixed"
	"github.com/tenon-platform/tenon/runtime/graph"
	"github.com/tenon-platform/tenon/runtime/packtest"
	"github.com/tenon-platform/tenon/runtime/publish"
	"github.com/tenon-platform/tenon/runtime/scan"
	"github.com/tenon-platform/tenon/runtime/transfer"
	"github.com/tenon-platform/tenon/workflow/approval/door"
	"github.com/tenon-platform/tenon/workflow/approval/host"
	"github.com/tenon-platform/tenon/workflow/connect"
	remotedoor "github.com/tenon-platform/tenon/workflow/connect/door"
	flowdoor "github.com/tenon-platform/tenon/workflow/flow/door"
	flowhost "github.com/tenon-platform/tenon/workflow/flow/host"
	"github.com/tenon-platform/tenon/workflow/notice"
	"github.com/tenon-platform/tenon/workflow/script"
	"github.com/tenon-platform/tenon/workflow/segment"
	"github.com/tenon-platform/tenon/workflow/sla"
	"github.com/tenon-platform/tenon/workflow/stage"
)

// instance is one open tenant: store, metadata and APIs.
type instance struct {
	site    *site
	name    string
	serial  string // of a tenant beside the default one
	dir     string // of its files
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
	scans   *scan.Service // for duplicates
	files   *files.Service
	clocks  *sla.Policies // SLA policies
	groups  *segment.Service
	capture *capture.Service
	flows   *door.Door       // approvals
	autos   *flowdoor.Door   // automations
	remote  *remotedoor.Door // connections to other systems
	notices *notice.Service
	scripts *script.Pool // of the site
	schemas func() (*schema.Set, error)
	log     *slog.Logger

	public, local *httpd.Server // how a tenant beside the default one is served; over the control socket
	swept         time.Time     // when what is due was last done
	requests      tenant.Bucket // that may still be made
	begun         tenant.Bucket // runs of flows that may still begin
	stored        atomic.Int64  // bytes of records and files when they were last counted

	working sync.Mutex
	rest    func() // stops the work that goes on by itself; nil: none does
}

// openInstance opens a data directory as commands do, who have it answer on its control socket, and gives its default tenant.
func openInstance(ctx context.Context, c *common, clk clock.Clock, log *slog.Logger) (*instance, error) {
	s, err := openSite(ctx, c, clk, log, serving{})
	if err != nil {
		return nil, err
	}
	if err := s.finish(ctx); err != nil {
		return nil, errors.Join(err, s.close(ctx))
	}
	s.serveControl()
	return s.main, nil
}

// open opens a tenant's store, and what stands over it.
func (in *instance) open(ctx context.Context, engine driver.Engine) error {
	var err error
	if in.db, err = openStore(ctx, engine, in.name); err != nil {
		return err
	}
	if in.audit, err = audit.Open(ctx, in.db, in.keys, in.clock); err != nil {
		return err
	}
	in.publish, err = publish.Open(ctx, in.name, in.db, publish.Options{Fields: standard.Fields(), Engines: standard.EnginesWith(in.scripts), Checks: append(standard.Checks(), in.scripts.Vet), Clock: in.clock,
		Zone: zone(), Log: in.log, Audit: in.audit, Tables: in.tables(),
		Activated: []publish.Activated{host.Freeze(in.db), flowhost.Freeze(in.db), segment.Plan(in.db)}, Running: host.Running(in.db), Prove: packtest.Prove(cases(in.scripts, in.log)),
		Room: func() error { return in.room(0) }})
	if err != nil {
		return fmt.Errorf("open the metadata: %w", err)
	}
	in.access = access.NewService(in.publish.Tenant)
	if in.auth, err = auth.New(auth.Deps{DB: in.db, Clock: in.clock, People: in.access, Audit: in.audit, Secrets: in.keys}); err != nil {
		return err
	}
	if in.remote, err = newConnections(in, connect.Options{}, nil); err != nil {
		return err
	}
	if in.notices, err = notice.Open(notice.Deps{Tenant: in.publish.Tenant, Records: in.publish.Records, Post: in.remote.Post, Clock: in.clock}); err != nil {
		return err
	}
	if err = in.site.register(ctx, in); err != nil {
		return err
	}
	in.admin = admin.New(admin.Deps{Publish: in.publish, Auth: in.auth, Audit: in.audit, Access: in.access, Remote: in.remote, Scripts: in.desk(), Version: version, Log: in.log, NewID: errorID, Tenants: in.operated()})
	in.account = account.New(account.Deps{Tenant: in.publish.Tenant, Auth: in.auth, Access: in.access, Audit: in.audit, Log: in.log, NewID: errorID})
	in.flows, err = door.Open(door.Deps{Tenant: in.publish.Tenant, Records: in.publish.Records, Actions: in.publish.Actions, Clock: in.clock, Owner: errorID(), Log: in.log,
		Resolve: standard.Resolving(), Notices: in.notices})
	if err != nil {
		return err
	}
	in.autos, err = flowdoor.Open(flowdoor.Deps{Tenant: in.publish.Tenant, Records: in.publish.Records, Actions: in.publish.Actions, Access: in.access, Approvals: in.flows, Remote: in.remote, Clock: in.clock, Demo: in.publish.Demo, Owner: errorID(), Log: in.log,
		Resolve: standard.Resolving(), Gate: gate{in}})
	if err != nil {
		return err
	}
	stage.Keep(in.publish.Records)
	in.remote.RunFlows(in.autos)
	in.clocks, err = sla.Open(sla.Deps{Tenant: in.publish.Tenant, Records: in.publish.Records, Flows: in.autos, Clock: in.clock, Owner: errorID(),
		Log: func(err error) { in.log.Error("SLA policies", "cause", err) }})
	if err != nil {
		return err
	}
	in.groups, err = segment.Open(segment.Deps{Tenant: in.publish.Tenant, Records: in.publish.Records, Clock: in.clock, Owner: errorID(), Log: func(err error) { in.log.Error("segments", "cause", err) }})
	if err != nil {
		return err
	}
	in.capture = capture.New(capture.Deps{Tenant: in.publish.Tenant, Actions: in.publish.Actions, Access: in.access, Captcha: captcha(), Clock: in.clock, Log: in.log, NewID: errorID})
	if in.scans, err = scan.New(scan.Deps{Tenant: in.publish.Tenant, Records: in.publish.Records, Clock: in.clock, Log: in.log, NewID: errorID, Profile: in.still}); err != nil {
		return err
	}
	if in.graph, err = newGraph(in); err != nil {
		return err
	}
	if in.moves, err = newTransfer(in); err != nil {
		return err
	}
	in.files, err = newFiles(in)
	return err
}

// tables are the system tables that a tenant's store has besides those of its metadata and records.
func (in *instance) tables() []driver.Table {
	all := slices.Concat(auth.SystemTables(), transfer.SystemTables(), scan.SystemTables(), files.SystemTables(), door.SystemTables(), flowdoor.SystemTables(), remotedoor.SystemTables(), notice.SystemTables())
	if in.name == tenant.Default {
		all = append(all, tenant.SystemTables()...)
	}
	return all
}

// captcha is the service that TENON_CAPTCHA_URL and TENON_CAPTCHA_SECRET name; nil: none.
func captcha() capture.Captcha {
	if u := os.Getenv("TENON_CAPTCHA_URL"); u != "" {
		return &capture.Siteverify{URL: u, Secret: os.Getenv("TENON_CAPTCHA_SECRET")}
	}
	return nil
}

// zone is the time zone of new tenants.
func zone() string {
	if z := os.Getenv("TENON_ZONE"); z != "" {
		return z
	}
	return "Asia/Shanghai"
}

// close closes the data directory that openInstance has opened.
func (in *instance) close(ctx context.Context) error { return in.site.close(ctx) }

// shut closes the tenant.
func (in *instance) shut(ctx context.Context) (err error) {
	for _, s := range []*httpd.Server{in.public, in.local} {
		if s != nil {
			s.Quit()
		}
	}
	in.stopWork()
	if in.moves != nil {
		in.moves.Close()
	}
	if in.db != nil {
		err = in.db.Close()
	}
	return err
}

// openEngine makes the store engine that --store or TENON_STORE names.
func openEngine(c *common) (driver.Engine, error) {
	if c.engine != nil {
		return c.engine, nil
	}
	name := c.store
	if name == "" {
		name = os.Getenv("TENON_STORE")
	}
	switch {
	case name == "" || name == "sqlite":
		return sqlite.New(c.data, &sqlite.Options{OnCommit: commitHook("")}), nil
	case strings.HasPrefix(name, "mongodb://"), strings.HasPrefix(name, "mongodb+srv://"):
		return mongo.New(name, nil)
	}
	return nil, usageError{fmt.Sprintf("unknown store %q; sqlite and mongodb://... are known", name)}
}

// openStore opens a tenant's database and tells in both languages what is known to go wrong.
func openStore(ctx context.Context, engine driver.Engine, name string) (*store.DB, error) {
	db, err := store.Open(ctx, engine, name)
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
