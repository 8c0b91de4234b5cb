package main

import (
	"context"
	"fmt"
	"time"

	"github.com/tenon-platform/tenon/deploy/bench/data"
)

const referenceToken = "reference"

// handTarget is the hand-written server with one of its index sets.
func handTarget(ctx context.Context, w *workshop, bin, indexes string, set *data.Set) (*target, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	file := w.path("reference-" + indexes + ".db")
	begin := time.Now()
	if _, err := command(ctx, bin, "-load", "-db", file, "-indexes", indexes, "-accounts", fmt.Sprint(set.Size.Accounts),
		"-contacts", fmt.Sprint(set.Size.Contacts), "-opportunities", fmt.Sprint(set.Size.Opportunities)); err != nil {
		return nil, err
	}
	return &target{name: "reference", addr: addr, rows: int64(set.Size.Opportunities), loading: time.Since(begin),
		start: func() (*process, error) {
			return w.start(bin, nil, "-db", file, "-addr", addr, "-token", referenceToken)
		},
		request: func(c data.Call) ([]byte, error) { return handRequest(addr, c) }}, nil
}

// handRequest is a call as the hand-written server takes it.
func handRequest(addr string, c data.Call) ([]byte, error) {
	path := func(format string, args ...any) ([]byte, error) {
		return httpRequest("GET", fmt.Sprintf(format, args...), addr, referenceToken, nil)
	}
	switch c.Op {
	case data.Get:
		return path("/opportunities/%d", c.ID)
	case data.List:
		return path("/opportunities?stage=%s&above=%d", c.Stage, c.Above*100)
	case data.Page:
		return path("/opportunities?stage=%s&closed=%s&after=%d", c.Stage, c.Closed, c.ID)
	case data.Nested:
		return path("/accounts?region=%s", c.Region)
	case data.Group:
		return path("/stages")
	case data.Create:
		o := c.New
		return httpRequest("POST", "/opportunities", addr, referenceToken, map[string]any{"name": o.Name, "account": o.Account,
			"salesRep": o.SalesRep, "stage": o.Stage, "amount": o.Amount * 100, "probability": o.Probability, "closeDate": o.CloseDate,
			"openedAt": o.OpenedAt, "nextStep": o.NextStep})
	case data.Update:
		return httpRequest("PATCH", fmt.Sprintf("/opportunities/%d", c.ID), addr, referenceToken,
			map[string]any{"amount": c.New.Amount * 100, "nextStep": c.New.NextStep})
	}
	return nil, fmt.Errorf("the reference has no operation %q", c.Op)
}
