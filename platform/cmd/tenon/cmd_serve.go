package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/heap"
	"github.com/tenon-platform/tenon/platform/oidc"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/plugins/blobs/s3"
	"github.com/tenon-platform/tenon/plugins/packages"
	"github.com/tenon-platform/tenon/runtime/files"
	"github.com/tenon-platform/tenon/runtime/graph"
	"github.com/tenon-platform/tenon/runtime/ledger"
	"github.com/tenon-platform/tenon/runtime/publish"
)

func serveVerb() verb {
	return verb{"serve", "[--data DIR] [--addr HOST:PORT] [--blobs DIR|s3://BUCKET/PREFIX] [--max-file 100] [--bare] [--demo] [--tls-cert FILE --tls-key FILE] [--trust-proxy NETWORK,…] [--oidc FILE|DIR] [--read-timeout 60s] [--tenant-idle 5m] [--tenants-open 64] [--slow 100ms] [--test-clock]",
		"serve a data directory; a new one gets the standard packages, with --demo also their demo data",
		"启动服务；新数据目录会安装标准包，加 --demo 同时加载演示数据", runServe}
}

// startGC is the target of the garbage collector while a server starts: most of what is read then is let go of
// at once, and collected in one go when it serves. Without any collection the heap would stay full of holes.
const startGC = 400

// startHeap is what a start with the standard packages fills of the heap, in bytes.
const startHeap = 40 << 20

// settled is when what reading the metadata has left behind goes back to the system: not beside the first requests, since it takes a
// processor for a while.
const settled = 500 * time.Millisecond

// spareThreads is how many threads the Go runtime runs beside one for each processor. It looks for what came over the network when
// a thread finds nothing to do, and if none does, every 10 ms: beside a tenant that floods, that was what another's requests
// waited for. A thread that is left over waits there, and the system gives it a processor at once.
const spareThreads = 1

// heapRoom is how much a server that answers may allocate between two collections, in bytes: about
// what the catalogue of the standard packages takes, twice.
const heapRoom = 64 << 20

func runServe(ctx context.Context, e *env, args []string) (err error) {
	fs, c := e.flags("serve")
	addr := fs.String("addr", "127.0.0.1:8080", e.tr("address to listen on", "监听地址"))
	bare := fs.Bool("bare", false, e.tr("install no packages into a new data directory", "新数据目录不安装任何软件包"))
	demo := fs.Bool("demo", false, e.tr("load demo data with the standard packages", "随标准包加载演示数据"))
	testClock := fs.Bool("test-clock", false, e.tr("let administrators set the clock at /_test/clock; never in production", "允许管理员通过 /_test/clock 设置时钟；切勿用于生产"))
	wait := fs.Duration("read-timeout", 60*time.Second, e.tr("most time for the reading of a request, and in an upload for its next part", "读取一个请求的最长时间；上传时为等待下一段数据的最长时间"))
	most := fs.Int64("max-file", files.DefaultLimits().Size>>20, e.tr("most megabytes (MiB) of a file", "单个文件的最大体积（MiB）"))
	fs.StringVar(&c.blobs, "blobs", "", e.tr("where the contents of files are kept: a directory, or s3://bucket/prefix?endpoint=https://host:9000&region=name with the credentials in\n"+
		"AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or in the file AWS_SHARED_CREDENTIALS_FILE; TENON_BLOBS if not given, else blobs in the data directory",
		"文件内容的存放位置：目录，或 s3://bucket/prefix?endpoint=https://host:9000&region=name，凭证取自\n"+
			"AWS_ACCESS_KEY_ID 与 AWS_SECRET_ACCESS_KEY，或 AWS_SHARED_CREDENTIALS_FILE 指定的文件；缺省取 TENON_BLOBS，否则为数据目录下的 blobs"))
	cert := fs.String("tls-cert", "", e.tr("PEM file of the server's certificate, with those above it; with --tls-key", "服务器证书（含上级证书）的 PEM 文件；与 --tls-key 同用"))
	key := fs.String("tls-key", "", e.tr("PEM file of the certificate's key", "证书私钥的 PEM 文件"))
	trust := fs.String("trust-proxy", "", e.tr("networks of proxies that say where requests come from, such as 10.0.0.0/8", "可信代理的网段，如 10.0.0.0/8"))
	idle := fs.Duration("tenant-idle", 5*time.Minute, e.tr("how long a tenant that nobody uses stays open", "无人使用的租户保持打开的时长"))
	open := fs.Int("tenants-open", 64, e.tr("tenants that are open at a time, unless more are in use", "同时保持打开的租户数，正在使用的除外"))
	slow := fs.Duration("slow", graph.DefaultLimits().Slow, e.tr("how long one read may take before the answer names the index that it lacks; 0: as long as it likes", "单次读取超过多久后应答给出所缺的索引；0：不给出"))
	provider := fs.String("oidc", "", e.tr("JSON file that tells of an OpenID provider to sign in with, or a directory that has one for each such tenant, <tenant>.json",
		"描述 OpenID 登录服务的 JSON 文件；或目录，其中每个租户一个文件 <租户>.json"))
	if _, err := parse(fs, args, 0); err != nil {
		return err
	}
	if *most < 1 || *most > s3.Largest>>20 {
		return usageError{fmt.Sprintf("--max-file is from 1 to %d", s3.Largest>>20)}
	}
	proxies, err := networks(*trust)
	if err != nil {
		return usageError{err.Error()}
	}
	secure, err := serverTLS(*cert, *key)
	if err != nil {
		return err
	}
	var clk clock.Clock = clock.System{}
	if *testClock {
		clk = clock.NewSettable(clk)
	}
	log := slog.New(slog.NewTextHandler(e.err, nil))
	var providers *oidc.Providers
	if *provider != "" {
		if providers, err = oidc.ReadProviders(*provider, tenantName, os.Getenv); err != nil {
			return err
		}
	}
	collecting := debug.SetGCPercent(startGC)
	reserved := func() {}
	if !*bare { // who serves without the standard packages reads little
		reserved = heap.Reserve(startHeap)
	}
	st, err := openSite(ctx, c, clk, log, serving{on: true, idle: *idle, most: *open, maxFile: *most << 20, proxies: proxies, wait: *wait, slow: *slow, providers: providers})
	if err != nil {
		return err
	}
	in := st.main
	defer func() { err = errors.Join(err, in.close(ctx)) }()
	in.files.Limits.Size = *most << 20
	if err := in.checkBlobs(ctx); err != nil {
		return err
	}
	if err := in.meetProvider(nil); err != nil {
		return err
	}
	if err := in.prepare(ctx, e, !*bare, *demo); err != nil {
		return err
	}
	st.serveControl()
	l, err := net.Listen("tcp", *addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", *addr, err)
	}
	scheme := "http"
	if secure != nil {
		scheme, l = "https", tls.NewListener(l, secure)
	}
	srv := in.publicServer(ctx, st.choose)
	fmt.Fprintf(e.out, e.tr("Tenon is ready at %s://%s\n", "Tenon 已就绪：%s://%s\n"), scheme, l.Addr())
	in.startWork()
	go st.pool.Run(ctx)
	reserved()
	debug.SetGCPercent(collecting)
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + spareThreads) // turns are as many as processors, nonetheless
	heap.Room(heapRoom, os.Getenv("GOGC"))
	time.AfterFunc(settled, debug.FreeOSMemory)
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		stop, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		err := errors.Join(st.pool.Close(stop), srv.Shutdown(stop))
		if errors.Is(err, context.DeadlineExceeded) { // whoever is still connected has had the time to end
			log.Warn("connections were cut off")
			err = nil
		}
		return err
	}
}

