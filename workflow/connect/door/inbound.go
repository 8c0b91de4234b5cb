package door

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/httpd"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/action"
	"github.com/tenon-platform/tenon/runtime/query"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/connect"
)

const (
	// maxHeard bounds the body of a message, in bytes.
	maxHeard = 1 << 20
	// maxMessageID bounds a sender's id, in characters.
	maxMessageID = 200
	// window is how far the time of a signed message may be from ours.
	window = 5 * time.Minute
)

// Mounts are the paths of hooks. They are open to all: who knows the token and, unless the hook is declared
// otherwise, the secret, may tell what the hook takes.
func (d *Door) Mounts(fail func(context.Context, error) *httpd.Response) []httpd.Mount {
	return []httpd.Mount{{Method: http.MethodPost, Path: "/hooks/:token", Public: true, Handler: func(ctx context.Context, r *httpd.Request) *httpd.Response {
		out, err := d.Hear(ctx, r.Param("token"), r.Header, r.Body)
		if err != nil {
			return fail(ctx, err)
		}
		status := http.StatusOK
		if out.Runs != nil && out.Outcome == nil {
			status = http.StatusAccepted
		}
		b, err := json.Marshal(map[string]any{"data": out})
		if err != nil {
			return fail(ctx, err)
		}
		return &httpd.Response{Status: status, ContentType: "application/json; charset=utf-8", Body: b}
	}}}
}

// Heard is what the sender of a message is told.
type Heard struct {
	Record string `json:"record,omitempty"`
	// Runs are those of the flows that it started; nil: the hook writes records.
	Runs []string `json:"runs,omitzero"`
	// Outcome is how the run ended, where the flow answers with that.
	Outcome *Outcome `json:"outcome,omitempty"`
	// Repeated says that the message had come before; nothing was done.
	Repeated bool `json:"repeated,omitempty"`
}

// Outcome is how a run ended.
type Outcome struct {
	Run    string         `json:"run"`
	Status string         `json:"status"`
	Vars   map[string]any `json:"vars"`
}

// Flows run the flows that have a hook as their trigger.
type Flows interface {
	// Take starts them in a transaction that is under way, for what a message tells, and gives the names of the
	// runs. user is whose hook it is.
	Take(ctx context.Context, tx store.Tx, hook, message string, told map[string]any, user int64) ([]string, error)
	// Answers says whether a flow of a hook answers the sender with how its run ended.
	Answers(hook string) bool
	// Ended gives how a run ended; nil: it has not yet, or its flow does not answer with that: then nobody waits.
	Ended(ctx context.Context, run string) (out *Outcome, waits bool, err error)
	// Moved gives a channel that is closed when a run has gone on.
	Moved() <-chan struct{}
}

// RunFlows lets hooks run flows. It is called once, before the door is used.
func (d *Door) RunFlows(f Flows) { d.flows = f }

func noHook() *errs.Error {
	return errs.New(errs.NotFound, "there is no such hook", "没有此入站地址")
}

// Hear takes a message in. A message that is repeated within a week does nothing.
func (d *Door) Hear(ctx context.Context, token string, header func(string) string, body []byte) (*Heard, error) {
	h, open, err := d.openHook(ctx, token)
	if err != nil {
		return nil, err
	}
	if len(body) > maxHeard {
		return nil, errs.New(errs.LimitExceeded, "a message has at most %d bytes", "消息最多 %d 字节", maxHeard).With("status", http.StatusRequestEntityTooLarge)
	}
	if err := d.genuine(ctx, h, header, body); err != nil {
		return nil, err
	}
	doc, err := parse(body)
	if err != nil {
		return nil, err
	}
	id, err := messageID(h, header, doc)
	if err != nil {
		return nil, err
	}
	for range maxTurns {
		changed := d.heard.Committed() // before looking, so that nothing is missed
		rec, there, err := d.before(ctx, h.Name, id)
		if err != nil {
			return nil, err
		}
		out := &Heard{Record: rec, Repeated: true}
		if h.Decl.Do == "flow" {
			out = &Heard{Runs: strings.Fields(rec), Repeated: true}
		}
		if !there {
			out, err = d.carry(ctx, h, open, id, doc)
		}
		if err == nil && h.Decl.Do == "flow" && d.flows.Answers(h.Name) {
			err = d.outcome(ctx, out)
		}
		if !errors.Is(err, errHeard) {
			return out, err
		}
		select { // the same message has come at the same time, and is about to be committed
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(turn):
		}
	}
	return nil, errs.New(errs.Unavailable, "the message is being taken in", "消息正在处理中")
}

