// Package mongo is the store engine for MongoDB: one database per tenant, one collection per
// table, one document per record. It knows nothing of objects, permissions or workflows.
//
// A replica set is required, of one node if need be: writes are transactions with majority
// concern, and a view reads one snapshot. A null is a field that is not there. What find filters,
// sorts and $group say exactly is left to the server; everything else the algebra has is evaluated
// here, on the rows that are left.
package mongo

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/event"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
	"go.mongodb.org/mongo-driver/mongo/readpref"
	"go.mongodb.org/mongo-driver/mongo/writeconcern"
	"go.mongodb.org/mongo-driver/x/mongo/driver/connstring"

	"github.com/tenon-platform/tenon/platform/store/driver"
)

// Options configure the engine; the zero value is safe for production.
type Options struct {
	// Monitor, if set, sees every command.
	Monitor *event.CommandMonitor
	// Reduced is for tests of this engine against servers that lack transactions, Decimal128,
	// partial indexes and aggregation. Writes are then neither atomic nor isolated, unique indexes
	// are not unique, and decimals are stored as text. Never use it for data that matters.
	Reduced bool
}

// limits are what the server cannot do; nothing, unless Options.Reduced.
type limits struct{ noTransactions, noDecimal128, noPartialIndexes, noAggregation bool }

// Engine opens the databases of one deployment.
type Engine struct {
	uri    string
	prefix string
	opt    Options
	limits limits

	mu     sync.Mutex
	open   map[string]bool
	client *mongo.Client // while a tenant is open
}

var _ driver.Engine = (*Engine)(nil)

// New is an engine over the deployment that a connection string (mongodb:// or mongodb+srv://)
// names. The database of a tenant is called "<name>_<tenant>", where name is the database in the
// connection string, or "tenon". It connects when a tenant is opened. Options nil means the zero
// value.
func New(uri string, opt *Options) (*Engine, error) {
	cs, err := connstring.ParseAndValidate(uri)
	if err != nil {
		return nil, fmt.Errorf("mongo: the connection string: %w", err)
	}
	e := &Engine{uri: uri, prefix: "tenon_", open: map[string]bool{}}
	if cs.Database != "" {
		e.prefix = cs.Database + "_"
	}
	if opt != nil {
		e.opt = *opt
	}
	if e.opt.Reduced {
		e.limits = limits{true, true, true, true}
	}
	return e, nil
}

// Name is "mongo".
func (e *Engine) Name() string { return "mongo" }

// Capabilities says what is missing: nothing, unless the engine is Reduced.
func (e *Engine) Capabilities() driver.Capabilities {
	if e.opt.Reduced {
		return driver.Capabilities{Missing: []string{"transactions", "unique"}}
	}
	return driver.Capabilities{}
}

var tenantName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*$`)

// maxTenantName bounds the names of tenants, in characters.
const maxTenantName = 63

// maxName is the most bytes of a database's name.
const maxName = 63

func (e *Engine) database(tenant string) (string, error) {
	if len(tenant) > maxTenantName || !tenantName.MatchString(tenant) {
		return "", fmt.Errorf("mongo: tenant name %q: want lower-case letters, digits, _ and -", tenant)
	}
	name := e.prefix + tenant
	if len(name) > maxName {
		return "", fmt.Errorf("mongo: database name %q is longer than %d bytes", name, maxName)
	}
	return name, nil
}

// Open opens, or creates, the database of a tenant. A tenant is open at most once per engine; any
// number of servers may have it open.
func (e *Engine) Open(ctx context.Context, tenant string) (driver.DB, error) {
	name, err := e.database(tenant)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.open[tenant] {
		return nil, fmt.Errorf("mongo: tenant %s is open already", tenant)
	}
	if err := e.connect(ctx); err != nil {
		return nil, err
	}
	d := newDB(e.client, name, e.limits)
	if err := d.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("mongo: open %s: %w", tenant, err), e.disconnect(ctx))
	}
	e.open[tenant] = true
	d.onClose = func() error {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.open, tenant)
		return e.disconnect(context.Background())
	}
	return d, nil
}

// Drop removes the database of a tenant, which must not be open here.
func (e *Engine) Drop(ctx context.Context, tenant string) error {
	name, err := e.database(tenant)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.open[tenant] {
		return fmt.Errorf("mongo: drop %s: it is open", tenant)
	}
	if err := e.connect(ctx); err != nil {
		return err
	}
	if err = e.client.Database(name).Drop(ctx); err != nil {
		err = fmt.Errorf("mongo: drop %s: %w", tenant, err)
	}
	return errors.Join(err, e.disconnect(ctx))
}

// selectionTimeout is how long a server is looked for unless the connection string says.
const selectionTimeout = 10 * time.Second

// connect makes the client, if there is none, and refuses servers that cannot keep the contract.
func (e *Engine) connect(ctx context.Context) error {
	if e.client != nil {
		return nil
	}
	o := options.Client().ApplyURI(e.uri).SetAppName("tenon").SetReadPreference(readpref.Primary()).SetMonitor(e.opt.Monitor)
	if !e.limits.noTransactions {
		o.SetWriteConcern(writeconcern.Majority())
	}
	if o.ServerSelectionTimeout == nil {
		o.SetServerSelectionTimeout(selectionTimeout)
	}
	c, err := mongo.Connect(ctx, o)
	if err != nil {
		return fmt.Errorf("mongo: connect: %w", err)
	}
	if err := e.check(ctx, c); err != nil {
		return errors.Join(err, c.Disconnect(context.WithoutCancel(ctx)))
	}
	e.client = c
	return nil
}

// disconnect closes the client when no tenant is open.
func (e *Engine) disconnect(ctx context.Context) error {
	if len(e.open) > 0 || e.client == nil {
		return nil
	}
	c := e.client
	e.client = nil
	return c.Disconnect(context.WithoutCancel(ctx))
}

// leastWireVersion is MongoDB 6.0.
const leastWireVersion = 17

// ErrStandalone is a server that is not part of a replica set.
var ErrStandalone = errors.New("mongo: the server is a standalone; a replica set is required, one node is enough: " +
	"start mongod with --replSet and run rs.initiate() once")

func (e *Engine) check(ctx context.Context, c *mongo.Client) error {
	var hello struct {
		SetName        string `bson:"setName"`
		Msg            string `bson:"msg"`
		MaxWireVersion int    `bson:"maxWireVersion"`
	}
	if err := c.Database("admin").RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&hello); err != nil {
		return fmt.Errorf("mongo: connect: %w", err)
	}
	switch {
	case e.opt.Reduced:
		return nil
	case hello.SetName == "" && hello.Msg != "isdbgrid":
		return ErrStandalone
	case hello.MaxWireVersion < leastWireVersion:
		return errors.New("mongo: the server is older than MongoDB 6.0")
	}
	return nil
}