// startFlows lets the timers and jobs of processes run, with so many steps of flows at a time; what it
// gives stops them, and waits for those in hand.
func (in *instance) startFlows(ctx context.Context, steps int) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Go(func() { in.flows.Run(ctx) })
	done.Go(func() { in.autos.Run(ctx, steps) })
	done.Go(func() { in.remote.Run(ctx) })
	done.Go(func() { in.clocks.Run(ctx) })
	done.Go(func() { in.groups.Run(ctx) })
	return func() {
		cancel()
		done.Wait()
	}
}

// origins are the other sites whose pages may call.
func (in *instance) origins(ctx context.Context) func() []string {
	return func() []string {
		s, err := in.auth.Settings(ctx)
		if err != nil && ctx.Err() == nil {
			in.log.Error("read the sites that may call", "cause", err)
		}
		return s.Origins
	}
}

// sweep removes, every hour, the changes that subscribers may no longer ask for, old imports, sessions
// that are over, and files that nothing uses, and does what is due.
func (in *instance) sweep(ctx context.Context) {
	for {
		if n, err := in.feed.Sweep(ctx); err != nil && ctx.Err() == nil {
			in.log.Error("sweep the outbox", "cause", err)
		} else if n > 0 {
			in.log.Info("swept the outbox", "changes", n)
		}
		if err := in.auth.Sweep(ctx); err != nil && ctx.Err() == nil {
			in.log.Error("sweep sessions", "cause", err)
		}
		if err := in.moves.Sweep(ctx); err != nil && ctx.Err() == nil {
			in.log.Error("sweep imports", "cause", err)
		}
		if err := in.scans.Sweep(ctx); err != nil && ctx.Err() == nil {
			in.log.Error("sweep scans for duplicates", "cause", err)
		}
		if n, err := in.files.Sweep(ctx); err != nil && ctx.Err() == nil {
			in.log.Error("sweep files", "cause", err)
		} else if n > 0 {
			in.log.Info("swept files", "files", n)
		}
		in.sweepConnections(ctx)
		if err := in.doDue(ctx); err != nil && ctx.Err() == nil {
			in.log.Error("do what is due", "cause", err)
		}
		t := time.NewTimer(in.untilSweep(in.clock.Now()))
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return
		}
	}
}

