package process

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/workflow/flow"
)

// Paused is the code of the incident that tells that a schedule has paused itself.
const Paused = "SCHEDULE_PAUSED"

// Standing is how the schedule of a flow stands.
type Standing struct {
	id       int64
	Flow     string
	Failures int // in a row
	Paused   bool
	Since    time.Time // when it was paused, or went on; zero: neither ever
	Run      string    // that tells of the pause; "": an administrator has paused it
}

// standingQuery reads how schedules stand: one by its flow, or all.
func standingQuery(one bool) *driver.Query {
	col := func(n string) driver.Expr { return driver.Col{Name: n} }
	q := &driver.Query{Table: schedules, Select: []driver.Expr{col("id"), col("flow"), col("failures"), col("paused"), col("since"), col("run")}, Order: []driver.Order{{Expr: col("id")}}}
	if one {
		q.Where = driver.Cmp{Op: driver.Eq, L: col("flow"), R: driver.Param{N: 0}}
	}
	return q
}

// prepareSchedules makes the queries ready.
func (s *Service) prepareSchedules(db *store.DB) (err error) {
	if s.schedule, err = db.Prepare(standingQuery(true)); err == nil {
		s.schedules, err = db.Prepare(standingQuery(false))
	}
	if err != nil {
		return fmt.Errorf("flow: prepare how schedules stand: %w", err)
	}
	return nil
}

// standing reads how the schedule of a flow stands.
func (s *Service) standing(ctx context.Context, tx store.Tx, key string) (Standing, error) {
	found, err := standings(ctx, tx, s.schedule, value.Text(key))
	if x, there := found[key]; there || err != nil {
		return x, err
	}
	return Standing{Flow: key}, nil
}

// Standings are how schedules stand, by their flows. Those that are not there go on, and have not failed.
func (s *Service) Standings(ctx context.Context, tx store.Tx) (map[string]Standing, error) {
	return standings(ctx, tx, s.schedules)
}

func standings(ctx context.Context, tx store.Tx, which driver.Stmt, args ...value.Value) (map[string]Standing, error) {
	rows, err := tx.Query(ctx, which, args)
	if err != nil {
		return nil, fmt.Errorf("flow: read how schedules stand: %w", err)
	}
	out := map[string]Standing{}
	for rows.Next() {
		x := Standing{id: rows.Value(0).Int(), Flow: strings.Clone(rows.Value(1).Text()), Failures: int(rows.Value(2).Int()), Paused: rows.Value(3).Bool(), Run: strings.Clone(rows.Value(5).Text())}
		if v := rows.Value(4); !v.IsNull() {
			x.Since = v.AsTime()
		}
		out[x.Flow] = x
	}
	return out, errors.Join(rows.Err(), rows.Close())
}

// ReadStandings reads how schedules stand, for those who check it.
func ReadStandings(ctx context.Context, db *store.DB) (out map[string]Standing, err error) {
	st, err := db.Prepare(standingQuery(false))
	if err != nil {
		return nil, fmt.Errorf("flow: read how schedules stand: %w", err)
	}
	err = db.View(ctx, func(tx store.Tx) error {
		out, err = standings(ctx, tx, st)
		return err
	})
	return out, err
}

// stand stores how a schedule stands.
func (s *Service) stand(ctx context.Context, tx store.Tx, x Standing) (err error) {
	since := value.Null
	if !x.Since.IsZero() {
		since = value.Instant(x.Since)
	}
	names, vals := []string{"failures", "paused", "since", "run"}, []value.Value{value.Int(int64(x.Failures)), value.Bool(x.Paused), since, value.Text(x.Run)}
	if x.id != 0 {
		_, err = tx.Update(ctx, schedules, x.id, names, vals)
		return err
	}
	if x.id, err = tx.NextSequence(ctx, schedules, 1); err != nil {
		return err
	}
	return tx.Insert(ctx, schedules, append([]string{"id", "flow"}, names...), append([]value.Value{value.Ref(x.id), value.Text(x.Flow)}, vals...))
}

// counts says whether the end of a run says something of its schedule. What was passed over, or ended by
// somebody, does not.
func counts(f *catalog.Flow, st *flow.State) bool {
	return f.Trigger.PauseAfterFailures > 0 && st.Cause.Type == "schedule" && st.Reason != Paused &&
		(st.Status == flow.Succeeded || st.Status == flow.Failed || st.Status == flow.Compensated)
}

// count notes how a run of a schedule has ended, in its transaction, and pauses the schedule after too many
// failures in a row.
func (k kind) count(f *catalog.Flow, st *flow.State, now time.Time) func(context.Context, store.Tx) error {
	return func(ctx context.Context, tx store.Tx) error {
		x, err := k.standing(ctx, tx, f.Key)
		if err != nil {
			return err
		}
		was := x
		if x.Failures++; st.Status == flow.Succeeded {
			x.Failures = 0
		}
		if x.Failures < f.Trigger.PauseAfterFailures || x.Paused {
			if x == was {
				return nil
			}
			return k.stand(ctx, tx, x)
		}
		x.Paused, x.Since, x.Run = true, now, fmt.Sprintf("run_%s@paused@%s", f.Key, now.UTC().Format("20060102T150405.000000"))
		if err := k.stand(ctx, tx, x); err != nil {
			return err
		}
		return k.tellPaused(ctx, tx, f, x)
	}
}

// tellPaused makes a run whose only purpose is to be seen among those that wait for an administrator.
func (k kind) tellPaused(ctx context.Context, tx store.Tx, f *catalog.Flow, x Standing) error {
	raw, err := json.Marshal(flow.Command{Kind: "start", Flow: f.Key, Cause: &flow.Cause{Type: "schedule"}, Status: flow.Failed, Reason: Paused,
		Text: diag.Textf("%d runs in a row have failed: the schedule is paused until somebody lets it go on", "连续 %d 次运行失败：该定时已暂停，待管理员恢复", x.Failures)})
	if err != nil {
		return err
	}
	return k.Command(Name, x.Run, raw, nil)(ctx, tx)
}

// Pause lets a schedule start no run, or go on, on behalf of an administrator. What it has missed meanwhile is
// not made up for. The incident that told of a pause ends with it.
func (s *Service) Pause(ctx context.Context, tx store.Tx, key string, paused bool, reason string, by int64) error {
	x, err := s.standing(ctx, tx, key)
	switch {
	case err != nil:
		return err
	case x.Paused == paused && paused:
		return errs.New(errs.InvalidState, "the schedule is paused already", "该定时已暂停")
	case x.Paused == paused:
		return errs.New(errs.InvalidState, "the schedule is not paused", "该定时未暂停")
	}
	told := x.Run
	x.Paused, x.Since, x.Run, x.Failures = paused, s.Now(), "", 0
	if err := s.stand(ctx, tx, x); err != nil || told == "" {
		return err
	}
	raw, err := json.Marshal(flow.Command{Kind: "cancel", Reason: reason, By: by})
	if err != nil {
		return err
	}
	return s.Command(Name, told, raw, nil)(ctx, tx)
}
