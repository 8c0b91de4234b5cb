package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// Request is one command for one instance.
type Request struct {
	Kind     string
	Instance string
	Command  json.RawMessage
	// Actor and Key make the command happen once: the same key with the same command gives the
	// first answer again, also when that was a refusal. Key "": every time.
	Actor string
	Key   string
	// Asked is what a key stands for where the command is made of more than was asked for; "": the command.
	Asked string
}

// Reply is the outcome of a command.
type Reply struct {
	Answer   json.RawMessage
	Replayed bool
}

// Execute carries out a command, durably: when it returns without error, all that the command does
// is stored. The error is an *errs.Error where the command was refused.
func (e *Engine) Execute(ctx context.Context, r Request) (Reply, error) {
	defer e.locks.hold(r.Instance)()
	var out Reply
	var refused *errs.Error
	var failed error
	var in Input
	err := e.db.Update(ctx, func(tx store.Tx) error {
		out, refused, failed, in = Reply{}, nil, nil, Input{}
		before, err := e.recall(ctx, tx, r)
		if err != nil || before != nil {
			if before != nil {
				out, refused = Reply{before.Answer, true}, before.Refused
			}
			return err
		}
		out.Answer, in, err = e.apply(ctx, tx, r.Kind, r.Instance, r.Command)
		var carry *carryError
		if errors.As(err, &carry) {
			failed = carry.cause
			return err
		}
		var no *refusal
		if errors.As(err, &no) {
			refused = no.why
			return e.remember(ctx, tx, r, answer{Refused: refused})
		}
		if err != nil {
			return err
		}
		return e.remember(ctx, tx, r, answer{Answer: out.Answer})
	})
	switch {
	case failed != nil:
		return Reply{}, e.undone(ctx, r, in, failed)
	case err != nil:
		return Reply{}, err
	case refused != nil:
		return Reply{Replayed: out.Replayed}, refused
	}
	return out, nil
}

var errTried = errors.New("engine: tried, nothing is kept")

// Try carries out a command and all that belongs to it, lets see look at what would be stored, and
// undoes everything. The error is an *errs.Error where Execute would refuse the command.
func (e *Engine) Try(ctx context.Context, r Request, see func(ctx context.Context, tx store.Tx) error) error {
	defer e.locks.hold(r.Instance)()
	err := e.db.Update(ctx, func(tx store.Tx) error {
		_, _, err := e.apply(ctx, tx, r.Kind, r.Instance, r.Command)
		if err != nil {
			return err
		}
		if err := see(ctx, tx); err != nil {
			return err
		}
		return errTried
	})
	var carry *carryError
	var no *refusal
	switch {
	case errors.Is(err, errTried):
		return nil
	case errors.As(err, &carry):
		return finalFailed(carry.cause)
	case errors.As(err, &no):
		return no.why
	}
	return err
}

// carryError says that a step was decided and its other writes refused.
type carryError struct {
	kind  string
	in    Input
	cause error
}

func (c *carryError) Error() string {
	return "engine: the step could not be carried out: " + c.cause.Error()
}
func (c *carryError) Unwrap() error { return c.cause }

// undone notes, in a transaction of its own, that a step did not happen because its final writes
// were refused, and gives the error for the caller.
func (e *Engine) undone(ctx context.Context, r Request, in Input, cause error) error {
	err := e.db.Update(ctx, func(tx store.Tx) error { return e.note(ctx, tx, &carryError{r.Kind, in, cause}) })
	if err != nil {
		return err
	}
	return finalFailed(cause)
}

func finalFailed(cause error) error {
	why := errs.From(cause)
	return errs.New(errs.FinalActionFailed, "the decision was not taken, because what follows from it failed: %[1]s", "决定未生效，因为其后续操作失败：%[2]s", why.Message.En, why.Message.Zh).
		With("code", why.Code).Because(cause)
}

// undo is an error for which a step is undone.
type undo struct{ error }

