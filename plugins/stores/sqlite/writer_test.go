package sqlite_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// TestFailuresInGroup: of commands that share a commit, those that fail leave nothing, and take nothing of the others
// with them, wherever in the group they stand.
func TestFailuresInGroup(t *testing.T) {
	const commands = 5
	refused := errors.New("refused")
	for failing := range 1 << commands { // each set of them
		t.Run(fmt.Sprintf("%05b", failing), func(t *testing.T) {
			s := newShelf(t, t.TempDir())
			fails := func(i int) bool { return failing&(1<<i) != 0 }
			var wait sync.WaitGroup
			begun, queued := make(chan struct{}), make(chan struct{}, commands)
			command := func(i int, meanwhile func()) {
				queued <- struct{}{}
				err := s.db.Update(t.Context(), func(tx driver.Tx) error {
					meanwhile()
					for part := range int64(3) {
						row := []value.Value{value.Ref(int64(i)*10 + part + 1), value.Text("x")}
						if err := tx.Insert(t.Context(), "things", []string{"id", "name"}, row); err != nil {
							return err
						}
					}
					if fails(i) {
						return refused
					}
					return nil
				})
				if fails(i) != errors.Is(err, refused) || !fails(i) && err != nil {
					t.Errorf("command %d: %v", i, err)
				}
			}
			wait.Go(func() {
				command(0, func() {
					close(begun)
					for range commands { // the others gather behind this one
						<-queued
					}
				})
			})
			<-begun
			for i := 1; i < commands; i++ {
				wait.Go(func() { command(i, func() {}) })
			}
			wait.Wait()
			want := int64(0)
			for i := range commands {
				if !fails(i) {
					want += 3
				}
			}
			if n, _ := s.things(func() {}); n != want {
				t.Errorf("%d things, want %d", n, want)
			}
		})
	}
}
