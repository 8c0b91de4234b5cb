package standard_test

import (
	"fmt"
	"testing"

	"github.com/tenon-platform/tenon/runtime/publish"
	"github.com/tenon-platform/tenon/runtime/record"
)

// TestExistsCountsLiveChildren: children in the recycle bin exist neither for a rule that Go
// evaluates nor for the count of a plan, which the store makes.
func TestExistsCountsLiveChildren(t *testing.T) {
	s := open(t, t.TempDir())
	files := func(more string) map[string]string {
		return map[string]string{"objects/client/object.json": object("client", clientFields, more), "objects/purchase/object.json": object("purchase", orderFields, "")}
	}
	if _, err := apply(t, s, files(""), publish.ApplyOptions{}); err != nil {
		t.Fatal(err)
	}
	var clients, orders []int64
	for i := range 3 {
		clients = append(clients, must(t, s, record.Create, "client", 0, map[string]any{"name": fmt.Sprint(i)}).ID)
		orders = append(orders, must(t, s, record.Create, "purchase", 0, map[string]any{"clientId": fmt.Sprintf("client_%d", clients[i]), "amount": "1"}).ID)
	}
	must(t, s, record.Delete, "purchase", orders[1], nil)
	p, err := apply(t, s, files(`, "rules": [{"name": "has_order", "when": "EXISTS(purchase, amount > 0)", "message": {"en": "has an order", "zh-CN": "有订单"}}]`), publish.ApplyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Entries) != 1 || p.Entries[0].Count == nil || *p.Entries[0].Count != 2 {
		t.Errorf("the plan counts %+v, want 2 records", p.Entries)
	}
	for i, id := range clients {
		if _, err := write(t, s, record.Update, "client", id, map[string]any{"name": "x"}); (err != nil) != (i != 1) {
			t.Errorf("client %d: %v", i, err)
		}
	}
}
