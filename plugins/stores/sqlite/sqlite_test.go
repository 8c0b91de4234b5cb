package sqlite_test

import (
	"testing"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/store/storetest"
	"github.com/tenon-platform/tenon/plugins/stores/sqlite"
)

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) driver.Engine {
		return sqlite.New(t.TempDir(), &sqlite.Options{Normal: true})
	})
}
