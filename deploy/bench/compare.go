package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/deploy/bench/data"
)

// comparison is what a run does.
type comparison struct {
	common
	scale       float64
	rounds      int
	connections int
	starts      int
	ops         []data.Op
	more        bool // the further operations, too

	set      *data.Set
	tenon    *tenon
	product  *target
	hand     *target // with composite indexes
	handFast *target // with single-column indexes: for create and update
	report   *report
}

func runCompare(ctx context.Context, args []string, out io.Writer) (err error) {
	fs, c := flags("bench")
	b := &comparison{}
	fs.Float64Var(&b.scale, "scale", 1, "size of the data; 1: 20,000 accounts, 60,000 contacts, 200,000 opportunities")
	fs.IntVar(&b.rounds, "rounds", 3, "rounds; the median counts")
	fs.IntVar(&b.connections, "connections", 16, "connections, each with one request under way")
	fs.IntVar(&b.starts, "starts", 5, "cold starts; the median counts")
	ops := fs.String("ops", "", "operations to measure, such as q1,q2,more; all if empty")
	if err := parse(fs, args); err != nil {
		return err
	}
	b.common = *c
	if b.quick {
		b.scale, b.rounds, b.starts, b.seconds = 0.02, 1, 1, min(b.seconds, 1)
	}
	if err := b.choose(*ops); err != nil {
		return err
	}
	w, err := newWorkshop(c.keep)
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

// more stands for the further operations among those to measure.
const more = "more"

func (b *comparison) choose(ops string) error {
	if ops == "" {
		b.ops, b.more = data.Ops, true
		return nil
	}
	for _, name := range strings.Split(ops, ",") {
		if name == more {
			b.more = true
			continue
		}
		if !slices.Contains(data.Ops, data.Op(name)) {
			return fmt.Errorf("there is no operation %q", name)
		}
	}
	for _, op := range data.Ops {
		if slices.Contains(strings.Split(ops, ","), string(op)) {
			b.ops = append(b.ops, op)
		}
	}
	return nil
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
