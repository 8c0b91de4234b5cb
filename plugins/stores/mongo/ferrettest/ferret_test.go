package ferrettest

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"

	"github.com/FerretDB/FerretDB/ferretdb"

	"github.com/tenon-platform/tenon/metadata/expr/exprtest"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/store/storetest"
	"github.com/tenon-platform/tenon/plugins/stores/mongo"
)

// server starts a FerretDB that lives as long as the test, and so does what it keeps: nothing waits for a disk.
func server(t *testing.T) string {
	t.Helper()
	f, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: "127.0.0.1:0"},
		Logger:    slog.New(slog.DiscardHandler),
		Handler:   "sqlite",
		SQLiteURL: "file:" + t.TempDir() + "/?_pragma=synchronous(off)",
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return f.MongoDBURI()
}

// TestContract lists what FerretDB lacks in the engine's Capabilities: transactions and unique
// indexes, which have to be partial. Its filtered updates are not atomic, so there is one connection.
func TestContract(t *testing.T) {
	uri := server(t)
	var n atomic.Int64
	storetest.Run(t, func(t *testing.T) driver.Engine {
		e, err := mongo.New(fmt.Sprintf("%st%d?maxPoolSize=1", uri, n.Add(1)), &mongo.Options{Reduced: true})
		if err != nil {
			t.Fatal(err)
		}
		return e
	})
}

// TestExpressions: translated expressions give on the MongoDB engine what Go evaluates.
func TestExpressions(t *testing.T) {
	exprtest.Differential(t, func(t *testing.T) driver.DB {
		e, err := mongo.New(server(t)+"expressions?maxPoolSize=1", &mongo.Options{Reduced: true})
		must(t, err)
		db, err := e.Open(ctx, "expressions")
		must(t, err)
		t.Cleanup(func() { must(t, db.Close()) })
		return db
	})
}
