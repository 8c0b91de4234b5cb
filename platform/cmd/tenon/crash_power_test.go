package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/plugins/stores/sqlite/sqlitetest"
	"github.com/tenon-platform/tenon/workflow/engine"
)

// moment is a data directory as it was when something had just been acknowledged.
type moment struct {
	dir  string
	log  sqlitetest.Log
	revs map[string]int64 // revisions of instances, by name
}

// main is the file of the tenant in a data directory.
func (m moment) main() string { return filepath.Join(m.dir, "main.db") }

// TestPowerFailure lets power fail at every commit of the reference scenarios: the log ends there, or in the middle of
// what came next. Everything that was acknowledged before is there, what is there is consistent, and the scenario goes
// on to the same end. Like TestKilled it does so with the first two scenarios, at some commits when it is to be short,
// and with all where TENON_LIVES says "all".
func TestPowerFailure(t *testing.T) {
	for _, x := range lives {
		t.Run(x.name, func(t *testing.T) {
			if x.long && os.Getenv("TENON_LIVES") != "all" {
				t.Skip("make crash")
			}
			failEverywhere(t, x)
		})
	}
}

func failEverywhere(t *testing.T, x life) {
	base := filepath.Join(shortDir(t), "base")
	t.Run("base", func(t *testing.T) { moveIn(t, base, x.flows) })
	live, seen := filepath.Join(shortDir(t), "live"), shortDir(t)
	if err := sqlitetest.Copy(live, base); err != nil {
		t.Fatal(err)
	}
	var moments []moment
	want := ""
	t.Run("whole", func(t *testing.T) {
		l := moveIn(t, live, x.flows)
		l.acked = func() {
			m := moment{dir: filepath.Join(seen, fmt.Sprint(len(moments))), revs: l.revisions()}
			if err := sqlitetest.Copy(m.dir, live); err != nil {
				t.Fatal(err)
			}
			var err error
			if m.log, err = sqlitetest.ReadLog(m.main()); err != nil {
				t.Fatal(err)
			}
			moments = append(moments, m)
		}
		want = strings.Join(x.lead(l), " | ")
	})
	cuts := 0
	before := moment{revs: map[string]int64{}}
	for i, m := range moments {
		for n, end := range m.log.Commits {
			if m.log.Salt == before.log.Salt && n < len(before.log.Commits) {
				continue // it was there before, and power failed at it
			}
			if cuts++; testing.Short() && cuts%5 != 0 {
				continue
			}
			last := n == len(m.log.Commits)-1
			t.Run(fmt.Sprintf("%d.%d", i, n), func(t *testing.T) { m.fail(t, x, end+int64(cuts%2)*1500, last, before, want) })
		}
		before = m
	}
	if cuts < 8 {
		t.Errorf("there were only %d commits at which power could fail", cuts)
	}
	t.Logf("%d commits after %d moments", cuts, len(moments))
}

// fail lets power fail where the log of a moment has a size, and carries the scenario on. last says that everything
// acknowledged had reached the disk.
func (m moment) fail(t *testing.T, x life, size int64, last bool, before moment, want string) {
	dir := filepath.Join(shortDir(t), "data")
	if err := sqlitetest.Copy(dir, m.dir); err != nil {
		t.Fatal(err)
	}
	if !last { // else there is nothing behind it
		if err := sqlitetest.Cut(filepath.Join(dir, "main.db"), size); err != nil {
			t.Fatal(err)
		}
	}
	l := moveIn(t, dir, x.flows)
	l.consistent()
	least := before.revs
	if last {
		least = m.revs
	}
	got := l.revisions()
	for name, rev := range least {
		if got[name] < rev {
			t.Errorf("%s was acknowledged at revision %d and is at %d", name, rev, got[name])
		}
	}
	for name, rev := range got {
		if rev > m.revs[name] {
			t.Errorf("%s is at revision %d, of which nobody knows yet", name, rev)
		}
	}
	if left := strings.Join(x.lead(l), " | "); left != want {
		t.Errorf("goes on to\n%s\nwant\n%s", left, want)
	}
	l.consistent()
}

// revisions are those of all instances, by their names.
func (l *living) revisions() map[string]int64 {
	l.t.Helper()
	rows, err := engine.ReadRows(context.Background(), l.in.db)
	if err != nil {
		l.t.Fatal(err)
	}
	out := map[string]int64{}
	for _, i := range rows.Instances {
		out[i.Name] = i.Rev
	}
	return out
}
