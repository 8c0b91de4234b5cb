package approval

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/workflow/calendar"
)

// fields of the object "opp" that all cases are about.
var fields = map[string]expr.Type{
	"amount": {Kind: value.KindDecimal, Scale: 2}, "discount": {Kind: value.KindDecimal, Scale: 4}, "reason": {Kind: value.KindText},
	"owner": {Kind: value.KindText}, "dept": {Kind: value.KindText}, "reviewers": {Kind: value.KindList, Elem: value.KindText},
	"vip": {Kind: value.KindBool}, "due": {Kind: value.KindDateTime}, "qty": {Kind: value.KindInt},
}

type oppScope struct{}

func (oppScope) Symbol(object, name string) (expr.Symbol, bool) {
	t, ok := fields[name]
	return expr.Symbol{Name: name, Type: t}, ok && object == "opp"
}
func (oppScope) Names(string) []string                      { return slices.Sorted(maps.Keys(fields)) }
func (oppScope) Children(string, string) (expr.Child, bool) { return expr.Child{}, false }
func (oppScope) ChildNames(string) []string                 { return nil }
func (oppScope) Table(o string) string                      { return o }

// DecisionTable knows one table: how risky an amount is.
func (oppScope) DecisionTable(name, output string) (*expr.Table, *diag.Text, bool) {
	t := &expr.Table{Name: "risk.level", Params: []expr.Type{{Kind: value.KindDecimal}}, Result: expr.Type{Kind: value.KindText},
		Eval: func(in []value.Value, _ expr.Env) value.Value {
			if value.Compare(in[0], value.Int(500)) > 0 {
				return value.Text("high")
			}
			return value.Text("low")
		}}
	return t, nil, name == "risk" && output == ""
}

func testEnv() Env { return Env{Scope: oppScope{}, Zone: "Asia/Shanghai"} }

// world is a small company, and one record.
type world struct {
	defs     map[string]*Definition
	latest   map[string]int
	manager  map[string]string
	dept     map[string]string
	head     map[string]string
	parent   map[string]string
	roles    map[string][]string
	gone     map[string]bool
	standing map[string]string
	record   map[string]any
	rev      int64
	running  string
	cal      *calendar.Calendar
	broken   bool // scripts fail
}

func newWorld() *world {
	hours := []string{"09:00-12:00", "13:30-18:00"}
	cal, found := calendar.New(calendar.Spec{Key: "cn", Zone: "Asia/Shanghai",
		Week: map[string][]string{"mon": hours, "tue": hours, "wed": hours, "thu": hours, "fri": hours}})
	if found.HasErrors() {
		panic(found.Err())
	}
	return &world{defs: map[string]*Definition{}, latest: map[string]int{}, cal: cal,
		manager: map[string]string{"ann": "bob", "abe": "bob", "bob": "cat", "cat": "dan", "fay": "fox", "fin": "fox", "lea": "leo"},
		dept:    map[string]string{"ann": "sales-east", "abe": "sales-east", "bob": "sales-east", "cat": "sales", "dan": "top", "fay": "finance", "fin": "finance", "fox": "finance"},
		head:    map[string]string{"sales-east": "bob", "sales": "cat", "top": "dan", "finance": "fox"},
		parent:  map[string]string{"sales-east": "sales", "sales": "top", "finance": "top"},
		roles: map[string][]string{"finance": {"fay", "fin", "fox"}, "legal": {"lea", "leo"}, "gm": {"dan"}, "process_admin": {"pam", "pat"},
			"vp": {"cat", "dan"}, "sales": {"ann", "abe"}, "nobody": {}},
		gone: map[string]bool{}, standing: map[string]string{},
		record: map[string]any{"amount": 1000, "discount": "0.2", "reason": "big deal", "owner": "ann", "dept": "finance", "reviewers": []any{"fay", "lea"}, "vip": false, "qty": 3, "due": nil}}
}

func (w *world) add(raw []byte) (*Definition, error) {
	var head struct{ Key string }
	_ = json.Unmarshal(raw, &head)
	d, found := Parse(raw, w.latest[head.Key]+1, testEnv())
	if d == nil {
		return nil, found.Err()
	}
	w.latest[d.Key]++
	w.defs[fmt.Sprintf("%s@%d", d.Key, d.Pin.Version)] = d
	return d, nil
}

func (w *world) Definition(key string, version int) *Definition {
	if version == 0 {
		version = w.latest[key]
	}
	return w.defs[fmt.Sprintf("%s@%d", key, version)]
}

func (w *world) Calendar(key string) *calendar.Calendar {
	if key == "cn" {
		return w.cal
	}
	return nil
}

var people = strings.Fields("ann abe bob cat dan fay fin fox lea leo pam pat u1 u2 u3 u4 u5 u6 u7 u8")

func (w *world) Person(name string) string { return name }

func (w *world) Active(u string) bool {
	return !w.gone[u] && (slices.Contains(people, u) || strings.HasPrefix(u, "x"))
}

func (w *world) Members(kind, id, dept string) []string {
	if kind == "dept" {
		var out []string
		for _, u := range people {
			if w.dept[u] == id {
				out = append(out, u)
			}
		}
		return out
	}
	out := slices.Clone(w.roles[id])
	if dept != "" {
		out = slices.DeleteFunc(out, func(u string) bool { return w.dept[u] != dept })
	}
	return out
}

func (w *world) Manager(u string) string    { return w.manager[u] }
func (w *world) Department(u string) string { return w.dept[u] }
func (w *world) Head(d string) string       { return w.head[d] }
func (w *world) Parent(d string) string     { return w.parent[d] }
func (w *world) Standing(u, _ string, _ time.Time) string {
	return w.standing[u]
}
func (w *world) Running(string, string, string) string { return w.running }

func (w *world) Form() Form {
	return Form{Rev: w.rev, Values: plain(w.record)}
}

func (w *world) Input(in expr.Input) (value.Value, error) {
	if len(in.Path) > 0 || in.Kind != expr.FieldInput {
		return value.Null, fmt.Errorf("no such input")
	}
	return w.Coerce(in.Field, w.record[in.Field])
}

func (w *world) Coerce(field string, v any) (value.Value, error) {
	t, ok := fields[field]
	if !ok {
		return value.Null, fmt.Errorf("no field %s", field)
	}
	if v == nil {
		return value.Null, nil
	}
	switch t.Kind {
	case value.KindDecimal:
		return value.ParseDecimal(fmt.Sprint(v))
	case value.KindText:
		return value.Text(fmt.Sprint(v)), nil
	case value.KindBool:
		b, ok := v.(bool)
		if !ok {
			return value.Null, fmt.Errorf("%v is no yes or no", v)
		}
		return value.Bool(b), nil
	case value.KindInt:
		d, err := value.ParseDecimal(fmt.Sprint(v))
		return value.Int(d.Int()), err
	case value.KindDateTime:
		at, err := time.Parse(time.RFC3339, fmt.Sprint(v))
		return value.Instant(at), err
	}
	b, err := json.Marshal(v)
	return value.List(string(b)), err
}

func (w *world) Script(name string) ([]string, error) {
	if w.broken {
		return nil, fmt.Errorf("script %s: time limit exceeded", name)
	}
	return []string{"u1", "u2"}, nil
}

// apply carries out effects on the record, as the engine does in the same transaction.
func (w *world) apply(effects []Effect) {
	for _, e := range effects {
		if e.Kind == WriteRecord {
			for f, v := range e.Data {
				w.record[f] = v
			}
			w.rev++
		}
	}
}
