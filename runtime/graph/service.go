package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/live"
	"github.com/tenon-platform/tenon/runtime/query"
	"github.com/tenon-platform/tenon/runtime/record"
)

// Deps are what a Service works with.
type Deps struct {
	Tenant    *live.Tenant
	Writer    record.Writer
	Clock     clock.Clock
	CursorKey []byte // secret that cursors are signed with, the same for all servers of a tenant
	Limits    Limits
	Log       *slog.Logger
	NewID     func() string // ids of internal errors, in the log and in the answer
}

// Service serves the GraphQL API of one tenant.
type Service struct {
	tenant  *live.Tenant
	writer  record.Writer
	clock   clock.Clock
	cursors *query.Cursors
	lim     Limits
	logger  *slog.Logger
	newID   func() string

	mu    sync.Mutex
	state *state
}

// state is everything compiled for one catalogue.
type state struct {
	cat     *catalog.Catalog
	schemas *schemas
	mu      sync.Mutex
	docs    *lru[*document]
	plans   *lru[*planned]
}

// document is a parsed operation.
type document struct {
	doc  *ast.QueryDocument
	op   *ast.OperationDefinition
	vars []variable
}

// planned is a plan with the schema that it was compiled against.
type planned struct {
	schema *schema
	plan   *plan
}

// Request is one GraphQL request.
type Request struct {
	Query         string          `json:"query"`
	OperationName string          `json:"operationName"`
	Variables     json.RawMessage `json:"variables"`
	// ReadOnly refuses mutations: for requests by GET.
	ReadOnly bool `json:"-"`
}

// Response is the answer to one request.
type Response struct {
	Body         []byte
	Status       int  // of HTTP
	RequestError bool // nothing was executed: there is no "data"
	Errors       int
}

// New makes the service.
func New(d Deps) *Service {
	return &Service{tenant: d.Tenant, writer: d.Writer, clock: d.Clock, cursors: query.NewCursors(d.CursorKey), lim: d.Limits, logger: d.Log, newID: d.NewID}
}

// SDL is the schema as the holder of a profile sees it.
func (s *Service) SDL(p access.Profile) (string, error) {
	sc, err := s.current().schemas.full(p)
	if err != nil {
		return "", err
	}
	return sc.sdl, nil
}

func (s *Service) current() *state {
	cat := s.tenant.Catalog()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == nil || s.state.cat != cat {
		s.state = &state{cat: cat, schemas: newSchemas(cat, s.lim), docs: newLRU[*document](s.lim.Plans), plans: newLRU[*planned](s.lim.Plans * 2)}
	}
	return s.state
}

// maxReplans is how often an operation is planned again because a publish came between.
const maxReplans = 3

// Execute runs one request as the caller in the context, under a profile.
func (s *Service) Execute(ctx context.Context, p access.Profile, req Request) Response {
	caller, _ := ident.From(ctx)
	if s.lim.Time > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.lim.Time)
		defer cancel()
	}
	for range maxReplans {
		res, err := s.execute(ctx, p, caller, req)
		if errors.Is(err, record.ErrCatalogMoved) {
			continue
		}
		if err != nil {
			e := s.visible(err)
			return requestError(requestStatus(e), toErrors(e, caller.Locale, nil)...)
		}
		return res
	}
	e := errs.New(errs.Unavailable, "the metadata is being changed; try again", "元数据正在变更，请重试")
	return requestError(e.Code.Status(), toErrors(e, caller.Locale, nil)...)
}

// requestStatus is the HTTP status of a request that was not executed.
func requestStatus(e *errs.Error) int {
	switch e.Code {
	case errs.LimitExceeded, errs.CostExceeded, errs.NotFound, errs.ValidationFail:
		return 400
	}
	return e.Code.Status()
}

// visible is an error as the caller may see it: causes of internal ones go to the log alone.
func (s *Service) visible(err error) *errs.Error {
	if errors.Is(err, context.DeadlineExceeded) {
		return errs.New(errs.Timeout, "the operation took too long", "操作超时")
	}
	e := errs.From(err)
	if e.Code != errs.Internal {
		return e
	}
	id := s.newID()
	s.logger.Error("internal error", "id", id, "cause", e.Error())
	return errs.New(errs.Internal, "something went wrong on our side", "系统内部错误").With("id", id)
}

