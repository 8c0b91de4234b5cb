// Package action carries out record actions: it checks the permission and the preconditions, runs
// the steps in order and computes the answer, all in one write transaction of runtime/record. What
// an engine does is the engine's own package; what an action may say is metadata/resolve's.
package action

import (
	"context"
	"errors"
	"fmt"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/engine"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/record"
)

// Request asks for an action.
type Request struct {
	Action    *catalog.Action
	ID        int64          // of the record; 0 for actions on the object as a whole
	Input     map[string]any // by API name, JSON-like values
	IfVersion *int64         // refuse unless the record has this version
}

// Service carries out the actions of one tenant.
type Service struct {
	records *record.Service
	live    func() *catalog.Catalog
	engines Engines
}

// New makes the service over the records of a tenant.
func New(records *record.Service, live func() *catalog.Catalog, engines Engines) *Service {
	return &Service{records: records, live: live, engines: engines}
}

// Allowed says whether the holder of a profile may ask for an action at all.
func Allowed(p access.Profile, a *catalog.Action) bool {
	if !access.Starts(p, a) {
		return false
	}
	if a.Permission != "" {
		return p.May(a.Object, a.Permission) && p.Can(a.Object, access.Read)
	}
	return p.Can(a.Object, access.Update)
}

// Run carries out an action. It gives one result: the record afterwards, with the action's values.
// The error, if any, is an *errs.Error, record.ErrCatalogMoved or a *record.Replayed.
func (s *Service) Run(ctx context.Context, p access.Profile, req Request, opt record.Options) ([]record.Result, error) {
	a := req.Action
	cat := s.live()
	if o := cat.Object(a.Object.Name); o != a.Object {
		return nil, record.ErrCatalogMoved
	}
	if !Allowed(p, a) {
		return nil, errs.New(errs.Forbidden, "you may not do this with %s", "您无权对 %s 执行此操作", a.Object.Name)
	}
	input, err := coerce(a, req.Input)
	if err != nil {
		return nil, err
	}
	return s.records.Transact(ctx, cat, p, opt, func(se *record.Session) ([]record.Result, error) { return s.in(se, req, input) })
}

// Within carries out an action as Run does, in a session of the same profile that is under way.
func (s *Service) Within(se *record.Session, p access.Profile, req Request) error {
	if !Allowed(p, req.Action) {
		return errs.New(errs.Forbidden, "you may not do this with %s", "您无权对 %s 执行此操作", req.Action.Object.Name)
	}
	input, err := coerce(req.Action, req.Input)
	if err == nil {
		_, err = s.in(se, req, input)
	}
	return err
}

func (s *Service) in(se *record.Session, req Request, input record.Named) ([]record.Result, error) {
	r := &run{s: s, a: req.Action, se: se, named: map[string]record.Named{catalog.InputName: input}}
	if err := r.target(req); err != nil {
		return nil, err
	}
	if err := r.defaults(req.Input); err != nil {
		return nil, err
	}
	return r.all()
}

// Steps carries out the steps of an action on a record within a session that is under way. Checks
// and permissions are not looked at: the caller is the platform itself.
func (s *Service) Steps(se *record.Session, a *catalog.Action, rec record.Record) error {
	r := &run{s: s, a: a, se: se, rec: rec, named: map[string]record.Named{catalog.InputName: {}}}
	for i, x := range a.Steps {
		if err := r.step(x); err != nil {
			return r.explain(err, i)
		}
	}
	return nil
}

// run is one action under way.
type run struct {
	s     *Service
	a     *catalog.Action
	se    *record.Session
	rec   record.Record // the zero Record for actions on the object
	named map[string]record.Named
}

// target finds the record. With a permission of its own, an action asks only that the caller sees
// the record.
func (r *run) target(req Request) error {
	if r.a.OnObject {
		return nil
	}
	op := access.Update
	if r.a.Permission != "" {
		op = access.Read
	}
	var err error
	if r.rec, err = r.se.Visible(r.a.Object, req.ID, op); err != nil {
		return err
	}
	return r.se.IfVersion(r.rec, req.IfVersion)
}

func (r *run) all() ([]record.Result, error) {
	for _, c := range r.a.Checks {
		if err := r.refuse(c); err != nil {
			return nil, err
		}
	}
	for i, s := range r.a.Steps {
		if err := r.step(s); err != nil {
			return nil, r.explain(err, i)
		}
	}
	out := record.Result{Warnings: r.se.Warnings}
	if !r.a.OnObject {
		var err error
		if out, err = r.se.Result(r.rec); err != nil {
			return nil, err
		}
	}
	out.Values = map[string]value.Value{}
	for _, x := range r.a.Results {
		v, err := r.se.Eval(x.Value, r.rec, r.named)
		if err != nil {
			return nil, fmt.Errorf("result %s of action %s: %w", x.Name, r.a.Mutation, err)
		}
		out.Values[x.Name] = v
	}
	return []record.Result{out}, nil
}