// Take takes in a message that needs no proof, as if each were a new one, in the name of a user: a case of a package
// tells it.
func (d *Door) Take(ctx context.Context, name string, user int64, body []byte) (*Heard, error) {
	h := d.deps.Tenant.Catalog().Hook(name)
	if h == nil {
		return nil, noHook()
	}
	doc, err := parse(body)
	if err != nil {
		return nil, err
	}
	return d.carry(ctx, h, opened{user: user, name: name}, fmt.Sprintf("case_%d", d.deps.Records.NewID()), doc)
}

// errHeard says that a message is in the store already, perhaps not yet for good.
var errHeard = errors.New("connect: the message has come before")

const (
	// maxTurns is how often a message is looked for that came twice at once, turn how long each time.
	maxTurns = 40
	turn     = 50 * time.Millisecond
)

// openHook finds the hook of a token. A user who is no longer active closes it.
func (d *Door) openHook(ctx context.Context, token string) (*catalog.Hook, opened, error) {
	var o opened
	active := false
	err := d.deps.Tenant.Store.View(ctx, func(tx store.Tx) error {
		err := d.rows(ctx, tx, "hook", func(r driver.Rows) { o = readHook(r) }, value.Text(digest(token)))
		if err != nil || o.id == 0 {
			return err
		}
		active, err = d.deps.Access.Active(ctx, tx, o.user)
		return err
	})
	if err != nil {
		return nil, o, err
	}
	h := d.deps.Tenant.Catalog().Hook(o.name)
	if !active || h == nil {
		return nil, o, noHook()
	}
	return h, o, nil
}

// genuine holds a message against its signature, and its time against ours.
func (d *Door) genuine(ctx context.Context, h *catalog.Hook, header func(string) string, body []byte) error {
	if h.Decl.Verify == "token" {
		return nil
	}
	no := errs.New(errs.Unauthenticated, "the signature of the message is not good", "消息签名无效")
	secret, err := (&vault{Door: d}).Secret(ctx, h.Decl.Secret)
	if err != nil {
		return errs.New(errs.Unavailable, "the hook has no secret yet", "入站 Webhook 尚未设置密钥").Because(err)
	}
	if h.Decl.Verify == "hmac" {
		given, err := hex.DecodeString(strings.TrimPrefix(header(h.Decl.Header), "sha256="))
		if err != nil {
			return no
		}
		for _, key := range connect.Keys(secret) {
			m := hmac.New(sha256.New, key)
			m.Write(body)
			if hmac.Equal(m.Sum(nil), given) {
				return nil
			}
		}
		return no
	}
	at := header(connect.HeaderTimestamp)
	sec, err := strconv.ParseInt(at, 10, 64)
	if err != nil || !connect.Verify(secret, header(connect.HeaderID), at, header(connect.HeaderSignature), body) {
		return no
	}
	if age := d.deps.Clock.Now().Sub(time.Unix(sec, 0)); age > window || age < -window {
		return errs.New(errs.Unauthenticated, "the message was signed more than %d minutes from now", "消息签名时间与当前相差超过 %d 分钟", int(window.Minutes()))
	}
	return nil
}

