package mongo_test

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/store/storetest"
	"github.com/tenon-platform/tenon/plugins/stores/mongo"
)

// TestContract runs the conformance suite on a real replica set, which the connection string in
// TENON_TEST_MONGODB names; nothing is missing there. "make test-mongodb" starts one.
func TestContract(t *testing.T) {
	uri := os.Getenv("TENON_TEST_MONGODB")
	if uri == "" {
		t.Skip("TENON_TEST_MONGODB names no replica set; make test-mongodb starts one")
	}
	var n atomic.Int64
	run := time.Now().UnixNano()
	storetest.Run(t, func(t *testing.T) driver.Engine {
		e, err := mongo.New(uri, nil)
		must(t, err)
		f := &fresh{Engine: e, suffix: fmt.Sprintf("-%d-%d", run, n.Add(1))}
		t.Cleanup(func() { must(t, f.Drop(ctx, "suite")) })
		return f
	})
}

// fresh opens tenants under names that no other test uses.
type fresh struct {
	driver.Engine
	suffix string
}

func (f *fresh) Open(ctx context.Context, tenant string) (driver.DB, error) {
	return f.Engine.Open(ctx, tenant+f.suffix)
}

func (f *fresh) Drop(ctx context.Context, tenant string) error {
	return f.Engine.Drop(ctx, tenant+f.suffix)
}
