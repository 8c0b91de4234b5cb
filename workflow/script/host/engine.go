package host

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/engine"
	"github.com/tenon-platform/tenon/metadata/field/fieldkit"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/action"
	"github.com/tenon-platform/tenon/workflow/script"
)

// scripts is the engine of all declared scripts: a step calls script.<name>.
type scripts struct{ pool *script.Pool }

// Engines are the engines of this package. Without a pool, steps that call scripts are refused as
// UNAVAILABLE.
func Engines(pool *script.Pool) []action.Engine { return []action.Engine{scripts{pool}} }

// Signature names the family; what each script takes and gives is declared by its package.
func (scripts) Signature() *engine.Signature {
	return &engine.Signature{Name: strings.TrimSuffix(catalog.ScriptEngine, ".") + action.Family}
}

// Run runs a script within the action's transaction, in the name of the action's caller.
func (e scripts) Run(c *action.Call) (map[string]value.Value, error) {
	s := c.Catalog().Script(strings.TrimPrefix(c.Engine().Name, catalog.ScriptEngine))
	if s == nil || e.pool == nil {
		return nil, errs.New(errs.Unavailable, "scripts are not run here", "此处不运行脚本")
	}
	input, err := arguments(c, s)
	if err != nil {
		return nil, err
	}
	caller := c.Caller()
	out, err := e.pool.Run(c.Context(), script.Job{Tenant: caller.Tenant, Name: "scripts/" + s.Name + ".js", Source: s.Source, Function: s.Function, Input: input,
		Now: c.Now().AsTime(), Seed: seed(s, input, c.Now()), Limits: Limits(s), Host: New(c.Session, s)})
	var no *script.Refused
	if errors.As(err, &no) {
		return nil, refusal(s, no)
	}
	if err != nil {
		return nil, err
	}
	return results(s, out.Value)
}

// Limits are those that the script declares.
func Limits(s *catalog.Script) script.Limits {
	l := s.Decl.Limits
	if l == nil {
		return script.Limits{}
	}
	return script.Limits{Time: time.Duration(l.Time) * time.Millisecond, Heap: int64(l.Heap) << 20, Calls: l.Calls}
}

// seed makes equal runs at one moment equal.
func seed(s *catalog.Script, input []byte, now value.Value) uint64 {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%s\x00%s\x00%d", s.Name, input, now.Int())
	return h.Sum64()
}

func refusal(s *catalog.Script, no *script.Refused) error {
	if s.Signature.Refusal(no.Code) == nil {
		return errs.New(errs.ScriptFailed, "the script %s refused with %q, which it does not declare", "脚本 %s 以未声明的 %q 拒绝", s.Name, no.Code).With("line", no.Line)
	}
	var details []any
	for k, v := range no.Details {
		details = append(details, k, v)
	}
	return action.Refuse(no.Code, details...)
}

// arguments are what the step gives, as JSON: records by their ids, decimals as text.
func arguments(c *action.Call, s *catalog.Script) (json.RawMessage, error) {
	out := map[string]any{}
	for _, p := range s.Signature.Params {
		if !c.Given(p.Name) {
			continue
		}
		v, err := c.Value(p.Name)
		if err != nil {
			return nil, err
		}
		if out[p.Name], err = shown(c, p.Name, v); err != nil {
			return nil, err
		}
	}
	return json.Marshal(out)
}

func shown(c *action.Call, name string, v value.Value) (any, error) {
	switch v.Kind() {
	case value.KindNull:
		return nil, nil
	case value.KindBool:
		return v.Bool(), nil
	case value.KindInt:
		return json.RawMessage(v.AppendDecimal(nil)), nil
	case value.KindDecimal:
		return string(v.AppendDecimal(nil)), nil
	case value.KindText:
		return v.Text(), nil
	case value.KindJSON, value.KindList:
		return json.RawMessage(v.Text()), nil
	case value.KindDate:
		return json.RawMessage(fieldkit.AppendDate(nil, v.Int())), nil
	case value.KindDateTime:
		return json.RawMessage(fieldkit.AppendDateTime(nil, v)), nil
	case value.KindRef:
		if o := c.Of(name); o != nil {
			return fmt.Sprintf("%s_%d", o.IDPrefix, v.Int()), nil
		}
	}
	return nil, fmt.Errorf("argument %s: a script takes no value of kind %d", name, v.Kind())
}

// results reads what the script gave by what it declares. What it leaves out is null.
func results(s *catalog.Script, raw json.RawMessage) (map[string]value.Value, error) {
	out := map[string]value.Value{}
	var given map[string]json.RawMessage
	if err := json.Unmarshal(raw, &given); err != nil && len(s.Signature.Results) > 0 {
		return nil, errs.New(errs.ScriptFailed, "the script %s gave no object", "脚本 %s 未返回对象", s.Name)
	}
	for _, r := range s.Signature.Results {
		v, err := result(r.Kind, given[r.Name])
		if err != nil {
			return nil, errs.New(errs.ScriptFailed, "the script %s gave something else for %s than it declares", "脚本 %s 的 %s 与声明的类型不符", s.Name, r.Name).Because(err)
		}
		out[r.Name] = v
	}
	return out, nil
}

var errKind = errors.New("wrong kind")

func result(kind value.Kind, raw json.RawMessage) (value.Value, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return value.Null, nil
	}
	if kind == value.KindJSON {
		return value.JSON(string(raw)), nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var in any
	if err := d.Decode(&in); err != nil {
		return value.Null, err
	}
	switch x := in.(type) {
	case bool:
		if kind == value.KindBool {
			return value.Bool(x), nil
		}
	case json.Number:
		if n, err := x.Int64(); err == nil && kind == value.KindInt {
			return value.Int(n), nil
		} else if err == nil && kind == value.KindDecimal {
			return value.Decimal(n, 0), nil
		}
	case string:
		switch kind {
		case value.KindText:
			return value.Text(x), nil
		case value.KindDecimal:
			return value.ParseDecimal(x)
		case value.KindDate:
			return coerced(fieldkit.Date(x))
		case value.KindDateTime:
			return coerced(fieldkit.DateTime(x))
		}
	}
	return value.Null, errKind
}

func coerced(v value.Value, e *errs.Error) (value.Value, error) {
	if e != nil {
		return value.Null, e
	}
	return v, nil
}
