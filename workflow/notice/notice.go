// Package notice tells people what concerns them: in the application, where each notification stands once,
// and through the connections that they choose, where it arrives at least once. Why somebody is told is the
// caller's: approvals, and steps of actions. How a message travels is workflow/connect's.
package notice

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/live"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/connect/door"
)

// Physical names of the system tables.
const (
	notices = "_notice"
	choices = "_notice_choice"
)

// Everything is the topic whose channels hold where no other choice was made.
const Everything = "*"

// SystemTables are the tables that this package keeps in every tenant's store.
func SystemTables() []driver.Table {
	text := func(n string) driver.Column { return driver.Column{Name: n, Type: driver.Text} }
	index := func(name string, unique bool, cols ...string) driver.Index {
		ix := driver.Index{Name: name, Unique: unique}
		for _, c := range cols {
			ix.Columns = append(ix.Columns, driver.IndexColumn{Column: c})
		}
		return ix
	}
	return []driver.Table{
		{Name: notices, Columns: []driver.Column{text("key"), {Name: "user_id", Type: driver.Ref}, text("about"), {Name: "title", Type: driver.JSON}, {Name: "body", Type: driver.JSON}, text("record"), text("instance"),
			{Name: "at", Type: driver.DateTime}, {Name: "read", Type: driver.DateTime}},
			Indexes: []driver.Index{index("_notice_key", true, "key"), index("_notice_user", false, "user_id")}},
		{Name: choices, Columns: []driver.Column{{Name: "user_id", Type: driver.Ref}, text("about"), {Name: "channels", Type: driver.JSON}},
			Indexes: []driver.Index{index("_notice_choice_about", true, "user_id", "about")}},
	}
}

// Notice is what one person is told. Texts are by language.
type Notice struct {
	Key         string // a notice of the same key is the same notice
	User        int64
	About       string // topic, by which people choose channels: "task", or the name of a message
	Title, Body map[string]string
	Record      string // that it tells of; ""
	Instance    string // approval that it tells of; ""
}

// Deps are what a Service works with.
type Deps struct {
	Tenant  *live.Tenant
	Records *record.Service
	Post    func(ctx context.Context, tx store.Tx, l door.Letter) error
	Clock   clock.Clock
}

// Service tells the people of one tenant. It is safe for concurrent use.
type Service struct {
	deps  Deps
	stmts map[string]driver.Stmt
}

func col(n string) driver.Expr { return driver.Col{Name: n} }
func is(n string, p int) driver.Expr {
	return driver.Cmp{Op: driver.Eq, L: col(n), R: driver.Param{N: p}}
}

var noticeColumns = []string{"id", "about", "title", "body", "record", "instance", "at", "read"}

// Open makes the notifications of a tenant ready.
func Open(d Deps) (*Service, error) {
	s := &Service{deps: d, stmts: map[string]driver.Stmt{}}
	unread := driver.And{Args: []driver.Expr{is("user_id", 0), driver.IsNull{Arg: col("read")}}}
	behind := driver.Cmp{Op: driver.Lt, L: col("id"), R: driver.Param{N: 1}}
	list := func(where ...driver.Expr) *driver.Query {
		q := &driver.Query{Table: notices, Where: driver.And{Args: where}, Order: []driver.Order{{Expr: col("id"), Desc: true}}, Limit: driver.Param{N: 2}}
		for _, n := range noticeColumns {
			q.Select = append(q.Select, col(n))
		}
		return q
	}
	byID := []driver.Order{{Expr: col("id")}}
	for name, q := range map[string]*driver.Query{
		"key":     {Table: notices, Select: []driver.Expr{col("id")}, Where: is("key", 0)},
		"list":    list(is("user_id", 0), behind),
		"unread":  list(is("user_id", 0), behind, driver.IsNull{Arg: col("read")}),
		"count":   {Table: notices, Select: []driver.Expr{col("id")}, Where: unread, Order: byID, Limit: driver.Const{Value: value.Int(maxCount)}},
		"choice":  {Table: choices, Select: []driver.Expr{col("id"), col("channels")}, Where: driver.And{Args: []driver.Expr{is("user_id", 0), is("about", 1)}}},
		"choices": {Table: choices, Select: []driver.Expr{col("about"), col("channels")}, Where: is("user_id", 0), Order: []driver.Order{{Expr: col("about")}}},
	} {
		st, err := d.Tenant.Store.Prepare(q)
		if err != nil {
			return nil, fmt.Errorf("notice: prepare %s: %w", name, err)
		}
		s.stmts[name] = st
	}
	d.Records.NotifyThrough(s)
	return s, nil
}

func (s *Service) rows(ctx context.Context, tx store.Tx, stmt string, read func(driver.Rows), args ...value.Value) error {
	rows, err := tx.Query(ctx, s.stmts[stmt], args)
	if err != nil {
		return fmt.Errorf("notice: %s: %w", stmt, err)
	}
	for rows.Next() {
		read(rows)
	}
	return errors.Join(rows.Err(), rows.Close())
}

