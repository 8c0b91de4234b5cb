package graph_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/runtime/graph"
)

// TestAdvice holds slow answers to naming the index that would have helped, and others to silence.
func TestAdvice(t *testing.T) {
	slow := newWorld(t, 3, func(l *graph.Limits) { l.Slow = time.Nanosecond })
	for query, index := range map[string]string{
		`{ deals(filter: {probability: {eq: 3}, amount: {gt: "5"}}, orderBy: [{closeDate: DESC}]) { nodes { name } } }`:         `"index":{"fields":["probability","close_date"],"include":["amount"]},"object":"deal"`,
		`{ deals(filter: {probability: {eq: 3}}, orderBy: [{closeDate: DESC}, {id: ASC}]) { nodes { name } } }`:                 `"index":{"fields":["probability","close_date desc"]},"object":"deal"`,
		`{ deals(filter: {probability: {eq: 3}}, orderBy: [{closeDate: DESC}, {name: ASC}]) { nodes { name } } }`:               `"index":{"fields":["probability","close_date desc","name"]},"object":"deal"`,
		`{ deals(filter: {stage: {eq: open}}, orderBy: [{closeDate: ASC}]) { nodes { name } } }`:                                "",
		`{ deals(filter: {amount: {gt: "5"}}) { nodes { name } } }`:                                                             `"index":{"fields":["amount"]}`,
		`{ deals(filter: {stage: {eq: open}}, orderBy: [{closeDate: DESC}]) { nodes { name } } }`:                               "",
		`{ deals(filter: {stage: {eq: open}, amount: {gt: "5"}}, orderBy: [{closeDate: DESC}, {id: ASC}]) { nodes { name } } }`: "",
		`{ deals(filter: {stage: {eq: open}, amount: {gt: "5"}}, orderBy: [{closeDate: DESC}]) { nodes { name } } }`:            `"index":{"fields":["stage","close_date"],"include":["amount"]}`,
		`{ dealAggregate(groupBy: [{probability: true}]) { count sum { amount } } }`:                                            `"index":{"fields":["probability"],"include":["amount"]}`,
		`{ accounts(first: 1) { nodes { deals(orderBy: [{name: ASC}]) { nodes { name } } } } }`:                                 `"index":{"fields":["account_id","name"]}`,
	} {
		got := string(slow.call(query, "").Body)
		if strings.Contains(got, `"errors"`) {
			t.Fatal(got)
		}
		if index == "" && strings.Contains(got, `"indexes"`) || index != "" && !strings.Contains(got, index) {
			t.Errorf("%s\ngot %s\nwant %s", query, got, index)
		}
	}
	quick := newWorld(t, 3, nil)
	if got := string(quick.call(`{ deals(filter: {probability: {eq: 3}}) { nodes { name } } }`, "").Body); strings.Contains(got, "indexes") {
		t.Errorf("advice for a quick read: %s", got)
	}
}
