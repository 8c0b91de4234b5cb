package record_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/plugins/standard/tenanttest"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/publish"
	"github.com/tenon-platform/tenon/runtime/record"
)

// office is a tenant with an invoice of two lines, a customer, and four people.
type office struct {
	*tenanttest.Tenant
	invoice, line, customer string
	ann, bob, boss, reader  ident.Principal
}

func openOffice(t *testing.T) *office {
	t.Helper()
	w := tenanttest.OpenBundle(t, publish.Bundle{
		"platform-base": tenanttest.Files(t, os.DirFS("../../plugins/packages/platform-base")),
		"locks":         tenanttest.Files(t, os.DirFS("testdata/locks")),
	})
	o := &office{Tenant: w, ann: w.User("ann", "clerk"), bob: w.User("bob", "clerk"), boss: w.User("boss", "boss"), reader: w.User("rita", "reader")}
	o.customer = w.ID("Customer", `name: "C"`)
	o.invoice = w.ID("Invoice", fmt.Sprintf(`no: "1", amount: "5", customerId: %q`, o.customer))
	o.line = w.ID("InvoiceLine", fmt.Sprintf(`invoiceId: %q, amount: "3"`, o.invoice))
	return o
}

func (o *office) lock(who ident.Principal, args, want string) {
	o.WantAs(who, fmt.Sprintf(`mutation { lockInvoice(id: %q, %s) { invoice { locked lockReason lockedBy { name } } } }`, o.invoice, args), want)
}

const locked = `"code":"RECORD_LOCKED"`

// TestLockHoldsInEveryDoor: nobody but the holder and who overrides the lock writes a locked record,
// removes it, or writes its details, in whatever way.
func TestLockHoldsInEveryDoor(t *testing.T) {
	o := openOffice(t)
	o.lock(o.ann, `reason: "in review", override: ["boss"]`, `{"locked":true,"lockReason":"in review","lockedBy":{"name":"ann"}}`)
	doors := []string{
		`mutation { updateInvoice(id: "$I", patch: {amount: "6"}) { invoice { id } } }`,
		`mutation { updateInvoices(inputs: [{id: "$I", patch: {amount: "6"}}]) { invoice { id } } }`,
		`mutation { updateInvoices(inputs: [{id: "$I", patch: {amount: "6"}}], atomic: false) { errors { code } } }`,
		`mutation { upsertInvoice(key: {no: "1"}, input: {amount: "6"}) { invoice { id } } }`,
		`mutation { deleteInvoice(id: "$I") { invoice { id } } }`,
		`mutation { updateInvoice(id: "$I", patch: {ownerId: "$B"}) { invoice { id } } }`,
		`mutation { updateInvoice(id: "$I", patch: {lines: {create: [{amount: "1"}]}}) { invoice { id } } }`,
		`mutation { updateInvoice(id: "$I", patch: {lines: {update: [{id: "$L", patch: {amount: "1"}}]}}) { invoice { id } } }`,
		`mutation { updateCustomer(id: "$C", patch: {invoices: {update: [{id: "$I", patch: {amount: "6"}}]}}) { customer { id } } }`,
		`mutation { createInvoiceLine(input: {invoiceId: "$I", amount: "1"}) { invoiceLine { id } } }`,
		`mutation { updateInvoiceLine(id: "$L", patch: {amount: "1"}) { invoiceLine { id } } }`,
		`mutation { deleteInvoiceLine(id: "$L") { invoiceLine { id } } }`,
		`mutation { deleteCustomer(id: "$C") { customer { id } } }`, // would clear the invoice's reference
		`mutation { invoiceAnnotate(id: "$I", input: {text: "x"}) { invoice { id } } }`,
		`mutation { lockInvoice(id: "$I", reason: "mine") { invoice { id } } }`,
		`mutation { unlockInvoice(id: "$I") { invoice { id } } }`,
	}
	fill := strings.NewReplacer("$B", fmt.Sprintf("sys_user_%d", o.bob.UserID), "$I", o.invoice, "$L", o.line, "$C", o.customer)
	for _, q := range doors {
		want := locked
		if strings.Contains(q, "atomic: false") {
			want = `"errors":[{"code":"RECORD_LOCKED"}]`
		}
		o.WantAs(o.bob, fill.Replace(q), want)
	}
	got := o.WantAs(o.bob, fill.Replace(doors[0]), `"field":"amount"`)
	for _, part := range []string{`"message":"the record is locked: in review"`, `"message_zh":"记录已锁定：in review"`, `"reason":"in review"`} {
		if !strings.Contains(got, part) {
			t.Errorf("%s lacks %s", got, part)
		}
	}
	id := number(t, o.invoice)
	obj := o.Publish.Tenant.Catalog().Object("invoice")
	for _, op := range []record.Op{{Verb: record.Revert, Object: obj, ID: id, Values: map[*catalog.Field]value.Value{obj.Field("note"): value.Text("x")}}, {Verb: record.Erase, Object: obj, ID: id},
		{Verb: record.Update, Object: obj, ID: id, Input: map[string]any{"note": "x"}}} {
		p, err := access.NewService(o.Publish.Tenant).Profile(t.Context(), o.bob)
		if err != nil {
			t.Fatal(err)
		}
		ctx := ident.With(context.Background(), ident.Caller{Tenant: "main", Principal: o.bob})
		for _, loader := range []bool{false, true} {
			if _, err := o.Publish.Records.Write(ctx, p, []record.Op{op}, record.Options{Atomic: true, Loader: loader}); errs.CodeOf(err) != errs.RecordLocked {
				t.Errorf("verb %d: %v", op.Verb, err)
			}
		}
	}
	// What does not change the record passes, and so do its holder and who overrides the lock.
	o.WantAs(o.bob, fill.Replace(`mutation { updateInvoice(id: "$I", patch: {amount: "5.00"}) { invoice { amount } } }`), `"amount":"5.00"`)
	o.WantAs(o.ann, fill.Replace(doors[0]), `"invoice":{"id"`)
	o.WantAs(o.boss, fill.Replace(doors[9]), `"invoiceLine":{"id"`)
	o.WantAs(o.boss, fill.Replace(`{ invoice(id: "$I") { total locked version history { changes } } }`), `"total":"4.00","locked":true`) // roll-ups go on
	o.WantAs(o.boss, fill.Replace(`mutation { unlockInvoice(id: "$I") { invoice { locked lockReason lockedBy { name } locks } } }`), `{"locked":false,"lockReason":null,"lockedBy":null,"locks":null}`)
	for _, q := range doors[:4] {
		o.WantAs(o.bob, fill.Replace(q), `"data":{"up`)
	}
}

