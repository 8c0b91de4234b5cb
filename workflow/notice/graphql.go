package notice

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/graph"
)

//go:embed schema.graphql
var schema string

const (
	maxPage  = 200
	maxCount = 1000
	maxIDs   = 500
)

// Fixed is the part of the GraphQL API that notifications are. Everybody sees their own alone.
func (s *Service) Fixed() graph.Fixed { return graph.Fixed{SDL: schema, Run: s.run} }

func (s *Service) run(ctx context.Context, _ access.Profile, field string, args map[string]any) (json.RawMessage, error) {
	c, _ := ident.From(ctx)
	out, err := s.answer(ctx, c, field, args)
	if err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

func (s *Service) answer(ctx context.Context, c ident.Caller, field string, args map[string]any) (any, error) {
	user := c.Principal.UserID
	switch field {
	case "notifications":
		return s.list(ctx, c, args)
	case "notificationChannels":
		return s.chosen(ctx, user)
	}
	switch {
	case user == 0:
		return nil, errs.New(errs.Forbidden, "only users have notifications", "只有用户才有通知")
	case c.Principal.Scope != nil: // a restricted key changes nothing but records
		return nil, errs.New(errs.Forbidden, "a restricted key may not do this", "受限密钥无权执行此操作")
	case field == "markNotificationsRead":
		return s.read(ctx, user, texts(args["ids"]), args["ids"] == nil)
	}
	about, _ := args["about"].(string)
	if err := s.choose(ctx, user, about, texts(args["channels"]), args["channels"] == nil); err != nil {
		return nil, err
	}
	return s.chosen(ctx, user)
}

func texts(v any) (out []string) {
	list, _ := v.([]any)
	for _, x := range list {
		if s, ok := x.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// shown is a notice as its reader sees it.
type shown struct {
	ID       string  `json:"id"`
	About    string  `json:"about"`
	Title    string  `json:"title"`
	Body     string  `json:"body"`
	Record   *string `json:"record"`
	Instance *string `json:"instance"`
	At       string  `json:"at"`
	ReadAt   *string `json:"readAt"`
}

func moment(v value.Value) *string {
	if v.IsNull() {
		return nil
	}
	s := v.AsTime().UTC().Format(time.RFC3339Nano)
	return &s
}

func some(v value.Value) *string {
	if v.IsNull() || v.Text() == "" {
		return nil
	}
	s := strings.Clone(v.Text())
	return &s
}

func (s *Service) list(ctx context.Context, c ident.Caller, args map[string]any) (any, error) {
	first, after := int64(20), int64(math.MaxInt64)
	if v, ok := number(args["first"]); ok {
		first = v
	}
	if first < 1 || first > maxPage {
		return nil, errs.New(errs.InvalidInput, "first is from 1 to %d", "first 须为 1 到 %d", maxPage).On("first")
	}
	if text, ok := args["after"].(string); ok {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, errs.New(errs.InvalidInput, "this is no cursor", "游标无效").On("after")
		}
		after = n
	}
	lang := c.Locale
	if text, ok := args["locale"].(string); ok {
		lang = text
	}
	stmt := "list"
	if unread, _ := args["unread"].(bool); unread {
		stmt = "unread"
	}
	nodes, count := []shown{}, 0
	err := s.deps.Tenant.Store.View(ctx, func(tx store.Tx) error {
		nodes, count = []shown{}, 0
		var bad error
		err := s.rows(ctx, tx, stmt, func(r driver.Rows) {
			var title, body map[string]string
			bad = errors.Join(bad, json.Unmarshal([]byte(r.Value(2).Text()), &title), json.Unmarshal([]byte(r.Value(3).Text()), &body))
			nodes = append(nodes, shown{ID: strconv.FormatInt(r.Value(0).Int(), 10), About: strings.Clone(r.Value(1).Text()), Title: In(title, lang), Body: In(body, lang), Record: some(r.Value(4)), Instance: some(r.Value(5)),
				At: *moment(r.Value(6)), ReadAt: moment(r.Value(7))})
		}, value.Ref(c.Principal.UserID), value.Ref(after), value.Int(first+1))
		if err = errors.Join(err, bad); err != nil {
			return err
		}
		return s.rows(ctx, tx, "count", func(driver.Rows) { count++ }, value.Ref(c.Principal.UserID))
	})
	out := map[string]any{"nodes": nodes, "unreadCount": count, "endCursor": nil}
	if int64(len(nodes)) > first {
		out["nodes"], out["endCursor"] = nodes[:first], nodes[first-1].ID
	}
	return out, err
}

// number reads an integer argument, as a literal or a variable gives it.
func number(v any) (int64, bool) {
	switch n := v.(type) {
	case int64:
		return n, true
	case int:
		return int64(n), true
	case float64:
		return int64(n), true
	case json.Number:
		i, err := n.Int64()
		return i, err == nil
	}
	return 0, false
}

// read marks notices of a user as read.
func (s *Service) read(ctx context.Context, user int64, ids []string, all bool) (n int64, err error) {
	if len(ids) > maxIDs {
		return 0, errs.New(errs.LimitExceeded, "at most %d ids at once", "一次最多 %d 个编号", maxIDs).On("ids")
	}
	where := []driver.Expr{is("user_id", 0), driver.IsNull{Arg: col("read")}}
	now := value.Instant(s.deps.Clock.Now())
	err = s.deps.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		n = 0
		if all {
			n, err = tx.UpdateWhere(ctx, notices, driver.And{Args: where}, []value.Value{value.Ref(user)}, []string{"read"}, []value.Value{now})
			return err
		}
		for _, id := range ids {
			row, err := strconv.ParseInt(id, 10, 64)
			if err != nil {
				return errs.New(errs.InvalidInput, "%q is no id of a notification", "%q 不是通知编号", id).On("ids")
			}
			k, err := tx.UpdateWhere(ctx, notices, driver.And{Args: append(slices.Clone(where), is("id", 1))}, []value.Value{value.Ref(user), value.Ref(row)}, []string{"read"}, []value.Value{now})
			if err != nil {
				return err
			}
			n += k
		}
		return nil
	})
	return n, err
}