func parse(body []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var doc any
	if err := dec.Decode(&doc); err != nil {
		return nil, errs.New(errs.InvalidInput, "the body is no JSON", "请求体不是 JSON").Because(err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errs.New(errs.InvalidInput, "the body holds one JSON value", "请求体须为一个 JSON 值")
	}
	return doc, nil
}

// at is what stands at a path; ok is false when there is nothing.
func at(doc any, path string) (v any, ok bool) {
	for k := range strings.SplitSeq(path, ".") {
		switch x := doc.(type) {
		case map[string]any:
			if doc, ok = x[k]; !ok {
				return nil, false
			}
		case []any:
			i, err := strconv.Atoi(k)
			if err != nil || i < 0 || i >= len(x) {
				return nil, false
			}
			doc = x[i]
		default:
			return nil, false
		}
	}
	return doc, true
}

// messageID is the sender's own id of a message.
func messageID(h *catalog.Hook, header func(string) string, doc any) (string, error) {
	id := header(connect.HeaderID)
	if where := h.Decl.ID; where != "" {
		if name, ok := strings.CutPrefix(where, "header:"); ok {
			id = header(name)
		} else {
			v, _ := at(doc, where)
			switch v := v.(type) {
			case string:
				id = v
			case json.Number:
				id = v.String()
			default:
				id = ""
			}
		}
	}
	if n := utf8.RuneCountInString(id); n == 0 || n > maxMessageID || strings.ContainsFunc(id, unicode.IsControl) {
		return "", errs.New(errs.InvalidInput, "the message has no id of 1 to %d characters", "消息缺少 1 到 %d 个字符的标识", maxMessageID)
	}
	return id, nil
}

// before finds the record of a message that has come before.
func (d *Door) before(ctx context.Context, hook, id string) (rec string, there bool, err error) {
	err = d.deps.Tenant.Store.View(ctx, func(tx store.Tx) error {
		there = false
		return d.rows(ctx, tx, "heard", func(r driver.Rows) { rec, there = strings.Clone(r.Value(0).Text()), true }, value.Text(hook), value.Text(id))
	})
	return rec, there, err
}

// carry writes what a message says, in the name of the hook's user, and that it has come.
func (d *Door) carry(ctx context.Context, h *catalog.Hook, o opened, id string, doc any) (*Heard, error) {
	who := ident.Principal{UserID: o.user, Name: "hook " + h.Name}
	ctx = ident.With(ctx, ident.Caller{Tenant: d.deps.Tenant.Name, Principal: who, Locale: "en"})
	p, err := d.deps.Access.Profile(ctx, who)
	if err != nil {
		return nil, err
	}
	if h.Decl.Do == "flow" {
		return d.run(ctx, h, o, id, doc)
	}
	out := &Heard{}
	opt := record.Options{Atomic: true, After: func(tx store.Tx, res []record.Result) error {
		out.Record = string(query.AppendID(nil, h.Object, res[0].ID))
		return d.remember(ctx, tx, h, o, id, out.Record)
	}}
	input, key := picked(h.Set, doc), picked(h.Key, doc)
	_, err = d.deps.Records.Transact(ctx, d.deps.Tenant.Catalog(), p, opt, func(se *record.Session) ([]record.Result, error) {
		there := false
		if err := d.rows(ctx, se.Tx(), "heard", func(driver.Rows) { there = true }, value.Text(h.Name), value.Text(id)); err != nil {
			return nil, err
		}
		switch {
		case there:
			return nil, errHeard
		case h.Action != nil:
			return d.act(se, p, h, key, input)
		}
		op := record.Op{Verb: record.Create, Object: h.Object, Input: input}
		if len(key) > 0 {
			op.Verb, op.Key = record.Upsert, key
		}
		res, err := se.Write(op)
		return []record.Result{res}, err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// picked are the values that a body has for fields. What it does not have is left out.
func picked(fields []catalog.HookField, doc any) map[string]any {
	out := map[string]any{}
	for _, f := range fields {
		if v, ok := at(doc, f.Path); ok {
			out[f.Field.APIName] = v
		}
	}
	return out
}

// act carries out an action of the record that has a key, where the user sees it.
func (d *Door) act(se *record.Session, p access.Profile, h *catalog.Hook, key, input map[string]any) ([]record.Result, error) {
	rec, there, err := se.ByKey(h.Object, key)
	if err != nil {
		return nil, err
	}
	if !there {
		return nil, errs.New(errs.NotFound, "there is no %s with this key", "没有该键的 %s", h.Object.Name)
	}
	if err := d.deps.Actions.Within(se, p, action.Request{Action: h.Action, ID: rec.ID(), Input: input}); err != nil {
		return nil, err
	}
	return []record.Result{{ID: rec.ID()}}, nil
}
