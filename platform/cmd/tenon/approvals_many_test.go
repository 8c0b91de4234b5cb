package main

import (
	"fmt"
	"sync"
	"testing"
)

// TestManyInboxes: however many people look into what is theirs at the same time, nobody waits for a
// reader of the store that somebody holds who waits for another.
func TestManyInboxes(t *testing.T) {
	o := newOffice(t)
	i := o.submit("ann", "discount", o.deal("ann", `discount: "0.3"`))
	var wg sync.WaitGroup
	failed := make(chan string, 64)
	for n := range 64 {
		wg.Go(func() {
			query := `{ myTasks { nodes { instance } } }`
			if n%2 == 0 {
				query = fmt.Sprintf(`{ instance(id: %q) { status tasks { node } } audit(instance: %q) { valid } }`, i, i)
			}
			for range 20 {
				if a := o.do("bob", "%s", query); len(a.Errors) > 0 {
					failed <- a.raw
					return
				}
			}
		})
	}
	wg.Wait()
	close(failed)
	for raw := range failed {
		t.Fatal(raw)
	}
}
