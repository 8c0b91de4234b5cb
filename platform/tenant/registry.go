package tenant

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

const (
	tenantTable   = "_tenant"
	operatorTable = "_operator"
)

// SystemTables are the tables that this package keeps in the default tenant's store.
func SystemTables() []driver.Table {
	return []driver.Table{
		{Name: tenantTable, Columns: []driver.Column{
			{Name: "name", Type: driver.Text},
			{Name: "serial", Type: driver.Text},
			{Name: "state", Type: driver.Text},
			{Name: "hosts", Type: driver.List},
			{Name: "limits", Type: driver.JSON},
			{Name: "created", Type: driver.DateTime},
			{Name: "since", Type: driver.DateTime},
			{Name: "due", Type: driver.DateTime}, // null: it need not be opened
		}, Indexes: []driver.Index{{Name: "_tenant_name", Unique: true, Columns: []driver.IndexColumn{{Column: "name"}}}}},
		{Name: operatorTable, Columns: []driver.Column{{Name: "login", Type: driver.Text}},
			Indexes: []driver.Index{{Name: "_operator_login", Unique: true, Columns: []driver.IndexColumn{{Column: "login"}}}}},
	}
}

var columns = []string{"id", "name", "serial", "state", "hosts", "limits", "created", "since", "due"}

// fresh is how long what was read holds where other servers write to the same store.
const fresh = time.Second

// Note is called in the transaction that changes what stands in a registry, to take it down.
type Note func(ctx context.Context, tx store.Tx) error

// Registry is the list of tenants, and of those who operate them, in the default tenant's store.
type Registry struct {
	db        *store.DB
	clock     clock.Clock
	all, ops  driver.Stmt
	exclusive bool

	mu        sync.Mutex
	read      time.Time // when; zero: it has to be read
	byName    map[string]*Tenant
	byHost    map[string]*Tenant
	operators []string
}

// OpenRegistry reads the registry; its tables exist. The default tenant is in it from the first time on.
func OpenRegistry(ctx context.Context, db *store.DB, clk clock.Clock) (*Registry, error) {
	r := &Registry{db: db, clock: clk}
	r.exclusive = db.Exclusive()
	sel := make([]driver.Expr, len(columns))
	for i, c := range columns {
		sel[i] = driver.Col{Name: c}
	}
	var err error
	if r.all, err = db.Prepare(&driver.Query{Table: tenantTable, Select: sel}); err == nil {
		r.ops, err = db.Prepare(&driver.Query{Table: operatorTable, Select: []driver.Expr{driver.Col{Name: "id"}, driver.Col{Name: "login"}}})
	}
	if err != nil {
		return nil, fmt.Errorf("read the tenants: %w", err)
	}
	if _, err = r.Find(ctx, Default); errs.CodeOf(err) == errs.NotFound {
		err = r.insert(ctx, &Tenant{Name: Default, State: Active}, nil)
	}
	if err != nil && errs.CodeOf(err) != errs.Duplicate { // another server was faster
		return nil, err
	}
	return r, nil
}

// rows reads what the store has.
func (r *Registry) rows(ctx context.Context, tx store.Tx) (out map[int64]*Tenant, err error) {
	out = map[int64]*Tenant{}
	rows, err := tx.Query(ctx, r.all, nil)
	if err != nil {
		return nil, err
	}
	for err == nil && rows.Next() {
		var t *Tenant
		if t, err = readTenant(rows); err == nil {
			out[rows.Value(0).Int()] = t
		}
	}
	return out, errors.Join(err, rows.Err(), rows.Close())
}

func readTenant(rows driver.Rows) (*Tenant, error) {
	text := func(i int) string { return strings.Clone(rows.Value(i).Text()) }
	t := &Tenant{Name: text(1), Serial: text(2), State: State(text(3)), Created: rows.Value(6).AsTime(), Since: rows.Value(7).AsTime()}
	err := json.Unmarshal([]byte(rows.Value(4).Text()), &t.Hosts)
	if err == nil {
		err = json.Unmarshal([]byte(rows.Value(5).Text()), &t.Limits)
	}
	if err != nil {
		return nil, fmt.Errorf("read the tenant %s: %w", t.Name, err)
	}
	if v := rows.Value(8); !v.IsNull() {
		t.Due = v.AsTime()
	}
	return t, nil
}

// knows says whether what was read last is new enough.
func (r *Registry) knows() bool {
	if r.read.IsZero() || r.exclusive {
		return !r.read.IsZero()
	}
	age := r.clock.Now().Sub(r.read)
	return age >= 0 && age < fresh
}

