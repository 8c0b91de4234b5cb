package packtest

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"sync"

	"github.com/tenon-platform/tenon/metadata/model"
)

// place is where a case stands: the number of it in a file of tests.
type place struct {
	tests *model.Tests
	n     int
}

// lanes play cases beside each other, one each on every processor. What came of them is told in the order of the
// cases, whatever the order in which they end.
type lanes struct {
	tpl   *template
	pkg   string
	cases []place
	stop  context.CancelFunc

	mu   sync.Mutex
	next int       // the case to begin
	done []*Result // by case; nil: it has not ended
	told int       // how many of them
	err  error     // why no other begins
}

// play plays all cases, until one cannot be: then there are the results before it and the reason.
func (l *lanes) play(ctx context.Context) ([]Result, error) {
	ctx, l.stop = context.WithCancel(ctx)
	defer l.stop()
	l.done = make([]*Result, len(l.cases))
	var all sync.WaitGroup
	shown := make([]*coverage, min(runtime.GOMAXPROCS(0), len(l.cases)))
	for i := range shown {
		shown[i] = newCoverage()
		all.Go(func() { l.lane(ctx, shown[i]) })
	}
	all.Wait()
	for _, s := range shown {
		maps.Copy(l.tpl.shown.of, s.of)
	}
	var out []Result
	for _, r := range l.done[:l.told] {
		out = append(out, *r)
	}
	return out, l.err
}

func (l *lanes) lane(ctx context.Context, shown *coverage) {
	for {
		i, ok := l.begin(ctx)
		if !ok {
			return
		}
		c := l.cases[i]
		r, err := l.tpl.run(ctx, shown, l.pkg, c, i)
		if err != nil {
			err = fmt.Errorf("run %q of %s: %w", c.tests.Cases[c.n].Name, file(c.tests), err)
		}
		l.end(i, r, err)
	}
}

// begin gives the next case; ok is false when there is none, or none is to begin.
func (l *lanes) begin(ctx context.Context) (i int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = ctx.Err()
	}
	if l.err != nil || l.next == len(l.cases) {
		return 0, false
	}
	l.next++
	return l.next - 1, true
}

// end takes what came of a case, and tells of all that follow what was told.
func (l *lanes) end(i int, r *Result, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		if l.err == nil {
			l.err = err
		}
		l.stop()
		return
	}
	l.done[i] = r
	for ; l.told < len(l.done) && l.done[l.told] != nil; l.told++ {
		if l.tpl.opt.Done != nil {
			l.tpl.opt.Done(l.done[l.told], l.told+1)
		}
	}
}
