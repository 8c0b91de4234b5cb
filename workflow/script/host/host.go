// Package host is what scripts may ask of the platform: records within what their caller may, messages to
// other systems and people, and business calendars. Each call is decided here, by what the script declares and by the access
// profile of the run; what a worker claims counts for nothing. Pure functions are none of its business: workers have them.
package host

import (
	"bytes"
	"encoding/json"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/words"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/calendar"
	"github.com/tenon-platform/tenon/workflow/script"
)

// Budgets of one run.
const (
	maxRows   = 10_000 // records read
	maxWrites = 500
	maxTold   = 50 // messages to other systems and people
)

// Host answers the calls of one run within a session, whose caller is the run's.
type Host struct {
	se        *record.Session
	s         *catalog.Script
	rows      int
	writes    int
	told      int // messages
	calendars map[string]*calendar.Calendar
}

var _ script.Host = (*Host)(nil)

// New makes the host of one run of a script.
func New(se *record.Session, s *catalog.Script) *Host {
	return &Host{se: se, s: s, calendars: map[string]*calendar.Calendar{}}
}

// functions are those that scripts may call, by name.
var functions = map[string]func(h *Host, args []json.RawMessage) (any, error){
	"records.get": (*Host).get, "records.find": (*Host).find, "records.query": (*Host).query, "records.aggregate": (*Host).aggregate,
	"records.create": (*Host).create, "records.update": (*Host).update, "records.upsert": (*Host).upsert, "records.delete": (*Host).remove,
	"calendar.open": (*Host).open, "calendar.minutes": (*Host).minutes, "calendar.add": (*Host).add, "calendar.addDays": (*Host).addDays,
	"calendar.workdays": (*Host).workdays, "calendar.workday": (*Host).workday,
	"http.send": (*Host).post, "notify.send": (*Host).notify,
}

// Call answers one call.
func (h *Host) Call(c script.Call) (json.RawMessage, error) {
	f := functions[c.Name]
	if f == nil {
		return nil, errs.New(errs.InvalidInput, "there is no function %s", "没有函数 %s", c.Name)
	}
	var list []json.RawMessage
	if err := json.Unmarshal(c.Args, &list); err != nil {
		return nil, errs.New(errs.InvalidInput, "the arguments of %s are no list", "%s 的参数不是列表", c.Name)
	}
	v, err := f(h, list)
	if err != nil {
		return nil, err
	}
	if raw, ok := v.(json.RawMessage); ok {
		return raw, nil
	}
	return json.Marshal(v)
}

// argument decodes an argument; one that is left out is as null. Numbers stay exact.
func argument(args []json.RawMessage, i int, dst any) error {
	if i >= len(args) {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(args[i]))
	d.UseNumber()
	d.DisallowUnknownFields()
	if err := d.Decode(dst); err != nil {
		return errs.New(errs.InvalidInput, "argument %d has the wrong form", "第 %d 个参数的格式不正确", i+1)
	}
	return nil
}

// object finds the object that the first argument names, if the script may do something with its records.
func (h *Host) object(args []json.RawMessage, what string) (*catalog.Object, error) {
	var name string
	if err := argument(args, 0, &name); err != nil {
		return nil, err
	}
	o := h.se.Catalog().Object(name)
	if o == nil || !h.s.May(o, what) {
		return nil, errs.New(errs.Forbidden, "the script %s does not declare that it may %s records of %q", "脚本 %s 未声明可对 %[3]q 的记录执行“%[2]s”", h.s.Name, words.Value("ScriptUse", "may", what), name)
	}
	return o, nil
}
