package packtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/gql"
	"github.com/tenon-platform/tenon/runtime/record"
)

// outcome is what came of a step.
type outcome struct {
	record   *ref // that a write is about; nil for operations, and for a creation that was refused
	errs     []*errs.Error
	warnings []string // names of rules
	data     json.RawMessage
}

// step does what a step says.
func (s *scenario) step(ctx context.Context, st *model.TestStep, path string) outcome {
	switch {
	case st.Create != "":
		op := record.Op{Verb: record.Create, Object: s.cat.Object(st.Create), ID: s.records.NewID()}
		out := s.write(ctx, op, st)
		if len(out.errs) == 0 && st.Key != "" {
			s.keys[st.Key] = *out.record
		}
		return out
	case st.GraphQL != "":
		return s.operation(ctx, st)
	case st.Hook != "":
		return s.message(ctx, st)
	case st.Submit != "" || st.Act != "":
		return s.command(ctx, st)
	case st.Update != "":
		return s.change(ctx, record.Update, st.Update, st)
	case st.Delete != "":
		return s.change(ctx, record.Delete, st.Delete, st)
	case st.Restore != "":
		return s.change(ctx, record.Restore, st.Restore, st)
	}
	return outcome{} // time passed
}

func (s *scenario) change(ctx context.Context, verb record.Verb, key string, st *model.TestStep) outcome {
	r, err := s.find(ctx, key)
	if err != nil {
		return outcome{errs: flat(err)}
	}
	return s.write(ctx, record.Op{Verb: verb, Object: r.object, ID: r.id}, st)
}

func (s *scenario) write(ctx context.Context, op record.Op, st *model.TestStep) outcome {
	in, err := s.input(ctx, op.Object, st.Values)
	if err != nil {
		return outcome{errs: flat(err)}
	}
	op.Input = in
	p, err := s.profile(ctx)
	if err != nil {
		return outcome{errs: flat(err)}
	}
	res, err := s.records.Write(ctx, p, []record.Op{op}, record.Options{Atomic: true})
	if err != nil {
		out := outcome{errs: inMetadata(op.Object, flat(err))}
		s.shown.write(op, st, out)
		return out
	}
	out := outcome{record: &ref{op.Object, op.ID}}
	for _, w := range res[0].Warnings {
		out.warnings = append(out.warnings, w.Rule)
	}
	s.shown.write(op, st, out)
	return out
}

func (s *scenario) operation(ctx context.Context, st *model.TestStep) outcome {
	vars := map[string]any{}
	for name, raw := range st.Variables {
		v, err := s.value(ctx, raw)
		if err != nil {
			return outcome{errs: flat(fmt.Errorf("variable %s: %w", name, err))}
		}
		vars[name] = v
	}
	return s.execute(ctx, st.GraphQL, vars)
}

func (s *scenario) execute(ctx context.Context, query string, vars map[string]any) outcome {
	b, err := json.Marshal(vars)
	if err != nil {
		return outcome{errs: flat(err)}
	}
	p, err := s.profile(ctx)
	if err != nil {
		return outcome{errs: flat(err)}
	}
	res := s.graph.Execute(ctx, p, gql.Request{Query: query, Variables: b})
	var body struct {
		Data   json.RawMessage
		Errors []struct {
			Message    string
			Extensions struct {
				Code        errs.Code
				Field, Rule string
				Zh          string `json:"message_zh"`
			}
		}
	}
	if err := json.Unmarshal(res.Body, &body); err != nil {
		return outcome{errs: flat(err)}
	}
	out := outcome{data: body.Data}
	for _, e := range body.Errors {
		out.errs = append(out.errs, &errs.Error{Code: e.Extensions.Code, Field: e.Extensions.Field, Rule: e.Extensions.Rule,
			Message: diag.Text{En: e.Message, Zh: e.Extensions.Zh}})
	}
	return out
}

// profile is what the one who acts may do: everything, unless the case says with which roles.
func (s *scenario) profile(ctx context.Context) (access.Profile, error) {
	c, _ := ident.From(ctx)
	if c.Principal.Roles == nil {
		return access.Everything, nil
	}
	return s.access.Profile(ctx, c.Principal)
}

// flat lists an error and those that came with it.
func flat(err error) []*errs.Error {
	var e *errs.Error
	if !errors.As(err, &e) {
		e = errs.From(err)
	}
	out := []*errs.Error{e}
	for _, more := range e.More {
		out = append(out, flat(more)...)
	}
	return out
}

// inMetadata gives the fields of errors the names that cases call them by, instead of those of the API.
func inMetadata(o *catalog.Object, list []*errs.Error) []*errs.Error {
	for i, e := range list {
		if f := o.ByAPIName[e.Field]; f != nil {
			c := *e
			c.Field = f.Name
			list[i] = &c
		}
	}
	return list
}

// describe shows errors as a case expects them. Only of internal ones the cause is of interest.
func describe(list []*errs.Error) diag.Text {
	var out diag.Text
	for i, e := range list {
		sep, what, cause := "", named(string(e.Code), e.Field, e.Rule), ""
		if i > 0 {
			sep = "; "
		}
		if e.Code == errs.Internal && e.Cause != nil {
			cause = ": " + e.Cause.Error()
		}
		out.En += sep + what + " (" + e.Message.En + cause + ")"
		out.Zh += sep + what + " (" + e.Message.Zh + cause + ")"
	}
	return out
}

func named(code, field, rule string) string {
	if field != "" {
		code += " field " + field
	}
	if rule != "" {
		code += " rule " + rule
	}
	return code
}
