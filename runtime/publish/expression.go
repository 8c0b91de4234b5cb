package publish

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/resolve"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/query"
	"github.com/tenon-platform/tenon/runtime/record"
)

// maxExpression bounds an expression that is tried, in bytes.
const maxExpression = 20_000

// Expressed is what an expression means on an object.
type Expressed struct {
	Type     *diag.Text          `json:"type,omitempty"` // of its result, in words; nil with problems
	Problems []ExpressionProblem `json:"problems"`
	// Findings are what keeps the metadata itself from being read; nothing is compiled then.
	Findings diag.List `json:"findings,omitempty"`
}

// ExpressionProblem is a fault at a place of the text; Start and End count bytes from 0.
type ExpressionProblem struct {
	Code       string     `json:"code"`
	Start      int        `json:"start"`
	End        int        `json:"end"`
	Summary    diag.Text  `json:"summary"`
	Suggestion *diag.Text `json:"suggestion,omitempty"`
}

// Expression checks an expression on an object of the metadata that packages lead to: with condition as
// what rules and filters take, which may also ask what a record was before, else as a formula of any type.
func (s *Service) Expression(ctx context.Context, packages Bundle, object, text string, condition bool) (Expressed, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := Expressed{Problems: []ExpressionProblem{}}
	cat, _, findings, err := s.outcome(ctx, &Proposal{Packages: packages})
	if err != nil {
		return out, err
	}
	if cat == nil || findings.HasErrors() {
		out.Findings = findings
		return out, nil
	}
	p, problems, err := compileOn(cat, object, text, condition)
	if err != nil {
		return out, err
	}
	for _, x := range problems {
		out.Problems = append(out.Problems, ExpressionProblem{x.Code, x.Start, x.End, x.Summary, x.Suggestion})
	}
	if p != nil {
		name := p.Type().Name()
		out.Type = &name
	}
	return out, nil
}

func compileOn(cat *catalog.Catalog, object, text string, condition bool) (*expr.Program, []expr.Problem, error) {
	if cat.Object(object) == nil {
		return nil, nil, errs.New(errs.NotFound, "there is no object %s", "没有对象 %s", object)
	}
	if len(text) > maxExpression {
		return nil, nil, errs.New(errs.InvalidInput, "the expression is longer than %d characters", "表达式超过 %d 个字符", maxExpression)
	}
	opt := expr.Options{Scope: resolve.Scope(cat), Object: object, Zone: cat.Zone}
	if condition {
		opt.Want, opt.Prior = expr.Type{Kind: value.KindBool}, true
	}
	p, problems := expr.Compile(text, opt)
	return p, problems, nil
}

// Evaluate computes an expression over a record as it is, on the metadata that serves; "" for null. It looks at
// whatever the expression names, so callers see to it that only those ask who may see everything.
func (s *Service) Evaluate(ctx context.Context, p access.Profile, id, text string, condition bool) (out string, err error) {
	cat := s.Tenant.Catalog()
	prefix, number, ok := query.SplitID(id)
	o := cat.ByPrefix[prefix]
	if !ok || o == nil {
		return "", errs.New(errs.InvalidInput, "%q is not the id of a record", "%q 不是有效的记录编号", id).On("record")
	}
	program, problems, err := compileOn(cat, o.Name, text, condition)
	if err != nil {
		return "", err
	}
	if len(problems) > 0 {
		return "", &errs.Error{Code: errs.InvalidInput, Message: problems[0].Summary}
	}
	err = s.Tenant.Store.View(ctx, func(tx store.Tx) error {
		return s.Records.Join(ctx, tx, cat, p, func(r *record.Session) error {
			rec, err := r.Visible(o, number, access.Read)
			if err != nil {
				return err
			}
			v, err := r.Eval(program, rec, nil)
			out = shown(cat, program.Type(), v)
			return err
		})
	})
	return out, err
}

// shown is a value as the API writes it; "" for null.
func shown(cat *catalog.Catalog, t expr.Type, v value.Value) string {
	switch v.Kind() {
	case value.KindNull:
		return ""
	case value.KindBool:
		return strconv.FormatBool(v.Bool())
	case value.KindDecimal, value.KindFloat:
		return string(v.AppendDecimal(nil))
	case value.KindDate:
		return time.Unix(v.Int()*86400, 0).UTC().Format(time.DateOnly)
	case value.KindDateTime:
		return v.AsTime().Format(time.RFC3339)
	case value.KindRef:
		if o := cat.Object(t.Object); o != nil {
			return fmt.Sprintf("%s_%d", o.IDPrefix, v.Int())
		}
		return strconv.FormatInt(v.Int(), 10)
	case value.KindText, value.KindBytes, value.KindList, value.KindJSON:
		return v.Text()
	}
	return strconv.FormatInt(v.Int(), 10)
}