// TestLockHoldsAgainstMerges: neither a locked record is merged, nor one that a locked record refers
// to, by others.
func TestLockHoldsAgainstMerges(t *testing.T) {
	o := openOffice(t)
	invoice, customer := o.ID("Invoice", `no: "2"`), o.ID("Customer", `name: "D"`)
	merge := func(who ident.Principal, object, master, other string) error {
		t.Helper()
		p, err := access.NewService(o.Publish.Tenant).Profile(t.Context(), who)
		if err != nil {
			t.Fatal(err)
		}
		cat := o.Publish.Tenant.Catalog()
		ctx := ident.With(context.Background(), ident.Caller{Tenant: "main", Principal: who})
		_, err = o.Publish.Records.Merge(ctx, cat, p, record.Merge{Object: cat.Object(object), Master: number(t, master), Others: []int64{number(t, other)}}, record.Options{})
		return err
	}
	o.lock(o.ann, `reason: "x"`, `"locked":true`)
	for _, err := range []error{merge(o.bob, "invoice", o.invoice, invoice), merge(o.bob, "invoice", invoice, o.invoice), merge(o.bob, "customer", customer, o.customer)} {
		if errs.CodeOf(err) != errs.RecordLocked {
			t.Error(err)
		}
	}
	if err := merge(o.ann, "customer", customer, o.customer); err != nil {
		t.Error(err)
	}
}

