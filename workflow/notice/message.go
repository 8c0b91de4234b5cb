package notice

import (
	"fmt"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/engine"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/action"
	"github.com/tenon-platform/tenon/runtime/query"
	"github.com/tenon-platform/tenon/runtime/record"
)

var _ record.Notifier = (*Service)(nil)

// Notify tells people what a message says of a record, in the transaction of a session.
func (s *Service) Notify(se *record.Session, message string, rec record.Record, users []int64, key string) error {
	m := se.Catalog().Message(message)
	switch {
	case m == nil:
		return errs.New(errs.NotFound, "there is no message %s", "没有消息模板 %s", message)
	case rec.Object() != m.Object:
		return errs.New(errs.InvalidInput, "the message %s tells of another object", "消息模板 %s 针对的是其他对象", message)
	}
	title, err := render(se, m.Subject, rec)
	if err != nil {
		return err
	}
	body, err := render(se, m.Body, rec)
	if err != nil {
		return err
	}
	id := string(query.AppendID(nil, rec.Object(), rec.ID()))
	if key == "" {
		key = fmt.Sprint(s.deps.Records.NewID())
	}
	for _, u := range users {
		n := Notice{Key: fmt.Sprintf("%s/%s/%s/%d", message, id, key, u), User: u, About: message, Title: title, Body: body, Record: id}
		if err := s.Tell(se.Context(), se.Tx(), n); err != nil {
			return err
		}
	}
	return nil
}

// render writes a template in each of its languages.
func render(se *record.Session, by map[string]catalog.Template, rec record.Record) (map[string]string, error) {
	out := map[string]string{}
	for lang, t := range by {
		var b strings.Builder
		for _, p := range t {
			b.WriteString(p.Text)
			if p.Value == nil {
				continue
			}
			v, err := se.Eval(p.Value, rec, nil)
			if err != nil {
				return nil, err
			}
			b.WriteString(plain(v, se.Zone()))
		}
		out[lang] = b.String()
	}
	return out, nil
}

// plain is a value as people read it in either language.
func plain(v value.Value, zone *time.Location) string {
	switch v.Kind() {
	case value.KindText:
		return v.Text()
	case value.KindInt, value.KindDecimal:
		return string(v.AppendDecimal(nil))
	case value.KindBool:
		return fmt.Sprint(v.Bool())
	case value.KindDate:
		return time.Unix(v.Int()*86400, 0).UTC().Format(time.DateOnly)
	case value.KindDateTime:
		return v.AsTime().In(zone).Format("2006-01-02 15:04")
	}
	return ""
}

// Engines are the engines of this package.
func Engines() []action.Engine { return []action.Engine{send{}} }

// send is notify.send.
type send struct{}

// Signature declares the engine.
func (send) Signature() *engine.Signature {
	return &engine.Signature{Name: "notify.send",
		Doc: diag.Text{En: "Tells a person what a message says of the action's record, in the application and through the person's channels.", Zh: "按消息模板就操作的记录通知用户：站内及其所选渠道。"},
		Params: []engine.Param{
			{Name: "message", Form: engine.Word, Required: true, Doc: diag.Text{En: "name of the message", Zh: "消息模板名称"}},
			{Name: "to", Kind: value.KindRef, Required: true, Doc: diag.Text{En: "the user; null: nobody is told", Zh: "接收用户，空则不通知"}},
			{Name: "key", Kind: value.KindText, Doc: diag.Text{En: "the person is told once for each key and record; every time unless given", Zh: "同一记录与键只通知一次，默认每次都通知"}}},
		Results: []engine.Result{{Name: "told", Kind: value.KindBool, Doc: diag.Text{En: "there was somebody to tell", Zh: "是否有接收人"}}},
		Serves:  []string{catalog.ServesUser}}
}

// Run tells.
func (send) Run(c *action.Call) (map[string]value.Value, error) {
	to, err := c.Value("to")
	if err != nil {
		return nil, err
	}
	key, err := c.ValueOr("key", value.Text(""))
	if err != nil {
		return nil, err
	}
	if to.IsNull() {
		return map[string]value.Value{"told": value.Bool(false)}, nil
	}
	return map[string]value.Value{"told": value.Bool(true)}, c.Notify(c.Word("message"), c.Record, []int64{to.Int()}, strings.Clone(key.Text()))
}