func (u *undo) Unwrap() error { return u.error }

// Undo marks an error of a Step's Work: what it did is undone, and Failed makes a note of it.
func Undo(err error) error { return &undo{err} }

// refusal says that a command was refused before anything was written.
type refusal struct{ why *errs.Error }

func (r *refusal) Error() string { return r.why.Error() }
func (r *refusal) Unwrap() error { return r.why }

// note tells an instance that a step of it did not happen. One that does not exist hears nothing.
func (e *Engine) note(ctx context.Context, tx store.Tx, c *carryError) error {
	if c.in.State == nil {
		return nil
	}
	command := e.kinds[c.kind].Failed(c.in, c.cause)
	if command == nil {
		return nil
	}
	_, _, err := e.apply(ctx, tx, c.kind, c.in.Instance, command)
	return err
}

// apply decides a command and stores what it does.
func (e *Engine) apply(ctx context.Context, tx store.Tx, kind, name string, command json.RawMessage) (json.RawMessage, Input, error) {
	k := e.kinds[kind]
	if k == nil {
		return nil, Input{}, fmt.Errorf("engine: there is no kind of process %q", kind)
	}
	was, err := e.load(ctx, tx, name)
	if err != nil {
		return nil, Input{}, err
	}
	in := Input{Instance: name, Command: command, Now: e.opt.Clock.Now()}
	if was != nil {
		if was.Kind != kind {
			return nil, in, NoInstance(name)
		}
		in.State = was.State
	}
	step, err := k.Decide(ctx, tx, in)
	if err == nil && step.Work != nil {
		step, err = step.Work(ctx, tx)
		var undo *undo
		if errors.As(err, &undo) {
			return nil, in, &carryError{kind, in, undo.error}
		}
	}
	if err != nil || step.Idle {
		var coded *errs.Error
		if errors.As(err, &coded) && coded.Code.Status() < 500 {
			err = &refusal{why: coded}
		}
		return step.Answer, in, err
	}
	if err := e.keep(ctx, tx, kind, name, was, step, in.Now); err != nil {
		return nil, in, err
	}
	if step.Carry != nil {
		err = step.Carry(ctx, tx)
		var coded *errs.Error
		if errors.As(err, &coded) && coded.Code.Status() < 500 {
			err = &carryError{kind, in, err}
		}
	}
	return step.Answer, in, err
}