// untilSweep is how long the next sweep is away: an hour, or until the next day of the tenant begins.
func (in *instance) untilSweep(now time.Time) time.Duration {
	zone, err := time.LoadLocation(in.publish.Tenant.Catalog().Zone)
	if err != nil {
		zone = time.UTC
	}
	y, m, d := now.In(zone).Date()
	return min(time.Hour, time.Date(y, m, d+1, 0, 0, 1, 0, zone).Sub(now))
}

// doDue takes expired lots of ledgers away, posts the credits that are due, and brings amounts in
// other currencies and roll-ups over windows of days up to date.
func (in *instance) doDue(ctx context.Context) error {
	n, err := ledger.Sweep(ctx, in.publish.Records, in.publish.Tenant.Catalog)
	if n != (ledger.Swept{}) {
		in.log.Info("swept the ledgers", "expired", n.Expired, "confirmed", n.Confirmed)
	}
	fresh, rerr := in.publish.Records.RefreshRates(ctx)
	if fresh > 0 {
		in.log.Info("converted anew", "values", fresh)
	}
	moved, derr := in.publish.Records.RefreshDays(ctx)
	if moved > 0 {
		in.log.Info("windows of days moved on", "values", moved)
	}
	return errors.Join(err, rerr, derr)
}

// prepare makes a data directory ready to serve: what was cut off is finished, a new directory gets its packages and its first
// administrator.
func (in *instance) prepare(ctx context.Context, e *env, standardPackages, demo bool) error {
	if err := in.site.finish(ctx); err != nil {
		return err
	}
	if standardPackages && in.publish.Tenant.Catalog().Revision == 0 {
		if err := in.installStandard(ctx, nil, demo); err != nil {
			return err
		}
	}
	return in.firstAdmin(ctx, e)
}

// installStandard installs the standard packages of these names; nil for all.
func (in *instance) installStandard(ctx context.Context, names []string, demo bool) error {
	std, err := packages.Standard()
	if err != nil {
		return err
	}
	b := publish.Bundle{}
	for _, p := range std {
		if names != nil && !slices.Contains(names, p.Name) {
			continue
		}
		files, err := publish.ReadFiles(p.Files)
		if err != nil {
			return fmt.Errorf("read package %s: %w", p.Name, err)
		}
		b[p.Name] = files
	}
	p, err := in.publish.Propose(ctx, b, nil)
	if err == nil {
		err = p.Findings.Err()
	}
	if err == nil {
		_, err = in.publish.Apply(ctx, p, publish.ApplyOptions{Author: "system", Message: "standard packages", Demo: demo})
	}
	if err != nil {
		return fmt.Errorf("install the standard packages: %w", err)
	}
	return nil
}

// firstAdmin makes the login "admin" where there is none, with the password from the environment
// or one that is printed this once.
func (in *instance) firstAdmin(ctx context.Context, e *env) error {
	has, err := in.auth.HasLogin(ctx, "admin")
	if err != nil || has {
		return err
	}
	password := os.Getenv("TENON_ADMIN_PASSWORD")
	made := password == ""
	if made {
		if password, err = newPassword(); err != nil {
			return err
		}
	}
	// First this: without the login all of it is done again.
	if err := in.site.registry.SetOperator(ctx, "admin", true, nil); err != nil {
		return err
	}
	if err := in.makeAdmin(ctx, password); err != nil {
		return err
	}
	if made {
		fmt.Fprintf(e.out, e.tr("First administrator: user admin, password %s (shown this once)\n",
			"首位管理员：用户 admin，密码 %s（仅显示一次）\n"), password)
	}
	return nil
}

// newPassword makes one that nobody can guess.
func newPassword() (string, error) {
	b := make([]byte, 12)
	if _, err := rand.Read(b); err != nil {
		return "", fmt.Errorf("make a password: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// makeAdmin makes the login "admin" with a password.
func (in *instance) makeAdmin(ctx context.Context, password string) error {
	user, err := in.adminRecord(ctx)
	if err != nil {
		return err
	}
	return in.auth.SetPassword(ctx, "admin", user, password, true)
}

// adminRecord finds the user record that the packages ship for the first administrator: the one
// whose external id ends in ":admin". 0 when no package has users.
func (in *instance) adminRecord(ctx context.Context) (id int64, err error) {
	users := in.publish.Tenant.Catalog().Serving("user")
	if users == nil {
		return 0, nil
	}
	st, err := in.db.Prepare(&driver.Query{Table: users.Table, Select: []driver.Expr{driver.Col{Name: "id"}},
		Where: driver.Cmp{Op: driver.Eq, L: driver.Col{Name: users.Field(catalog.ExternalID).Column},
			R: driver.Const{Value: value.Text(users.Package + ":admin")}}})
	if err != nil {
		return 0, fmt.Errorf("find the administrator's record: %w", err)
	}
	err = in.db.View(ctx, func(tx store.Tx) error {
		rows, err := tx.Query(ctx, st, nil)
		if err != nil {
			return err
		}
		if rows.Next() {
			id = rows.Value(0).Int()
		}
		return errors.Join(rows.Err(), rows.Close())
	})
	return id, err
}
