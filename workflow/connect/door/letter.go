package door

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/runtime/remote"
	"github.com/tenon-platform/tenon/workflow/connect"
	"github.com/tenon-platform/tenon/workflow/engine"
)

// The states of a delivery.
const (
	pending   = "pending"
	delivered = "delivered"
	dead      = "dead"
)

// Letter is a message that is to be sent through a connection.
type Letter struct {
	ID         string // the message's own, for ever; posting it again does nothing
	Connection string
	Source     string // what sends it: "webhook.orders", "notice"
	Type       string // of event: "order.create", "task"
	Record     string // that it tells of; ""
	Order      string // letters that share it are delivered one after the other; ""
	To         string
	Subject    string
	Body       string
	Data       json.RawMessage
	Values     map[string]string
	Typed      map[string]json.RawMessage // of Values, those that are no texts
}

// content is what of a letter only its sending needs.
type content struct {
	Body   string                     `json:"body,omitempty"`
	Data   string                     `json:"data,omitempty"` // as text: its bytes are signed
	Values map[string]string          `json:"values,omitempty"`
	Typed  map[string]json.RawMessage `json:"typed,omitempty"`
}

// Post stores a letter in a transaction of the caller, and the job that sends it. They commit with what
// they tell of.
func (d *Door) Post(ctx context.Context, tx store.Tx, l Letter) error {
	there := false
	if err := d.rows(ctx, tx, "message", func(driver.Rows) { there = true }, value.Text(l.ID)); err != nil || there {
		return err
	}
	raw, err := json.Marshal(content{l.Body, string(l.Data), l.Values, l.Typed})
	if err != nil {
		return fmt.Errorf("connect: write a letter: %w", err)
	}
	id, err := tx.NextSequence(ctx, deliveries, 1)
	if err != nil {
		return err
	}
	now := d.deps.Clock.Now()
	err = tx.Insert(ctx, deliveries, append([]string{"id"}, deliveryColumns[1:]...), []value.Value{value.Ref(id), value.Text(l.ID), value.Text(l.Connection), value.Text(l.Source), value.Text(l.Type),
		value.Text(l.Record), value.Text(l.To), value.Text(l.Subject), value.Text(l.Order), value.JSON(string(raw)), value.Text(pending), value.Int(0), value.Instant(now), value.Instant(now), value.Null, value.JSON("[]")})
	if err != nil {
		return err
	}
	return d.queue(ctx, tx, id, l.Order)
}

// Posted sends a message of a session; see record.Poster.
func (d *Door) Posted(se *record.Session, m record.Outgoing) error {
	l := Letter{ID: m.ID, Connection: m.Connection, Source: m.Source, Record: m.Record, To: m.To, Subject: m.Subject, Body: m.Body, Values: map[string]string{"record": m.Record}, Typed: m.Values}
	for name, raw := range m.Values {
		l.Values[name] = connect.Words(raw)
	}
	var err error
	if l.Data, err = connect.Envelope(m.To, m.Subject, m.Body, m.Record, m.Values); err != nil {
		return err
	}
	return d.Post(se.Context(), se.Tx(), l)
}

func jobKey(delivery int64) string { return fmt.Sprintf("delivery/%d", delivery) }

// queue makes the job that sends a letter.
func (d *Door) queue(ctx context.Context, tx store.Tx, id int64, order string) error {
	raw, err := json.Marshal(id)
	if err != nil {
		return err
	}
	if order != "" {
		order = "delivery/" + order
	}
	return d.svc.Enqueue(ctx, tx, engine.Job{Pool: Pool, Kind: "connect.deliver", Key: jobKey(id), Order: order, At: d.deps.Clock.Now(), Payload: raw, Max: maxLost})
}

// maxLost is how often a worker may die over one letter before it is put aside.
const maxLost = 20

// kept is a delivery as its row has it.
type kept struct {
	remote.Delivery
	order   string
	content content
}

func readDelivery(r driver.Rows) (k kept, err error) {
	text := func(i int) string { return string(append([]byte(nil), r.Value(i).Text()...)) }
	k = kept{Delivery: remote.Delivery{ID: r.Value(0).Int(), Message: text(1), Connection: text(2), Source: text(3), Type: text(4), Record: text(5), To: text(6), Subject: text(7),
		Status: text(10), Tries: int(r.Value(11).Int()), Created: r.Value(12).AsTime(), Next: timeOf(r.Value(13)), Ended: timeOf(r.Value(14))}, order: text(8)}
	if err = json.Unmarshal([]byte(r.Value(9).Text()), &k.content); err == nil {
		err = json.Unmarshal([]byte(r.Value(15).Text()), &k.Attempts)
	}
	if err != nil {
		err = fmt.Errorf("connect: read delivery %d: %w", k.ID, err)
	}
	return k, err
}

func timeOf(v value.Value) time.Time {
	if v.IsNull() {
		return time.Time{}
	}
	return v.AsTime()
}

func (d *Door) delivery(ctx context.Context, tx store.Tx, id int64) (k kept, err error) {
	var bad error
	err = d.rows(ctx, tx, "delivery", func(r driver.Rows) { k, bad = readDelivery(r) }, value.Ref(id))
	if err == nil {
		err = bad
	}
	return k, err
}

func (k *kept) message() connect.Message {
	m := connect.Message{ID: k.Message, At: k.Created, To: k.To, Subject: k.Subject, Body: k.content.Body, Values: k.content.Values, Typed: k.content.Typed}
	if k.content.Data != "" {
		m.Data = json.RawMessage(k.content.Data)
	}
	return m
}

// maxLog is how many attempts a delivery remembers.
const maxLog = 20

// write stores what came of an attempt.
func (d *Door) write(ctx context.Context, tx store.Tx, k kept, status string, next time.Time, a remote.Attempt) error {
	log := append(k.Attempts, a)
	if len(log) > maxLog {
		log = log[len(log)-maxLog:]
	}
	raw, err := json.Marshal(log)
	if err != nil {
		return err
	}
	ended, soon := value.Null, value.Null
	if status == pending {
		soon = value.Instant(next)
	} else {
		ended = value.Instant(a.At)
	}
	_, err = tx.Update(ctx, deliveries, k.ID, []string{"status", "tries", "next", "ended", "log"}, []value.Value{value.Text(status), value.Int(int64(k.Tries + 1)), soon, ended, value.JSON(string(raw))})
	return err
}
