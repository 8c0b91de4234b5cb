package ferrettest

import (
	"flag"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/plugins/standard"
	"github.com/tenon-platform/tenon/plugins/stores/mongo"
	"github.com/tenon-platform/tenon/runtime/access/accesstest"
)

var (
	cases = flag.Int("cases", 60, "how many pairs of a user and an object TestAccess compares")
	seed  = flag.Uint64("seed", 7, "its first seed")
)

// TestAccess compares every way to records with the plain rules of access on this engine.
func TestAccess(t *testing.T) {
	uri := server(t)
	var n atomic.Int64
	accesstest.Oracle(t, &accesstest.Env{Fields: standard.Fields(), Reduced: true, Open: func(t testing.TB) *store.DB {
		e, err := mongo.New(fmt.Sprintf("%saccess%d?maxPoolSize=1", uri, n.Add(1)), &mongo.Options{Reduced: true})
		if err != nil {
			t.Fatal(err)
		}
		db, err := store.Open(ctx, e, "t")
		if err != nil {
			t.Fatal(err)
		}
		return db
	}}, *cases, *seed)
}