func (s *Service) execute(ctx context.Context, p access.Profile, caller ident.Caller, req Request) (Response, error) {
	st := s.current()
	vars, cerr := s.limits(req)
	if cerr != nil {
		return Response{}, cerr
	}
	d, bad := s.document(st, req)
	if bad != nil {
		return requestError(400, bad...), nil
	}
	if req.ReadOnly && d.op.Operation != ast.Query {
		return Response{}, errs.New(errs.InvalidInput, "mutations are not allowed by GET", "GET 请求不允许变更操作").With("status", 405)
	}
	x := &exec{svc: s, ctx: ctx, profile: p, locale: caller.Locale, out: make([]byte, 0, 4096)}
	now := s.clock.Now().UnixMicro()
	x.now = field.Now{Micros: now, Zone: st.cat.Zone, UserID: caller.Principal.UserID}
	x.env = expr.Env{NowMicros: now}
	pl, coerced, bad, err := s.planFor(st, x, d, req, vars)
	if err != nil {
		return Response{}, err
	}
	if bad != nil {
		return requestError(400, bad...), nil
	}
	x.plan, x.vars = pl.plan, coerced
	if err := x.bind(); err != nil {
		return Response{}, err
	}
	if err := x.roots(); err != nil {
		return Response{}, err
	}
	return x.finish(), nil
}

func (s *Service) limits(req Request) (map[string]any, *errs.Error) {
	switch {
	case strings.TrimSpace(req.Query) == "":
		return nil, errs.New(errs.InvalidInput, "the request has no query", "请求缺少 query")
	case len(req.Query) > s.lim.Operation:
		return nil, errs.New(errs.LimitExceeded, "the operation is longer than %d bytes", "操作文本超过 %d 字节", s.lim.Operation).With("limit", s.lim.Operation)
	case len(req.Variables) > s.lim.Variables:
		return nil, errs.New(errs.LimitExceeded, "the variables are longer than %d bytes", "变量超过 %d 字节", s.lim.Variables).With("limit", s.lim.Variables)
	case !utf8.ValidString(req.Query):
		return nil, errs.New(errs.InvalidInput, "the operation is not valid UTF-8", "操作文本不是有效的 UTF-8")
	}
	return decodeVariables(req.Variables)
}

// document parses an operation, or finds it parsed.
func (s *Service) document(st *state, req Request) (*document, []*gqlError) {
	key := req.OperationName + "\x00" + req.Query
	st.mu.Lock()
	d, ok := st.docs.get(key)
	st.mu.Unlock()
	if ok {
		return d, nil
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: req.Query}, s.lim.Tokens)
	if err != nil {
		e := errs.New(errs.InvalidInput, "the operation does not parse: %v", "无法解析操作：%v", err)
		return nil, toErrors(e, "", nil)
	}
	op := doc.Operations.ForName(req.OperationName)
	if op == nil {
		e := errs.New(errs.InvalidInput, "there is no operation of this name, or several and no name is given", "没有此名称的操作，或存在多个操作而未指定名称")
		return nil, toErrors(e, "", nil)
	}
	if op.Operation == ast.Subscription {
		return nil, toErrors(errs.New(errs.InvalidInput, "there are no subscriptions here", "此处不支持订阅"), "", nil)
	}
	d = &document{doc: doc, op: op}
	for _, v := range op.VariableDefinitions {
		d.vars = append(d.vars, variable{name: v.Variable, typ: parseRef(v.Type.String()), def: v.DefaultValue})
	}
	st.mu.Lock()
	st.docs.put(key, d)
	st.mu.Unlock()
	return d, nil
}

// planFor finds the plan for the variables' shape, or validates and compiles it.
func (s *Service) planFor(st *state, x *exec, d *document, req Request, vars map[string]any) (*planned, map[string]any, []*gqlError, error) {
	key := x.profile.Key() + "\x00" + x.locale + "\x00" + req.OperationName + "\x00" + req.Query + "\x00" + string(appendShape(nil, vars, d.op))
	st.mu.Lock()
	pl, ok := st.plans.get(key)
	st.mu.Unlock()
	if ok {
		coerced, cerr := pl.schema.coerceVariables(d.vars, vars)
		if cerr != nil {
			return nil, nil, nil, cerr
		}
		return pl, coerced, nil, nil
	}
	sc, err := st.schemas.slice(x.profile, req.Query, vars)
	if err != nil {
		return nil, nil, nil, err
	}
	if found := sc.gql.ValidateWithVariables(req.Query, vars); len(found) > 0 {
		return nil, nil, fromValidation(found), nil
	}
	coerced, cerr := sc.coerceVariables(d.vars, vars)
	if cerr != nil {
		return nil, nil, nil, cerr
	}
	c := &compiler{s: sc, doc: d.doc, op: d.op, vars: coerced, now: x.now, lim: &s.lim, db: s.tenant.Store, cursors: s.cursors, locale: x.locale}
	if introspects(req.Query) {
		if c.whole, err = st.schemas.full(x.profile); err != nil {
			return nil, nil, nil, err
		}
	}
	p, cerr := c.compile(d.op)
	if cerr != nil {
		return nil, nil, nil, cerr
	}
	pl = &planned{sc, p}
	st.mu.Lock()
	st.plans.put(key, pl)
	st.mu.Unlock()
	return pl, coerced, nil, nil
}

