package host

import (
	"encoding/json"
	"strconv"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/workflow/approval"
	"github.com/tenon-platform/tenon/workflow/people"
)

// Script runs a script that finds people for a node. It gives users, by id or by what definitions know
// them by; whoever is not known is an error, so that nobody is left out unnoticed.
func (w *World) Script(name string) ([]string, error) {
	s := w.cat.Script(name)
	if s == nil {
		return nil, errs.New(errs.ScriptFailed, "there is no script %s", "没有脚本 %s", name)
	}
	if err := approval.FindsPeople(s); err != nil {
		return nil, err
	}
	given := map[string]value.Value{}
	for _, p := range s.Signature.Params {
		if p.Name == "record" && p.Kind == value.KindRef && w.there {
			given[p.Name] = value.Ref(w.record.ID())
		}
	}
	got, err := w.host.deps.Actions.Ask(w.session, s.Signature, w.record, given)
	if err != nil {
		return nil, err
	}
	var names []string
	if err := json.Unmarshal([]byte(got["users"].Text()), &names); err != nil {
		return nil, errs.New(errs.ScriptFailed, "the script %s gives no list of users", "脚本 %s 未返回用户列表", name)
	}
	out := make([]string, len(names))
	for i, n := range names {
		id, err := people.Find(w.session, n)
		if err != nil {
			return nil, err
		}
		if id == 0 {
			return nil, errs.New(errs.ScriptFailed, "the script %s gives %q, and there is no such user", "脚本 %s 返回了 %q，没有此用户", name, n)
		}
		out[i] = strconv.FormatInt(id, 10)
	}
	return out, nil
}
