package graph

import (
	"encoding/json"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/runtime/action"
	"github.com/tenon-platform/tenon/runtime/record"
)

// action compiles a record action: a write whose result has further values.
func (c *compiler) action(a *catalog.Action, s *selected, m *member) (*writeField, *errs.Error) {
	return c.writing(&writeField{role: rootWrite{obj: a.Object}, act: a, typ: a.TypeName + "Result"}, s, m)
}

// acting gives the action that a request asks for.
func (x *exec) acting(w *writeField) (func(record.Options) (int, error), *errs.Error) {
	req := action.Request{Action: w.act}
	if !w.act.OnObject {
		n, err := refOf(w.act.Object, x.arg(w, "id"))
		if err != nil {
			return nil, named(err, "id")
		}
		req.ID = n
	}
	req.Input, _ = x.arg(w, "input").(map[string]any)
	if v, ok := x.arg(w, "ifVersion").(json.Number); ok {
		n, _ := wholeNumber(string(v))
		req.IfVersion = &n
	}
	return func(opt record.Options) (int, error) {
		_, err := x.svc.actions.Run(x.ctx, x.profile, req, opt)
		return 1, err
	}, nil
}