// appendShape describes what a plan depends on in the variables: which are there, which are
// null, and the keys of objects; of booleans that steer @skip and @include also the value.
func appendShape(dst []byte, vars map[string]any, op *ast.OperationDefinition) []byte {
	for _, d := range op.VariableDefinitions {
		v, ok := vars[d.Variable]
		if !ok {
			dst = append(dst, '-')
			continue
		}
		dst = appendValueShape(dst, v)
	}
	return dst
}

func appendValueShape(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, 'n')
	case bool:
		return fmt.Appendf(dst, "%v", v)
	case string:
		if v == "ASC" || v == "DESC" { // the one enum that decides a statement
			return append(append(dst, 's'), v...)
		}
		return append(dst, 's')
	case map[string]any:
		dst = append(dst, '{')
		for _, k := range sortedNames(v) {
			dst = appendValueShape(append(append(dst, k...), ':'), v[k])
		}
		return append(dst, '}')
	case []any:
		dst = append(dst, '[')
		for _, x := range v {
			switch x.(type) {
			case map[string]any, []any, nil:
				dst = appendValueShape(dst, x)
			}
		}
		return fmt.Appendf(dst, "%d]", len(v))
	}
	return append(dst, 's')
}

// roots runs the fields of the operation: reads on one snapshot, writes one after another.
func (x *exec) roots() error {
	x.write("{")
	if x.plan.write {
		for i, f := range x.plan.roots {
			if err := x.rootAt(i, f); err != nil {
				return err
			}
			if x.out == nil {
				break
			}
		}
	} else {
		err := x.svc.tenant.Store.View(x.ctx, func(tx store.Tx) error {
			x.tx = tx
			for i, f := range x.plan.roots {
				if err := x.rootAt(i, f); err != nil {
					return err
				}
				if x.out == nil {
					return nil
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if x.out == nil {
		x.out = []byte("null") // a field that must not be null failed
		return nil
	}
	x.write("}")
	return nil
}

// rootAt writes one field of the operation. When one that must not be null fails, x.out is nil.
func (x *exec) rootAt(i int, f *rootField) error {
	if i > 0 {
		x.write(",")
	}
	x.out = append(append(append(x.out, '"'), f.key...), '"', ':')
	mark := len(x.out)
	x.push(f.key)
	defer x.pop()
	ok, err := x.root(i, f)
	switch {
	case errors.Is(err, record.ErrCatalogMoved):
		return err
	case err != nil:
		x.fail(x.svc.visible(err))
		ok = false
	}
	if ok {
		return nil
	}
	if !f.nullable {
		x.out = nil
		return nil
	}
	x.undo(mark, "null")
	return nil
}

func (x *exec) root(i int, f *rootField) (bool, error) {
	switch f.kind {
	case litRoot:
		x.write(f.lit)
	case recordRoot:
		r, err := x.level(f.lv, value.Null)
		if err != nil {
			return false, err
		}
		if r.rows == 0 {
			x.write("null")
			return true, nil
		}
		return x.record(r, 0, 0), nil
	case connRoot:
		r, err := x.level(f.lv, value.Null)
		if err != nil {
			return false, err
		}
		return x.connection(r, 0, f.conn), nil
	case anyRoot:
		id := f.ids(x.vars)
		runs, err := x.anyRecords(f.any, []any{id})
		if err != nil {
			return false, err
		}
		x.node(runs, id)
	case anysRoot:
		ids, _ := f.ids(x.vars).([]any)
		runs, err := x.anyRecords(f.any, ids)
		if err != nil {
			return false, err
		}
		x.nodes(runs, ids)
	case aggRoot:
		return true, x.aggregate(f.agg)
	case rawRoot:
		b, found := f.raw(x.vars)
		if len(found) > 0 {
			x.errs = append(x.errs, found...)
			return false, nil
		}
		x.out = append(x.out, b...)
	case writeRoot:
		return x.mutate(f, i == 0)
	}
	return true, nil
}

func sortedNames(m map[string]any) []string {
	return slices.Sorted(maps.Keys(m))
}