// keep stores a step.
func (e *Engine) keep(ctx context.Context, tx store.Tx, kind, name string, was *Instance, s Step, now time.Time) error {
	id, err := e.keepInstance(ctx, tx, kind, name, was, s, now)
	if err != nil {
		return err
	}
	if err := e.keepAudit(ctx, tx, id, s.Audit); err != nil {
		return err
	}
	if err := e.keepTasks(ctx, tx, id, s.Tasks); err != nil {
		return err
	}
	if err := e.keepEvents(ctx, tx, id, s.Events, now); err != nil {
		return err
	}
	for _, key := range s.Drop {
		if err := e.drop(ctx, tx, key); err != nil {
			return err
		}
	}
	for _, j := range s.Jobs {
		if err := e.drop(ctx, tx, j.Key); err != nil {
			return err
		}
		if err := e.enqueue(ctx, tx, id, j); err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) keepInstance(ctx context.Context, tx store.Tx, kind, name string, was *Instance, s Step, now time.Time) (int64, error) {
	unique := value.Null
	if !s.About.Over || s.About.Held {
		unique = nullable(s.About.Unique)
	}
	names := []string{"process", "version", "object", "record", "unique", "status", "over", "rev", "state", "changed"}
	vals := func(rev int64) []value.Value {
		a := s.About
		return []value.Value{value.Text(a.Process), value.Int(int64(a.Version)), value.Text(a.Object), value.Text(a.Record), unique, value.Text(a.Status),
			value.Bool(a.Over), value.Int(rev), value.JSON(string(s.State)), value.Instant(now)}
	}
	if was != nil {
		hit, err := tx.UpdateWhere(ctx, instances, all(is("id", 0), is("rev", 1)), []value.Value{value.Ref(was.id), value.Int(was.Rev)}, names, vals(was.Rev+1))
		if err == nil && hit != 1 {
			err = fmt.Errorf("engine: %s moved on under its own command: %w", name, driver.ErrBusy)
		}
		return was.id, clash(err, s)
	}
	id, err := tx.NextSequence(ctx, instances, 1)
	if err != nil {
		return 0, err
	}
	return id, clash(tx.Insert(ctx, instances, append([]string{"id", "name", "kind", "started"}, names...),
		append([]value.Value{value.Ref(id), value.Text(name), value.Text(kind), value.Instant(now)}, vals(1)...)), s)
}

// clash turns a second instance where one is allowed into a coded error.
func clash(err error, s Step) error {
	var dup *driver.DuplicateError
	if errors.As(err, &dup) && s.About.Unique != "" {
		return errs.New(errs.ActiveInstanceExists, "a process is running on this record already", "该记录已有进行中的流程").Because(err)
	}
	return err
}

func (e *Engine) keepAudit(ctx context.Context, tx store.Tx, inst int64, es []AuditEntry) error {
	if len(es) == 0 {
		return nil
	}
	id, err := tx.NextSequence(ctx, audits, int64(len(es)))
	if err != nil {
		return err
	}
	rows := make([][]value.Value, len(es))
	for i, a := range es {
		rows[i] = []value.Value{value.Ref(id - int64(len(es)-1-i)), value.Ref(inst), value.Int(a.Seq), value.Text(a.Verb), value.Instant(a.At), value.JSON(string(a.Entry))}
	}
	return tx.Insert(ctx, audits, []string{"id", "inst", "seq", "verb", "at", "entry"}, rows...)
}

func (e *Engine) keepTasks(ctx context.Context, tx store.Tx, inst int64, ts []Task) error {
	for _, t := range ts {
		if _, err := tx.DeleteWhere(ctx, tasks, all(is("inst", 0), is("task", 1)), []value.Value{value.Ref(inst), value.Int(int64(t.Number))}); err != nil {
			return err
		}
		for _, u := range t.Assignees {
			id, err := tx.NextSequence(ctx, tasks, 1)
			if err != nil {
				return err
			}
			err = tx.Insert(ctx, tasks, []string{"id", "inst", "task", "node", "visit", "assignee", "status", "open", "created", "due"},
				[]value.Value{value.Ref(id), value.Ref(inst), value.Int(int64(t.Number)), value.Text(t.Node), value.Int(int64(t.Visit)), value.Text(u), value.Text(t.Status), value.Bool(t.Open), moment(t.Created), moment(t.Due)})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *Engine) keepEvents(ctx context.Context, tx store.Tx, inst int64, es []Event, now time.Time) error {
	for _, v := range es {
		id, err := tx.NextSequence(ctx, events, 1)
		if err != nil {
			return err
		}
		err = tx.Insert(ctx, events, []string{"id", "inst", "name", "data", "at"},
			[]value.Value{value.Ref(id), value.Ref(inst), value.Text(v.Name), value.JSON(string(v.Data)), value.Instant(now)})
		if err != nil {
			return err
		}
	}
	return nil
}

// answer is what a keyed command is answered with, now and when it is repeated.
type answer struct {
	Answer  json.RawMessage `json:"answer,omitempty"`
	Refused *errs.Error     `json:"-"`
	Code    errs.Code       `json:"code,omitempty"`
	Message *diag.Text      `json:"message,omitempty"`
	Field   string          `json:"field,omitempty"`
	Details map[string]any  `json:"details,omitempty"`
}

func digest(r Request) string {
	asked := r.Asked
	if asked == "" {
		asked = string(r.Command)
	}
	sum := sha256.Sum256([]byte(r.Kind + "\x00" + r.Instance + "\x00" + asked))
	return hex.EncodeToString(sum[:])
}

// recall finds the answer that a keyed command had before; nil when it is new.
func (e *Engine) recall(ctx context.Context, tx store.Tx, r Request) (*answer, error) {
	if r.Key == "" {
		return nil, nil
	}
	var id int64
	var raw, was string
	var at time.Time
	err := e.rows(ctx, tx, "command", func(rows driver.Rows) {
		id, was, raw, at = rows.Value(0).Int(), strings.Clone(rows.Value(1).Text()), strings.Clone(rows.Value(2).Text()), rows.Value(3).AsTime()
	}, value.Text(r.Actor), value.Text(r.Key))
	switch {
	case err != nil || id == 0:
		return nil, err
	case e.opt.Clock.Now().Sub(at) > KeepAnswers:
		_, err := tx.Delete(ctx, commands, id)
		return nil, err
	case was != digest(r):
		return nil, errs.New(errs.KeyReused, "the idempotency key was used for another request", "该幂等键已用于另一个请求").On("idempotencyKey")
	}
	a := &answer{}
	if err := json.Unmarshal([]byte(raw), a); err != nil {
		return nil, fmt.Errorf("engine: read the answer of an earlier command: %w", err)
	}
	if a.Code != "" {
		a.Refused = &errs.Error{Code: a.Code, Message: *a.Message, Field: a.Field, Details: a.Details}
	}
	return a, nil
}

// Recall gives the answer that a keyed command had before, and whether there is one: for those who make the command
// of what has changed since. The error is an *errs.Error where the command was refused, or the key stands for another.
func (e *Engine) Recall(ctx context.Context, r Request) (out Reply, there bool, err error) {
	var refused *errs.Error
	err = e.db.Update(ctx, func(tx store.Tx) error {
		before, err := e.recall(ctx, tx, r)
		if before != nil {
			out, there, refused = Reply{before.Answer, true}, true, before.Refused
		}
		return err
	})
	if err == nil && refused != nil {
		err = refused
	}
	return out, there, err
}

// Once gives what choose gave when the key was new, so that a repeated request is about the same.
func (e *Engine) Once(ctx context.Context, r Request, choose func(ctx context.Context, tx store.Tx) (json.RawMessage, error)) (out json.RawMessage, err error) {
	err = e.db.Update(ctx, func(tx store.Tx) error {
		before, err := e.recall(ctx, tx, r)
		if err != nil || before != nil {
			if before != nil {
				out = before.Answer
			}
			return err
		}
		if out, err = choose(ctx, tx); err != nil {
			return err
		}
		return e.remember(ctx, tx, r, answer{Answer: out})
	})
	return out, err
}

// remember keeps the answer with what the command did.
func (e *Engine) remember(ctx context.Context, tx store.Tx, r Request, a answer) error {
	if r.Key == "" {
		return nil
	}
	if x := a.Refused; x != nil {
		a.Code, a.Message, a.Field, a.Details = x.Code, &x.Message, x.Field, x.Details
	}
	raw, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("engine: keep an answer: %w", err)
	}
	id, err := tx.NextSequence(ctx, commands, 1)
	if err != nil {
		return err
	}
	now := e.opt.Clock.Now()
	if id%256 == 0 {
		if _, err := tx.DeleteWhere(ctx, commands, driver.Cmp{Op: driver.Lt, L: col("at"), R: param(0)}, []value.Value{value.Instant(now.Add(-KeepAnswers))}); err != nil {
			return err
		}
	}
	return tx.Insert(ctx, commands, []string{"id", "actor", "key", "digest", "answer", "at"},
		[]value.Value{value.Ref(id), value.Text(r.Actor), value.Text(r.Key), value.Text(digest(r)), value.JSON(string(raw)), value.Instant(now)})
}