// TestLockOfFields: the other fields, and the details, stay free; the record cannot be removed.
func TestLockOfFields(t *testing.T) {
	o := openOffice(t)
	o.lock(o.ann, `reason: "price agreed", fields: ["amount", "customerId"]`, `"locked":true`)
	for _, c := range []struct{ query, want string }{
		{`updateInvoice(id: "$I", patch: {note: "x"}) { invoice { note } }`, `"note":"x"`},
		{`updateInvoice(id: "$I", patch: {note: "y", amount: "6"}) { invoice { note } }`, `"field":"amount"`},
		{`updateInvoice(id: "$I", patch: {customerId: null}) { invoice { note } }`, `"field":"customerId"`},
		{`updateInvoiceLine(id: "$L", patch: {amount: "7"}) { invoiceLine { id } }`, `"invoiceLine"`},
		{`deleteInvoice(id: "$I") { invoice { id } }`, locked},
	} {
		o.WantAs(o.bob, strings.NewReplacer("$I", o.invoice, "$L", o.line).Replace("mutation { "+c.query+" }"), c.want)
	}
	o.WantAs(o.reader, fmt.Sprintf(`{ invoice(id: %q) { note total locks } }`, o.invoice), `"note":"x","total":"7.00","locks":[{"`)
}

// TestWhoLocks: who may change the record, once, with sound words; administrators take every lock
// away, and are bound by one that names no role.
func TestWhoLocks(t *testing.T) {
	o := openOffice(t)
	for _, args := range []string{`reason: ""`, `reason: "  "`, `reason: "x", fields: ["none"]`, `reason: "x", fields: ["total"]`, `reason: "x", fields: ["version"]`,
		`reason: "x", override: ["nobody"]`, fmt.Sprintf(`reason: "%s"`, strings.Repeat("x", 501))} {
		o.lock(o.ann, args, `"code":"INVALID_INPUT"`)
	}
	o.lock(o.reader, `reason: "x"`, `"errors"`)
	o.WantAs(o.ann, fmt.Sprintf(`mutation { lockInvoice(id: %q, reason: "x", ifVersion: 9) { invoice { id } } }`, o.invoice), `"code":"VERSION_CONFLICT"`)
	o.WantAs(o.ann, fmt.Sprintf(`mutation { lockInvoice(id: %q, reason: "x", dryRun: true) { invoice { locked } } }`, o.invoice), `"locked":true`)
	o.WantAs(o.ann, `mutation { lockInvoice(id: "invoice_1", reason: "x") { invoice { id } } }`, `"code":"NOT_FOUND"`)
	o.WantAs(o.ann, `mutation { lockCustomer(id: "customer_1", reason: "x") { customer { id } } }`, `"errors"`)
	o.Want(fmt.Sprintf(`mutation { updateInvoice(id: %q, patch: {locked: true}) { invoice { id } } }`, o.invoice), `"errors"`)
	o.lock(o.ann, `reason: "one"`, `"lockReason":"one"`)
	o.lock(o.ann, `reason: "two"`, `"lockReason":"two"`)
	o.lock(o.bob, `reason: "three"`, locked)
	update := fmt.Sprintf(`mutation { updateInvoice(id: %q, patch: {note: "z"}) { invoice { note } } }`, o.invoice)
	o.WantAs(o.boss, update, locked)
	o.Want(update, locked) // an administrator
	o.Want(`{ invoices(filter: {locked: {eq: true}}) { totalCount } }`, `"totalCount":1`)
	o.Want(fmt.Sprintf(`mutation { unlockInvoice(id: %q) { invoice { locked } } }`, o.invoice), `"locked":false`)
	o.Want(fmt.Sprintf(`mutation { unlockInvoice(id: %q) { invoice { locked version } } }`, o.invoice), `"locked":false,"version":4`)
	o.WantAs(o.bob, update, `"note":"z"`)
	o.Want(fmt.Sprintf(`{ invoice(id: %q) { history { changes } } }`, o.invoice), `"lockReason":["one","two"]`)
}