// load makes what is remembered as fresh as it has to be. The caller holds mu.
func (r *Registry) load(ctx context.Context) error {
	if r.knows() {
		return nil
	}
	now := r.clock.Now()
	byName, byHost := map[string]*Tenant{}, map[string]*Tenant{}
	var operators []string
	err := r.db.View(ctx, func(tx store.Tx) error {
		all, err := r.rows(ctx, tx)
		if err != nil {
			return err
		}
		for _, t := range all {
			byName[t.Name] = t
			for _, h := range t.Hosts {
				byHost[h] = t
			}
		}
		by, err := r.operatorRows(ctx, tx)
		for login := range by {
			operators = append(operators, login)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("read the tenants: %w", err)
	}
	slices.Sort(operators)
	r.byName, r.byHost, r.operators, r.read = byName, byHost, operators, now
	return nil
}

// List gives the tenants by their names, the default one first.
func (r *Registry) List(ctx context.Context) ([]*Tenant, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.load(ctx); err != nil {
		return nil, err
	}
	out := make([]*Tenant, 0, len(r.byName))
	for _, t := range r.byName {
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b *Tenant) int {
		if (a.Name == Default) != (b.Name == Default) {
			return cmp.Compare(b2i(b.Name == Default), b2i(a.Name == Default))
		}
		return cmp.Compare(a.Name, b.Name)
	})
	return out, nil
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Find gives a tenant by its name. NOT_FOUND.
func (r *Registry) Find(ctx context.Context, name string) (*Tenant, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.load(ctx); err != nil {
		return nil, err
	}
	if t := r.byName[name]; t != nil {
		return t, nil
	}
	return nil, noTenant()
}

// Route finds the tenant that a request is for: of the name that its header has, else of its host,
// else the default one. A host that is a tenant's is nobody else's: NOT_FOUND. It is asked for every
// request, and may wait that long where the store has to be asked.
func (r *Registry) Route(wait time.Duration, host, header string) (*Tenant, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.knows() {
		ctx, cancel := context.WithTimeout(context.Background(), wait)
		defer cancel()
		if err := r.load(ctx); err != nil {
			return nil, err
		}
	}
	at := r.byHost[hostOf(host)]
	if header == "" {
		if at == nil {
			at = r.byName[Default]
		}
		return at, nil
	}
	t := r.byName[header]
	if t == nil || at != nil && at != t {
		return nil, noTenant()
	}
	return t, nil
}

// Create takes a name for a tenant that is being created.
func (r *Registry) Create(ctx context.Context, t Tenant, note Note) (*Tenant, error) {
	if err := checkName(t.Name); err != nil {
		return nil, err
	}
	var bad *errs.Error
	if t.Hosts, bad = cleanHosts(t.Hosts); bad == nil {
		bad = t.Limits.check()
	}
	if bad != nil {
		return nil, bad
	}
	t.State = Creating
	if err := r.insert(ctx, &t, note); err != nil {
		return nil, err
	}
	return r.Find(ctx, t.Name)
}

func (r *Registry) insert(ctx context.Context, t *Tenant, note Note) error {
	b := make([]byte, 8)
	if _, err := rand.Read(b); err != nil {
		return fmt.Errorf("make a serial: %w", err)
	}
	t.Serial = hex.EncodeToString(b)
	t.Created = r.clock.Now()
	t.Since = t.Created
	return r.change(ctx, func(tx store.Tx, all map[int64]*Tenant) error {
		if err := free(all, t); err != nil {
			return err
		}
		id, err := tx.NextSequence(ctx, tenantTable, 1)
		if err != nil {
			return err
		}
		vals, err := t.values()
		if err != nil {
			return err
		}
		if err := tx.Insert(ctx, tenantTable, columns, append([]value.Value{value.Ref(id)}, vals...)); err != nil {
			return err
		}
		return noted(ctx, tx, note)
	})
}

// free says whether nobody else has the name and the hosts of a tenant.
func free(all map[int64]*Tenant, t *Tenant) error {
	for _, x := range all {
		if x.Serial == t.Serial {
			continue
		}
		if x.Name == t.Name {
			return errs.New(errs.Duplicate, "there is already a tenant %s", "租户 %s 已存在", t.Name).On("name")
		}
		for _, h := range t.Hosts {
			if slices.Contains(x.Hosts, h) {
				return errs.New(errs.Duplicate, "the host %s is another tenant's", "主机名 %s 已属于其他租户", h).On("hosts")
			}
		}
	}
	return nil
}

// values are those of the columns after the id.
func (t *Tenant) values() ([]value.Value, error) {
	hosts, err := json.Marshal(append([]string{}, t.Hosts...))
	if err != nil {
		return nil, err
	}
	limits, err := json.Marshal(t.Limits)
	if err != nil {
		return nil, err
	}
	due := value.Null
	if !t.Due.IsZero() {
		due = value.Instant(t.Due)
	}
	return []value.Value{value.Text(t.Name), value.Text(t.Serial), value.Text(string(t.State)), value.List(string(hosts)), value.JSON(string(limits)),
		value.Instant(t.Created), value.Instant(t.Since), due}, nil
}

// change writes, and has what is remembered read anew.
func (r *Registry) change(ctx context.Context, fn func(tx store.Tx, all map[int64]*Tenant) error) error {
	err := r.db.Update(ctx, func(tx store.Tx) error {
		all, err := r.rows(ctx, tx)
		if err != nil {
			return err
		}
		return fn(tx, all)
	})
	r.mu.Lock()
	r.read = time.Time{}
	r.mu.Unlock()
	var e *errs.Error
	if err != nil && !errors.As(err, &e) {
		err = fmt.Errorf("write the tenants: %w", err)
	}
	return err
}

func noted(ctx context.Context, tx store.Tx, note Note) error {
	if note == nil {
		return nil
	}
	return note(ctx, tx)
}

// Edit changes a tenant; the function gets a copy. NOT_FOUND.
func (r *Registry) Edit(ctx context.Context, name string, edit func(*Tenant) error, note Note) (*Tenant, error) {
	err := r.change(ctx, func(tx store.Tx, all map[int64]*Tenant) error {
		for id, was := range all {
			if was.Name != name {
				continue
			}
			t := *was
			if err := edit(&t); err != nil {
				return err
			}
			if t.State != was.State {
				t.Since = r.clock.Now()
			}
			if err := free(all, &t); err != nil {
				return err
			}
			vals, err := t.values()
			if err != nil {
				return err
			}
			if _, err := tx.Update(ctx, tenantTable, id, columns[1:], vals); err != nil {
				return err
			}
			return noted(ctx, tx, note)
		}
		return noTenant()
	})
	if err != nil {
		return nil, err
	}
	return r.Find(ctx, name)
}

// Move brings a tenant from one of some states into another. INVALID_STATE; the default tenant stays as it is.
func (r *Registry) Move(ctx context.Context, name string, from []State, to State, note Note) (*Tenant, error) {
	if name == Default {
		return nil, errs.New(errs.InvalidState, "the default tenant is always there", "默认租户不能停用或移除")
	}
	return r.Edit(ctx, name, func(t *Tenant) error {
		if !slices.Contains(from, t.State) {
			return errs.New(errs.InvalidState, "a tenant that is %s cannot be told this", "状态为“%s”的租户不能执行此操作", t.State)
		}
		t.State = to
		return nil
	}, note)
}

// SetLimits lets a tenant use as much as they say.
func (r *Registry) SetLimits(ctx context.Context, name string, l Limits, note Note) (*Tenant, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	return r.Edit(ctx, name, func(t *Tenant) error { t.Limits = l; return nil }, note)
}

// SetHosts makes these the hosts of a tenant, and no others.
func (r *Registry) SetHosts(ctx context.Context, name string, hosts []string, note Note) (*Tenant, error) {
	hosts, bad := cleanHosts(hosts)
	if bad != nil {
		return nil, bad
	}
	return r.Edit(ctx, name, func(t *Tenant) error { t.Hosts = hosts; return nil }, note)
}

// SetDue keeps when a tenant has to be opened at the latest; zero: it need not.
func (r *Registry) SetDue(ctx context.Context, name string, due time.Time) error {
	_, err := r.Edit(ctx, name, func(t *Tenant) error { t.Due = due; return nil }, nil)
	return err
}

// Forget takes a tenant that is gone out of the registry; it is no error that it is not there.
func (r *Registry) Forget(ctx context.Context, gone *Tenant, note Note) error {
	return r.change(ctx, func(tx store.Tx, all map[int64]*Tenant) error {
		for id, t := range all {
			if t.Serial != gone.Serial {
				continue
			}
			if _, err := tx.Delete(ctx, tenantTable, id); err != nil {
				return err
			}
			return noted(ctx, tx, note)
		}
		return nil
	})
}
