package door

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/words"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/query"
	"github.com/tenon-platform/tenon/workflow/flow"
)

// variables reads values that variables of a flow are given.
func variables(f *catalog.Flow, given map[string]any) (map[string]flow.Value, error) {
	if len(given) == 0 {
		return nil, nil
	}
	out := map[string]flow.Value{}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		kind, there := f.Vars[name]
		if !there {
			return nil, errs.New(errs.InvalidInput, "the flow has no variable %s", "自动化没有变量 %s", name).On("vars").With("variable", name)
		}
		v, fits := readAs(kind, given[name])
		if !fits {
			return nil, errs.New(errs.InvalidInput, "the variable %s is of the kind %s", "变量 %s 的类型为“%s”", name, words.Kind(kind)).On("vars").With("variable", name)
		}
		out[name] = flow.ValueOf(v)
	}
	return out, nil
}

// givenOut reads what a step is said to have given: {"record": "led_1"} of one that writes a record,
// {"records": […]} of a query, and of others values by the names that expressions read them by.
func (d *Door) givenOut(ctx context.Context, tx store.Tx, p access.Profile, s *catalog.FlowStep, given map[string]any) (*flow.Out, error) {
	if s.Decl.Type == "query" || s.Decl.Type == "loop" || s.Gives == nil {
		return d.givenRecords(ctx, tx, p, s, given)
	}
	out := &flow.Out{Count: 1, Values: map[string]flow.Value{}}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		t, there := s.Gives[name]
		if !there {
			return nil, errs.New(errs.InvalidInput, "the step %s gives no value %s", "步骤 %s 不产生 %s", s.Decl.ID, name).On("out").With("name", name)
		}
		v, fits := readTyped(d.deps.Tenant.Catalog(), t, given[name])
		if !fits {
			return nil, errs.New(errs.InvalidInput, "the value %s does not fit what the step %s gives", "取值 %s 与步骤 %s 的结果类型不符", name, s.Decl.ID).On("out").With("name", name)
		}
		if t.Kind == value.KindRef && !v.IsNull() {
			if err := d.readable(ctx, tx, p, fmt.Sprint(given[name])); err != nil {
				return nil, err
			}
		}
		out.Values[name] = flow.ValueOf(v)
	}
	return out, nil
}

// givenRecords reads the records that a step is said to have written or found.
func (d *Door) givenRecords(ctx context.Context, tx store.Tx, p access.Profile, s *catalog.FlowStep, given map[string]any) (*flow.Out, error) {
	out := &flow.Out{}
	one := func(in any) (int64, error) {
		name, _ := in.(string)
		prefix, id, ok := query.SplitID(name)
		if !ok || s.Object == nil || prefix != s.Object.IDPrefix {
			return 0, errs.New(errs.InvalidInput, "the step %s gives no record %q", "步骤 %s 不产生记录 %q", s.Decl.ID, fmt.Sprint(in)).On("out")
		}
		return id, d.readable(ctx, tx, p, name)
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		list, isList := given[name].([]any)
		switch {
		case name == "record" && slices.Contains([]string{"create", "upsert"}, s.Decl.Type):
			id, err := one(given[name])
			if err != nil {
				return nil, err
			}
			out.Record, out.Count = id, 1
		case name == "records" && s.Decl.Type == "query" && isList && len(list) <= s.Decl.Limit:
			out.Records = []int64{}
			for _, x := range list {
				id, err := one(x)
				if err != nil {
					return nil, err
				}
				out.Records = append(out.Records, id)
			}
			out.Count = len(out.Records)
		default:
			return nil, errs.New(errs.InvalidInput, "the step %s gives no value %s", "步骤 %s 不产生 %s", s.Decl.ID, name).On("out").With("name", name)
		}
	}
	return out, nil
}

// readable refuses a record that the caller does not see.
func (d *Door) readable(ctx context.Context, tx store.Tx, p access.Profile, rec string) error {
	_, err := d.about(ctx, tx, p, rec)
	var no *errs.Error
	if errors.As(err, &no) {
		return no.On("out")
	}
	return err
}

// readTyped reads a JSON value as one of the type of an expression.
func readTyped(cat *catalog.Catalog, t expr.Type, in any) (value.Value, bool) {
	if in == nil {
		return value.Null, true
	}
	switch t.Kind {
	case value.KindRef:
		name, _ := in.(string)
		prefix, id, ok := query.SplitID(name)
		o := cat.ByName[t.Object]
		return value.Ref(id), ok && (o == nil || o.IDPrefix == prefix)
	case value.KindJSON, value.KindList:
		raw, err := json.Marshal(in)
		if _, list := in.([]any); t.Kind == value.KindList {
			return value.List(string(raw)), list && err == nil
		}
		return value.JSON(string(raw)), err == nil
	}
	return readAs(kindName(t.Kind), in)
}

// kindName is what variables call a kind.
func kindName(k value.Kind) string {
	for name, kind := range map[string]value.Kind{"text": value.KindText, "bool": value.KindBool, "int": value.KindInt, "decimal": value.KindDecimal, "date": value.KindDate, "datetime": value.KindDateTime} {
		if kind == k {
			return name
		}
	}
	return ""
}