// TestReasonIsForReaders: who may not see the reason of a lock does not learn it by running into it.
func TestReasonIsForReaders(t *testing.T) {
	o := openOffice(t)
	blind := o.User("bea", "blind")
	o.lock(o.ann, `reason: "fraud"`, `"locked":true`)
	got := o.WantAs(blind, fmt.Sprintf(`mutation { updateInvoice(id: %q, patch: {amount: "6"}) { invoice { id } } }`, o.invoice), locked)
	if strings.Contains(got, "fraud") {
		t.Error(got)
	}
	o.WantAs(blind, fmt.Sprintf(`{ invoice(id: %q) { locked lockReason } }`, o.invoice), `"errors"`)
	o.WantAs(blind, fmt.Sprintf(`{ invoice(id: %q) { locked } }`, o.invoice), `"locked":true`)
}

// TestProcessesLock: a process locks for itself, beside a lock by hand; its own writes pass, and
// people cannot take its lock for theirs.
func TestProcessesLock(t *testing.T) {
	o := openOffice(t)
	obj := o.Publish.Tenant.Catalog().Object("invoice")
	as := func(who ident.Principal, fn func(*record.Session, record.Record) error) error {
		t.Helper()
		ctx := ident.With(context.Background(), ident.Caller{Tenant: "main", Principal: who})
		_, err := o.Publish.Records.Transact(ctx, o.Publish.Tenant.Catalog(), access.Everything, record.Options{}, func(se *record.Session) ([]record.Result, error) {
			rec, _, err := se.Find(obj, number(t, o.invoice))
			if err == nil {
				err = fn(se, rec)
			}
			return nil, err
		})
		return err
	}
	set := map[*catalog.Field]value.Value{obj.Field("note"): value.Text("approved")}
	if err := as(o.ann, func(se *record.Session, r record.Record) error {
		_, err := se.Lock(r, record.LockSpec{Name: "approval.1", Reason: "in approval"})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	update := fmt.Sprintf(`mutation { updateInvoice(id: %q, patch: {note: "z"}) { invoice { note } } }`, o.invoice)
	o.WantAs(o.ann, update, locked) // who submitted it is bound as well
	o.WantAs(o.ann, fmt.Sprintf(`mutation { unlockInvoice(id: %q) { invoice { locked } } }`, o.invoice), `"locked":true`)
	o.lock(o.ann, `reason: "mine"`, `"lockReason":"in approval"`)
	write := func(se *record.Session, r record.Record) error { _, err := se.Update(r, set); return err }
	if err := as(o.bob, write); errs.CodeOf(err) != errs.RecordLocked {
		t.Error(err)
	}
	through := func(se *record.Session, r record.Record) error {
		return se.Through("approval.1", func() error { return write(se, r) })
	}
	if err := as(o.bob, through); errs.CodeOf(err) != errs.RecordLocked { // the lock by hand still holds
		t.Error(err)
	}
	if err := as(o.ann, through); err != nil {
		t.Error(err)
	}
	if err := as(o.bob, func(se *record.Session, r record.Record) error { _, err := se.Unlock(r, "approval.1"); return err }); err != nil {
		t.Error(err)
	}
	o.WantAs(o.bob, update, `"message":"the record is locked: mine"`)
	o.WantAs(o.ann, update, `"note":"z"`)
}

// TestLocksRace: of many who lock at once, one does.
func TestLocksRace(t *testing.T) {
	o := openOffice(t)
	answers := make([]string, 20)
	p, err := access.NewService(o.Publish.Tenant).Profile(t.Context(), o.ann)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range answers {
		who := []ident.Principal{o.ann, o.bob, o.boss}[i%3]
		wg.Go(func() {
			answers[i] = o.As(p, who, fmt.Sprintf(`mutation { lockInvoice(id: %q, reason: "r%d") { invoice { lockedBy { name } } } }`, o.invoice, i%3))
		})
	}
	wg.Wait()
	holders := map[string]bool{}
	for _, a := range answers {
		if _, name, ok := strings.Cut(a, `"lockedBy":`); ok {
			holders[name] = true
		} else if !strings.Contains(a, locked) {
			t.Error(a)
		}
	}
	if len(holders) != 1 {
		t.Errorf("%d hold the lock: %v", len(holders), holders)
	}
}

func number(t *testing.T, id string) (n int64) {
	t.Helper()
	if _, err := fmt.Sscanf(id[strings.LastIndexByte(id, '_')+1:], "%d", &n); err != nil {
		t.Fatal(err)
	}
	return n
}
