package host

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/query"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/script"
)

// tell counts messages.
func (h *Host) tell(n int) error {
	if h.told += n; h.told > maxTold {
		return &script.Final{Err: errs.New(errs.ScriptLimit, "the script %s sends more than %d messages", "脚本 %s 发送的消息超过 %d 条", h.s.Name, maxTold).With("limit", "messages")}
	}
	return nil
}

// post is (connection, {to, subject, body, values, record}). The message is sent when what the script is part
// of has been committed, with the retries of its connection, and not at all when that is undone. It gives
// the message's id, by which its delivery is found.
func (h *Host) post(args []json.RawMessage) (any, error) {
	var name string
	if err := argument(args, 0, &name); err != nil {
		return nil, err
	}
	if !slices.Contains(h.s.Decl.Connections, name) || h.se.Catalog().Connection(name) == nil {
		return nil, errs.New(errs.Forbidden, "the script %s does not declare that it sends through %q", "脚本 %s 未声明可通过 %q 发送", h.s.Name, name)
	}
	var in struct {
		To      string                     `json:"to"`
		Subject string                     `json:"subject"`
		Body    string                     `json:"body"`
		Record  string                     `json:"record"`
		Values  map[string]json.RawMessage `json:"values"`
	}
	if err := argument(args, 1, &in); err != nil {
		return nil, err
	}
	if err := h.tell(1); err != nil {
		return nil, err
	}
	id := fmt.Sprintf("msg_%d", h.se.NewID())
	err := h.se.Post(record.Outgoing{ID: id, Connection: name, Source: "script." + h.s.Name, Record: in.Record, To: in.To, Subject: in.Subject, Body: in.Body, Values: in.Values})
	return id, err
}

// notify is (message, record, users, key): the users are told what the message says of the record, of equal
// keys once.
func (h *Host) notify(args []json.RawMessage) (any, error) {
	var name, key string
	var people []string
	for i, dst := range []any{&name, nil, &people, &key} {
		if dst == nil {
			continue
		}
		if err := argument(args, i, dst); err != nil {
			return nil, err
		}
	}
	m := h.se.Catalog().Message(name)
	if m == nil || !slices.Contains(h.s.Decl.Messages, name) {
		return nil, errs.New(errs.Forbidden, "the script %s does not declare that it tells people %q", "脚本 %s 未声明可使用消息模板 %q", h.s.Name, name)
	}
	n, err := id(m.Object, args, 1)
	if err != nil {
		return nil, err
	}
	users, err := h.users(people)
	if err != nil {
		return nil, err
	}
	if err := h.tell(len(users)); err != nil {
		return nil, err
	}
	if err := h.se.Settle(); err != nil {
		return nil, err
	}
	rec, err := h.se.Visible(m.Object, n, access.Read)
	if err != nil {
		return nil, err
	}
	if key != "" { // so that scripts do not take the keys of others
		key = "script." + h.s.Name + "/" + key
	}
	return true, h.se.Notify(name, rec, users, key)
}

// users reads ids of users.
func (h *Host) users(ids []string) ([]int64, error) {
	o := h.se.Catalog().Serving(catalog.ServesUser)
	if o == nil {
		return nil, errs.New(errs.Unavailable, "nobody can be notified here", "此处无法发送通知")
	}
	out := []int64{}
	for _, s := range ids {
		n, e := query.ParseID(o, s)
		if e != nil {
			return nil, e
		}
		out = append(out, n)
	}
	return out, nil
}
