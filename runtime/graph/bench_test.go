package graph_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"

	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// The benchmarks run an operation through the whole of Execute, and beside it the same reads
// written by hand over the store: prepared statements, rows appended as JSON. 1,000 accounts,
// 3,000 contacts, 10,000 deals.

const (
	getQuery    = `query ($id: ID!) { deal(id: $id) { id name stage amount closeDate probability accountId version } }`
	listQuery   = `query ($s: DealStageOption!, $a: Decimal) { deals(first: 50, filter: {stage: {eq: $s}, amount: {gt: $a}}, orderBy: [{closeDate: DESC}]) { nodes { id name stage amount closeDate probability accountId version } } }`
	nestedQuery = `query ($r: ID!) { accounts(first: 20, filter: {regionId: {eq: $r}}) { nodes { id name contacts(first: 5) { nodes { id name } } deals(first: 5, orderBy: [{closeDate: DESC}]) { nodes { id name amount closeDate } } } } }`
)

func BenchmarkGet(b *testing.B) {
	benchmarkCall(b, getQuery, func(i int) string { return fmt.Sprintf(`{"id":"deal_%d"}`, 100+i%1000) })
}
func BenchmarkList(b *testing.B) {
	benchmarkCall(b, listQuery, func(i int) string { return `{"s":"won","a":"` + strconv.Itoa(i%100) + `"}` })
}
func BenchmarkNested(b *testing.B) {
	benchmarkCall(b, nestedQuery, func(i int) string { return fmt.Sprintf(`{"r":"region_%d"}`, 1+i%4) })
}

// BenchmarkPages reads pages as large as they may be.
func BenchmarkPages(b *testing.B) {
	benchmarkCall(b, `{ a: deals(first: 500) { nodes { ...f } } b: deals(first: 500, orderBy: [{closeDate: DESC}]) { nodes { ...f } } }
		fragment f on Deal { id name stage amount closeDate createdAt version }`, func(int) string { return "" })
}

func benchmarkCall(b *testing.B, query string, vars func(i int) string) {
	w := newWorld(b, 1000, nil)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if r := w.call(query, vars(i)); r.Errors > 0 || r.RequestError {
			b.Fatal(string(r.Body))
		}
	}
}

// hand is the hand-written counterpart of one level.
type hand struct {
	stmt driver.Stmt
	cols []func([]byte, value.Value) []byte
	keys []string
}

func newHand(b *testing.B, w *world, object string, q *driver.Query, fields ...string) *hand {
	o := w.cat.Object(object)
	h := &hand{}
	q.Table = o.Table
	for _, name := range fields {
		f := o.Field(name)
		q.Select = append(q.Select, f.Col())
		h.cols, h.keys = append(h.cols, f.Type.AppendJSON), append(h.keys, `,"`+f.APIName+`":`)
	}
	h.keys[0] = "{" + h.keys[0][1:]
	q.Where = driver.And{Args: append([]driver.Expr{driver.IsNull{Arg: o.Field("deleted_at").Col()}}, q.Where)}
	st, err := w.db.Prepare(q)
	if err != nil {
		b.Fatal(err)
	}
	h.stmt = st
	return h
}

func (h *hand) write(dst []byte, rows driver.Rows, each func(rows driver.Rows, at int)) ([]byte, error) {
	for rows.Next() {
		for i, col := range h.cols {
			dst = append(dst, h.keys[i]...)
			dst = col(dst, rows.Value(i))
		}
		if each != nil {
			each(rows, len(dst))
		}
		dst = append(dst, '}', ',')
	}
	err := rows.Err()
	if cerr := rows.Close(); err == nil {
		err = cerr
	}
	return dst, err
}

var dealFields = []string{"id", "name", "stage", "amount", "close_date", "probability", "account_id", "version"}

func BenchmarkGetByHand(b *testing.B) {
	w := newWorld(b, 1000, nil)
	h := newHand(b, w, "deal", &driver.Query{Where: driver.Cmp{Op: driver.Eq, L: driver.Col{Name: "id"}, R: driver.Param{N: 0}}}, dealFields...)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		runHand(b, w, h, []value.Value{value.Ref(int64(100 + i%1000))})
	}
}

func BenchmarkListByHand(b *testing.B) {
	w := newWorld(b, 1000, nil)
	o := w.cat.Object("deal")
	h := newHand(b, w, "deal", &driver.Query{
		Where: driver.And{Args: []driver.Expr{driver.Cmp{Op: driver.Eq, L: o.Field("stage").Col(), R: driver.Param{N: 0}},
			driver.Cmp{Op: driver.Gt, L: o.Field("amount").Col(), R: driver.Param{N: 1}}}},
		Order: []driver.Order{{Expr: o.Field("close_date").Col(), Desc: true}, {Expr: driver.Col{Name: "id"}, Desc: true}},
		Limit: driver.Const{Value: value.Int(50)}}, dealFields...)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		runHand(b, w, h, []value.Value{value.Text("won"), value.Int(int64(i % 100))})
	}
}

func runHand(b *testing.B, w *world, h *hand, args []value.Value) {
	err := w.db.View(context.Background(), func(tx store.Tx) error {
		rows, err := tx.Query(context.Background(), h.stmt, args)
		if err != nil {
			return err
		}
		_, err = h.write(make([]byte, 0, 4096), rows, nil)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}

func BenchmarkNestedByHand(b *testing.B) {
	w := newWorld(b, 1000, nil)
	id := driver.Col{Name: "id"}
	five := driver.Const{Value: value.Int(5)}
	acc, con, deal := w.cat.Object("account"), w.cat.Object("contact"), w.cat.Object("deal")
	accounts := newHand(b, w, "account", &driver.Query{Where: driver.Cmp{Op: driver.Eq, L: acc.Field("region_id").Col(), R: driver.Param{N: 0}},
		Order: []driver.Order{{Expr: id}}, Limit: driver.Const{Value: value.Int(20)}}, "id", "name")
	all := driver.And{}
	contacts := newHand(b, w, "contact", &driver.Query{Where: all, Order: []driver.Order{{Expr: id}}, Limit: five,
		Per: &driver.Per{By: con.Field("account_id").Col(), Keys: driver.Param{N: 0}}}, "id", "name", "account_id")
	deals := newHand(b, w, "deal", &driver.Query{Where: all, Order: []driver.Order{{Expr: deal.Field("close_date").Col(), Desc: true}, {Expr: id, Desc: true}}, Limit: five,
		Per: &driver.Per{By: deal.Field("account_id").Col(), Keys: driver.Param{N: 0}}}, "id", "name", "amount", "close_date", "account_id")
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		err := w.db.View(context.Background(), func(tx store.Tx) error {
			rows, err := tx.Query(context.Background(), accounts.stmt, []value.Value{value.Ref(int64(1 + i%4))})
			if err != nil {
				return err
			}
			keys := []byte{'['}
			out, err := accounts.write(make([]byte, 0, 16384), rows, func(r driver.Rows, _ int) {
				keys = append(strconv.AppendInt(keys, r.Value(0).Int(), 10), ',')
			})
			if err != nil {
				return err
			}
			keys[len(keys)-1] = ']'
			for _, h := range []*hand{contacts, deals} {
				if rows, err = tx.Query(context.Background(), h.stmt, []value.Value{value.List(string(keys))}); err != nil {
					return err
				}
				if out, err = h.write(out, rows, nil); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
