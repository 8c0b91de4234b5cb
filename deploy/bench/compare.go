package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/tenon-platform/tenon/deploy/bench/data"
)

// comparison is what a run does.
type comparison struct {
	effort
	set      *data.Set
	tenon    *tenon
	product  *target
	hand     *target // with composite indexes
	handFast *target // with single-column indexes: for create and update
	report   *report
}

func runCompare(ctx context.Context, args []string, out io.Writer) (err error) {
	fs, e := effortFlags("bench", 3)
	if err := e.parse(fs, args); err != nil {
		return err
	}
	b := &comparison{effort: *e}
	w, err := newWorkshop(ctx, b.keep)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := b.measure(ctx, w); err != nil {
		return err
	}
	fmt.Fprint(out, b.report.markdown())
	return b.save(b.report)
}

func (b *comparison) measure(ctx context.Context, w *workshop) error {
	if err := b.prepare(ctx, w); err != nil {
		return err
	}
	if err := b.coldStarts(ctx); err != nil {
		return err
	}
	if _, err := b.handFast.up(ctx, b.set); err != nil {
		return err
	}
	all := []*target{b.product, b.hand, b.handFast}
	for _, op := range data.Ops {
		if op == data.Mix {
			continue // it is made of the others
		}
		progress("check %s: %s", op, op.Title())
		if err := check(b.set, all, op); err != nil {
			return err
		}
	}
	for _, op := range b.ops {
		if err := b.operation(ctx, op); err != nil {
			return err
		}
	}
	for _, t := range all {
		if err := t.checkRows(); err != nil {
			return err
		}
	}
	if !b.more {
		return nil
	}
	f := &further{b: b, n: b.tenon}
	if err := f.measure(ctx); err != nil {
		return err
	}
	b.report.More = f.rows
	return nil
}

// prepare builds, installs and fills all servers.
func (b *comparison) prepare(ctx context.Context, w *workshop) (err error) {
	size := data.Standard(b.scale)
	b.set = data.Generate(size)
	b.report = newReport(b)
	progress("build, install and fill Tenon: %d accounts, %d contacts, %d opportunities", size.Accounts, size.Contacts, size.Opportunities)
	if b.tenon, b.product, err = newTenon(ctx, w, b.set); err != nil {
		return err
	}
	progress("build and fill the reference")
	bin, err := w.build(ctx, "./deploy/bench/reference")
	if err != nil {
		return err
	}
	if b.hand, err = handTarget(ctx, w, bin, "composite", b.set); err != nil {
		return err
	}
	if b.handFast, err = handTarget(ctx, w, bin, "single", b.set); err != nil {
		return err
	}
	b.report.loaded(b.product, b.hand)
	return nil
}

// reference is the hand-written server that an operation is compared with. Creates and updates are
// held against the fewest indexes that peers have, too.
func (b *comparison) reference(op data.Op) *target {
	if op == data.Create || op == data.Update {
		return b.handFast
	}
	return b.hand
}