// known are the connections that people may choose.
func (s *Service) known() []string {
	out := []string{}
	for _, c := range s.deps.Tenant.Catalog().Connections {
		if c.Notify != nil {
			out = append(out, c.Name)
		}
	}
	return out
}

const (
	maxTopic  = 48
	maxTopics = 200
)

// choose keeps what a user chose for a topic; usual forgets it.
func (s *Service) choose(ctx context.Context, user int64, about string, channels []string, usual bool) error {
	if about == "" || len(about) > maxTopic {
		return errs.New(errs.InvalidInput, "a topic is * or a word of at most %d characters", "主题须为 * 或最多 %d 个字符的名称", maxTopic).On("about")
	}
	known := s.known()
	for _, c := range channels {
		if !slices.Contains(known, c) {
			return errs.New(errs.NotFound, "nobody is notified through %s", "没有通知渠道 %s", c).On("channels")
		}
	}
	slices.Sort(channels)
	raw, err := json.Marshal(slices.Compact(append([]string{}, channels...)))
	if err != nil {
		return err
	}
	return s.deps.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		n, err := tx.DeleteWhere(ctx, choices, driver.And{Args: []driver.Expr{is("user_id", 0), is("about", 1)}}, []value.Value{value.Ref(user), value.Text(about)})
		if err != nil || usual {
			return err
		}
		if n == 0 {
			had := 0
			if err := s.rows(ctx, tx, "choices", func(driver.Rows) { had++ }, value.Ref(user)); err != nil {
				return err
			}
			if had >= maxTopics {
				return errs.New(errs.LimitExceeded, "choices are made for at most %d topics", "最多为 %d 个主题设置渠道", maxTopics)
			}
		}
		id, err := tx.NextSequence(ctx, choices, 1)
		if err != nil {
			return err
		}
		return tx.Insert(ctx, choices, []string{"id", "user_id", "about", "channels"}, []value.Value{value.Ref(id), value.Ref(user), value.Text(about), value.JSON(string(raw))})
	})
}

// chosen are the choices of a user, that for everything first.
func (s *Service) chosen(ctx context.Context, user int64) (any, error) {
	type choice struct {
		About    string   `json:"about"`
		Channels []string `json:"channels"`
		Known    []string `json:"known"`
	}
	out, all := []choice{}, false
	err := s.deps.Tenant.Store.View(ctx, func(tx store.Tx) error {
		out, all = []choice{}, false
		var bad error
		err := s.rows(ctx, tx, "choices", func(r driver.Rows) {
			c := choice{About: strings.Clone(r.Value(0).Text()), Channels: []string{}, Known: s.known()}
			bad = errors.Join(bad, json.Unmarshal([]byte(r.Value(1).Text()), &c.Channels))
			all = all || c.About == Everything
			out = append(out, c)
		}, value.Ref(user))
		return errors.Join(err, bad)
	})
	if !all {
		usual := []string{}
		for _, c := range s.deps.Tenant.Catalog().Connections {
			if c.Notify != nil && c.Decl.Notify.Default {
				usual = append(usual, c.Name)
			}
		}
		out = append([]choice{{Everything, usual, s.known()}}, out...)
	}
	return out, err
}