// explain tells at which step something went wrong on our side.
func (r *run) explain(err error, step int) error {
	var e *errs.Error
	if errors.As(err, &e) && e.Code != errs.Internal {
		return err
	}
	return fmt.Errorf("step %d of action %s: %w", step+1, r.a.Mutation, err)
}

func (r *run) holds(s *catalog.Step) (bool, error) {
	if s.When == nil {
		return true, nil
	}
	v, err := r.se.Eval(s.When, r.rec, r.named)
	return v.Kind() == value.KindBool && v.Bool(), err
}

func (r *run) refuse(c *catalog.Check) error {
	v, err := r.se.Eval(c.When, r.rec, r.named)
	if err != nil || v.Kind() != value.KindBool || !v.Bool() {
		return err
	}
	return declared(errs.ValidationFail, c.Error)
}

// declared is a declared error as the caller sees it: its code is the error's rule.
func declared(code errs.Code, e *catalog.ActionError) *errs.Error {
	return &errs.Error{Code: code, Rule: e.Code, Message: diag.Text{En: e.Message.In("en"), Zh: e.Message.In("zh-CN")}}
}

func (r *run) step(s *catalog.Step) error {
	ok, err := r.holds(s)
	if err != nil {
		return err
	}
	switch {
	case !ok: // what it would have given is null
		if s.Name != "" {
			r.named[s.Name] = record.Named{}
		}
		return nil
	case s.Refuse != nil:
		return r.refuse(s.Refuse)
	case s.Call != nil:
		return r.call(s)
	}
	return r.write(s)
}

func (r *run) call(s *catalog.Step) error {
	c := &Call{Session: r.se, Record: r.rec, step: s.Call, named: r.named}
	vals, err := r.s.engine(c)
	if err != nil {
		return err
	}
	if s.Name != "" {
		n := record.Named{Values: vals, Objects: map[string]*catalog.Object{}}
		for _, x := range s.Call.Engine.Results {
			if x.Kind == value.KindRef {
				n.Objects[x.Name] = c.objectOf(x.In)
			}
		}
		r.named[s.Name] = n
	}
	return nil
}

// engine lets the engine of a call run.
func (s *Service) engine(c *Call) (map[string]value.Value, error) {
	called := s.engines.find(c.step.Engine.Name)
	if called == nil {
		return nil, fmt.Errorf("there is no engine %s", c.step.Engine.Name)
	}
	vals, err := called.Run(c)
	var no *Refused
	if errors.As(err, &no) {
		return nil, refusal(c.step, no)
	}
	return vals, err
}

// Engine calls an engine within a session that is under way, about a record, which may be the zero
// one; named are what expressions of its arguments name besides.
func (s *Service) Engine(se *record.Session, call *catalog.EngineCall, rec record.Record, named map[string]record.Named) (map[string]value.Value, error) {
	return s.engine(&Call{Session: se, Record: rec, step: call, named: named})
}

// Ask calls an engine that takes plain values within a session that is under way. Values that are
// records are the one that it is about.
func (s *Service) Ask(se *record.Session, sig *engine.Signature, rec record.Record, given map[string]value.Value) (map[string]value.Value, error) {
	return s.engine(&Call{Session: se, Record: rec, step: &catalog.EngineCall{Engine: sig}, given: given})
}

func (r *run) write(s *catalog.Step) error {
	w := s.Write
	var rec record.Record
	if w.Target != nil {
		id, err := r.se.Eval(w.Target, r.rec, r.named)
		if err != nil {
			return err
		}
		ok := false
		if !id.IsNull() {
			if rec, ok, err = r.se.Find(w.Object, id.Int()); err != nil {
				return err
			}
		}
		if !ok {
			return errs.New(errs.NotFound, "the action found no %s to write", "操作未找到要写入的 %s", w.Object.Name)
		}
	}
	if w.Delete {
		return r.se.Delete(rec)
	}
	vals, err := assign(r.se, w.Set, r.rec, r.named)
	if err != nil {
		return err
	}
	if w.Target == nil {
		rec, err = r.se.Create(w.Object, vals)
	} else {
		rec, err = r.se.Update(rec, vals)
	}
	if err == nil && s.Name != "" {
		r.named[s.Name] = record.Named{Object: w.Object, ID: rec.ID()}
	}
	return err
}

// assign computes the values that a step sets.
func assign(se *record.Session, set []*catalog.Assign, rec record.Record, named map[string]record.Named) (map[*catalog.Field]value.Value, error) {
	out := make(map[*catalog.Field]value.Value, len(set))
	for _, x := range set {
		v, err := se.Eval(x.Value, rec, named)
		if err != nil {
			return nil, err
		}
		if x.Object != nil && !v.IsNull() {
			v = value.Text(fmt.Sprintf("%s_%d", x.Object.IDPrefix, v.Int()))
		}
		out[x.Field] = v
	}
	return out, nil
}