// Tell tells a person, in a transaction of the caller: the notice and the letters for its channels commit
// with what they are about. Telling a key again does nothing.
func (s *Service) Tell(ctx context.Context, tx store.Tx, n Notice) error {
	there := false
	if err := s.rows(ctx, tx, "key", func(driver.Rows) { there = true }, value.Text(n.Key)); err != nil || there {
		return err
	}
	title, err := json.Marshal(n.Title)
	if err != nil {
		return err
	}
	body, err := json.Marshal(n.Body)
	if err != nil {
		return err
	}
	id, err := tx.NextSequence(ctx, notices, 1)
	if err != nil {
		return err
	}
	err = tx.Insert(ctx, notices, []string{"id", "key", "user_id", "about", "title", "body", "record", "instance", "at", "read"}, []value.Value{value.Ref(id), value.Text(n.Key), value.Ref(n.User), value.Text(n.About),
		value.JSON(string(title)), value.JSON(string(body)), value.Text(n.Record), value.Text(n.Instance), value.Instant(s.deps.Clock.Now()), value.Null})
	if err != nil || s.deps.Post == nil {
		return err
	}
	return s.send(ctx, tx, id, n)
}

// send posts a notice through the channels of the person.
func (s *Service) send(ctx context.Context, tx store.Tx, id int64, n Notice) error {
	cat := s.deps.Tenant.Catalog()
	channels, err := s.channels(ctx, tx, cat, n.User, n.About)
	if err != nil || len(channels) == 0 {
		return err
	}
	users := cat.Serving(catalog.ServesUser)
	if users == nil {
		return nil
	}
	who, there, err := s.deps.Records.Reading(ctx, tx, cat).Find(users, n.User)
	if err != nil || !there {
		return err
	}
	lang := language(who)
	for _, c := range channels {
		to := who.Get(c.Notify)
		if to.Kind() != value.KindText || to.Text() == "" {
			continue // the person has no address there
		}
		err := s.deps.Post(ctx, tx, door.Letter{ID: fmt.Sprintf("ntc_%d_%s", id, c.Name), Connection: c.Name, Source: "notice", Type: n.About, Record: n.Record, To: strings.Clone(to.Text()),
			Subject: In(n.Title, lang), Body: In(n.Body, lang), Values: map[string]string{"record": n.Record, "about": n.About}})
		if err != nil {
			return err
		}
	}
	return nil
}

// language is that of a person: what a text field "locale" of the record says, else English.
func language(who record.Record) string {
	if f := who.Object().Field("locale"); f != nil && f.Column != "" {
		if v := who.Get(f); v.Kind() == value.KindText {
			return strings.Clone(v.Text())
		}
	}
	return "en"
}

// In is a text in a language, or in one that is closest.
func In(t map[string]string, lang string) string {
	if s, ok := t[lang]; ok {
		return s
	}
	base, _, _ := strings.Cut(lang, "-")
	for _, l := range []string{"zh-CN", "en"} {
		if strings.HasPrefix(l, base) && t[l] != "" {
			return t[l]
		}
	}
	return t["en"]
}

// channels are the connections through which a person is told of a topic: chosen for it, chosen for
// everything, or the usual ones.
func (s *Service) channels(ctx context.Context, tx store.Tx, cat *catalog.Catalog, user int64, about string) ([]*catalog.Connection, error) {
	var names []string
	chosen := false
	for _, topic := range []string{about, Everything} {
		var bad error
		err := s.rows(ctx, tx, "choice", func(r driver.Rows) {
			chosen, bad = true, json.Unmarshal([]byte(r.Value(1).Text()), &names)
		}, value.Ref(user), value.Text(topic))
		if err = errors.Join(err, bad); err != nil {
			return nil, err
		}
		if chosen {
			break
		}
	}
	var out []*catalog.Connection
	for _, c := range cat.Connections {
		if c.Notify == nil {
			continue
		}
		yes := !chosen && c.Decl.Notify.Default
		for _, n := range names {
			yes = yes || n == c.Name
		}
		if yes {
			out = append(out, c)
		}
	}
	return out, nil
}

// keepRead and keepUnread are how long notices can be looked at.
const (
	keepRead   = 90 * 24 * time.Hour
	keepUnread = 365 * 24 * time.Hour
)

// Sweep forgets old notices; it reports how many.
func (s *Service) Sweep(ctx context.Context) (n int64, err error) {
	now := s.deps.Clock.Now()
	before := func(c string, p int) driver.Expr { return driver.Cmp{Op: driver.Lt, L: col(c), R: driver.Param{N: p}} }
	err = s.deps.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		n, err = tx.DeleteWhere(ctx, notices, driver.Or{Args: []driver.Expr{before("read", 0), before("at", 1)}}, []value.Value{value.Instant(now.Add(-keepRead)), value.Instant(now.Add(-keepUnread))})
		return err
	})
	return n, err
}
