package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/tenon-platform/tenon/deploy/bench/data"
)

// checked is how many calls of each operation are held against the oracle.
const checked = 40

// check holds the answers of all targets to some calls of an operation against the oracle. What a
// call writes is read again.
func check(set *data.Set, targets []*target, op data.Op) error {
	for _, c := range set.Calls(op, checked) {
		want := set.Answer(c)
		for _, t := range targets {
			got, err := t.call(c)
			if err != nil {
				return err
			}
			if c.Op == data.Create {
				if err := t.created(c, got, want); err != nil {
					return err
				}
				continue
			}
			if err := verify(t, c, got, want); err != nil {
				return err
			}
		}
		if c.Op != data.Update {
			continue
		}
		set.Apply(c)
		again := data.Call{Op: data.Get, ID: c.ID}
		for _, t := range targets {
			got, err := t.call(again)
			if err != nil {
				return err
			}
			if err := verify(t, again, got, set.Answer(again)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *target) call(c data.Call) (any, error) {
	req, err := t.request(c)
	if err != nil {
		return nil, err
	}
	got, err := send(t.addr, req)
	if err != nil {
		return nil, fmt.Errorf("%s, %s: %w", t.name, c.Op.Title(), err)
	}
	return got, nil
}

// verify compares an answer with the right one.
func verify(t *target, c data.Call, got, want any) error {
	ok, err := same(got, want)
	if err != nil || ok {
		return err
	}
	g, _ := json.Marshal(got) // both came from JSON
	w, _ := json.Marshal(want)
	return fmt.Errorf("%s answers %s wrongly (%+v)\n got %.3000s\nwant %.3000s", t.name, c.Op.Title(), c, g, w)
}

// created checks the answer to a create, and that the row can be read under its new id.
func (t *target) created(c data.Call, got, want any) error {
	t.rows++
	record := member(member(got, "create"), "record")
	row, _ := record.(map[string]any)
	text, _ := row["id"].(string)
	id, err := strconv.ParseInt(strings.TrimPrefix(text, data.OpportunityPrefix), 10, 64)
	if err != nil || id <= 0 {
		return fmt.Errorf("%s gives a new record the id %q", t.name, text)
	}
	read, err := t.call(data.Call{Op: data.Get, ID: id})
	if err != nil {
		return err
	}
	if err := verify(t, c, member(read, "opportunity"), record); err != nil {
		return err
	}
	delete(row, "id")
	return verify(t, c, got, want)
}

// member is a member of a JSON object; nil where there is none.
func member(v any, key string) any {
	m, _ := v.(map[string]any)
	return m[key]
}

// checkRows holds the number of opportunities against the number of those that were loaded and
// created: every create that was answered is there, once.
func (t *target) checkRows() error {
	got, err := t.call(data.Call{Op: data.Group})
	if err != nil {
		return err
	}
	var all int64
	stages, _ := member(got, "stages").([]any)
	for _, s := range stages {
		n, _ := member(s, "count").(json.Number)
		count, err := n.Int64()
		if err != nil {
			return fmt.Errorf("%s counts %q rows: %w", t.name, n, err)
		}
		all += count
	}
	if all != t.rows {
		return fmt.Errorf("%s has %d opportunities; %d were loaded and created", t.name, all, t.rows)
	}
	return nil
}
