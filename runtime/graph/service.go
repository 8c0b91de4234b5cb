package graph

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/action"
	"github.com/tenon-platform/tenon/runtime/event"
	"github.com/tenon-platform/tenon/runtime/gql"
	"github.com/tenon-platform/tenon/runtime/live"
	"github.com/tenon-platform/tenon/runtime/query"
	"github.com/tenon-platform/tenon/runtime/record"
)

// Deps are what a Service works with.
type Deps struct {
	Tenant    *live.Tenant
	Writer    Records
	Actions   Actions
	Feed      *event.Feed
	Clock     clock.Clock
	Audit     *audit.Log // takes reveals down; may be nil
	CursorKey []byte     // secret that cursors are signed with, the same for all servers of a tenant
	Limits    Limits
	Log       *slog.Logger
	NewID     func() string // ids of internal errors, in the log and in the answer
	Fixed     []Fixed       // what the API has besides what follows from the catalogue
}

// Records writes and merges records; see record.Service.
type Records interface {
	record.Writer
	record.Steward
}

// Actions carries out record actions; see action.Service.
type Actions interface {
	Run(ctx context.Context, p access.Profile, req action.Request, opt record.Options) ([]record.Result, error)
}

// Service serves the GraphQL API of one tenant.
type Service struct {
	actions Actions
	tenant  *live.Tenant
	writer  Records
	feed    *event.Feed
	clock   clock.Clock
	audit   *audit.Log
	cursors *query.Cursors
	lim     Limits
	logger  *slog.Logger
	newID   func() string

	fixed   []*fixedPart
	words   map[string]bool // that show that an operation needs the fixed parts
	budgets budgets

	mu    sync.Mutex
	state *state
}

// state is everything compiled for one catalogue.
type state struct {
	cat     *catalog.Catalog
	schemas *schemas
	mu      sync.Mutex
	docs    *lru[operation, *document]
}

// operation is what a document is kept by.
type operation struct {
	profile, locale string
	name, text      string
}

// document is a valid operation for one profile, with its plans by the shape of the variables.
type document struct {
	s     *schema
	whole *schema // answers introspection; nil when it is not asked for
	doc   *ast.QueryDocument
	op    *ast.OperationDefinition
	vars  []variable
	mu    sync.Mutex
	plans *lru[string, *plan]
}

// New makes the service. It panics when a fixed part does not parse, which is a programming error.
func New(d Deps) *Service {
	s := &Service{tenant: d.Tenant, writer: d.Writer, actions: d.Actions, feed: d.Feed, clock: d.Clock, audit: d.Audit, cursors: query.NewCursors(d.CursorKey), lim: d.Limits, logger: d.Log, newID: d.NewID}
	var err error
	if s.fixed, s.words, err = readFixed(d.Fixed); err != nil {
		panic(err)
	}
	return s
}

// SDL is the schema as the holder of a profile sees it.
func (s *Service) SDL(p access.Profile) (string, error) {
	st := s.current()
	if made := p.Catalog(); made != nil && made != st.cat {
		return "", errs.New(errs.Unavailable, "the metadata is being changed; try again", "元数据正在变更，请重试")
	}
	sc, err := st.schemas.full(p)
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
		s.state = &state{cat: cat, schemas: newSchemas(cat, s.lim, s.fixed, s.words), docs: newLRU[operation, *document](s.lim.Plans)}
	}
	return s.state
}

// maxReplans is how often an operation is planned again because a publish came between.
const maxReplans = 3

// Execute runs one request as the caller in the context, under a profile.
func (s *Service) Execute(ctx context.Context, p access.Profile, req gql.Request) gql.Response {
	caller, _ := ident.From(ctx)
	if s.lim.Time > 0 && !endsBefore(ctx, clock.Deadline(s.lim.Time)) {
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
			return gql.Refusal(gql.RefusalStatus(e), gql.FromCoded(e, caller.Locale, nil)...)
		}
		return res
	}
	e := errs.New(errs.Unavailable, "the metadata is being changed; try again", "元数据正在变更，请重试")
	return gql.Refusal(e.Code.Status(), gql.FromCoded(e, caller.Locale, nil)...)
}

// endsBefore says whether the context ends by itself until then; a deadline behind it would only cost.
func endsBefore(ctx context.Context, then time.Time) bool {
	end, ok := ctx.Deadline()
	return ok && !end.After(then)
}

func (s *Service) visible(err error) *errs.Error { return gql.Visible(err, s.logger, s.newID) }

func (s *Service) execute(ctx context.Context, p access.Profile, caller ident.Caller, req gql.Request) (gql.Response, error) {
	x, refused, err := s.prepare(ctx, p, caller, req)
	switch {
	case err != nil:
		return gql.Response{}, err
	case refused != nil:
		return *refused, nil
	case x.doc.op.Operation == ast.Subscription:
		return gql.Response{}, errs.New(errs.InvalidInput, "subscribe over a WebSocket or with server-sent events", "请通过 WebSocket 或服务器推送事件进行订阅")
	case req.ReadOnly && x.doc.op.Operation != ast.Query:
		return gql.Response{}, errs.New(errs.InvalidInput, "mutations are not allowed by GET", "GET 请求不允许变更操作").With("status", 405)
	}
	if err := s.budgets.take(caller.Principal, x.cost, s.clock.Now()); err != nil {
		return gql.Response{}, err
	}
	if err := x.roots(); err != nil {
		return gql.Response{}, err
	}
	return x.finish(), nil
}

// prepare finds or makes the plan of a request and binds its arguments. An invalid operation
// gives a Response.
func (s *Service) prepare(ctx context.Context, p access.Profile, caller ident.Caller, req gql.Request) (*exec, *gql.Response, error) {
	st := s.current()
	if made := p.Catalog(); made != nil && made != st.cat {
		return nil, nil, record.ErrCatalogMoved
	}
	vars, cerr := s.limits(req)
	if cerr != nil {
		return nil, nil, cerr
	}
	d, bad, err := s.document(st, p, caller.Locale, req, vars)
	if err != nil {
		return nil, nil, err
	}
	if bad != nil {
		r := gql.Refusal(400, bad...)
		return nil, &r, nil
	}
	x := &exec{svc: s, doc: d, ctx: ctx, profile: p, locale: caller.Locale}
	now := s.clock.Now().UnixMicro()
	x.now = field.Now{Micros: now, Zone: st.cat.Zone, UserID: caller.Principal.UserID}
	x.env = expr.Env{NowMicros: now}
	if x.vars, cerr = d.s.coerceVariables(d.vars, vars); cerr != nil {
		return nil, nil, cerr
	}
	if x.plan, cerr = s.planFor(d, x); cerr != nil {
		return nil, nil, cerr
	}
	if err := x.bind(); err != nil {
		return nil, nil, err
	}
	x.out = make([]byte, 0, x.plan.bytes.bytes())
	return x, nil, nil
}

func (s *Service) limits(req gql.Request) (map[string]any, *errs.Error) {
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
	vars, err := req.Vars()
	if err == nil && deeper(vars, s.lim.Nesting) {
		err = errs.New(errs.LimitExceeded, "the variables are nested deeper than %d levels", "变量嵌套超过 %d 层", s.lim.Nesting).With("limit", s.lim.Nesting)
	}
	return vars, err
}

// deeper says whether v has more levels of lists and objects than allowed.
func deeper(v any, allowed int) bool {
	switch v := v.(type) {
	case map[string]any:
		for _, x := range v {
			if allowed == 0 || deeper(x, allowed-1) {
				return true
			}
		}
	case []any:
		for _, x := range v {
			if allowed == 0 || deeper(x, allowed-1) {
				return true
			}
		}
	}
	return false
}

// document finds an operation, or parses and validates it.
func (s *Service) document(st *state, p access.Profile, locale string, req gql.Request, vars map[string]any) (*document, []*gql.Error, error) {
	key := operation{profile: p.Key(), locale: locale, name: req.OperationName, text: req.Query}
	st.mu.Lock()
	d, ok := st.docs.get(key)
	st.mu.Unlock()
	// The keys of variables name relations, too: a slice of the schema without them is of no use.
	if ok && d.knows(vars) {
		return d, nil, nil
	}
	doc, op, bad := parse(req, s.lim.Tokens, locale)
	if bad != nil {
		return nil, bad, nil
	}
	sc, err := st.schemas.slice(p, req.Query, vars)
	if err != nil {
		return nil, nil, err
	}
	if sc.types[rootTypes[op.Operation]] == nil {
		if err := st.schemas.withheld(sc, doc, op, req.Query, vars); err != nil {
			return nil, nil, err
		}
		return nil, gql.FromCoded(errs.New(errs.InvalidInput, "there is no such %s", "没有这样的操作（%s）", op.Operation), locale, nil), nil
	}
	if found := findings(sc.gql.ValidateWithVariables(req.Query, nil), locale); len(found) > 0 {
		if err := st.schemas.withheld(sc, doc, op, req.Query, vars); err != nil {
			return nil, nil, err
		}
		return nil, found, nil
	}
	d = &document{s: sc, doc: doc, op: op, plans: newLRU[string, *plan](s.lim.Shapes)}
	for _, v := range op.VariableDefinitions {
		d.vars = append(d.vars, variable{name: v.Variable, typ: parseRef(v.Type.String()), def: v.DefaultValue})
	}
	if introspects(req.Query) {
		if d.whole, err = st.schemas.full(p); err != nil {
			return nil, nil, err
		}
	}
	st.mu.Lock()
	st.docs.put(key, d)
	st.mu.Unlock()
	return d, nil, nil
}

// parse reads a document and picks the operation asked for.
func parse(req gql.Request, tokens int, locale string) (*ast.QueryDocument, *ast.OperationDefinition, []*gql.Error) {
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: req.Query}, tokens)
	if err != nil {
		return nil, nil, []*gql.Error{gql.FromSyntax(err, req.Query, locale)}
	}
	op := doc.Operations.ForName(req.OperationName)
	if op == nil {
		e := errs.New(errs.InvalidInput, "there is no operation of this name, or several and no name is given", "没有此名称的操作，或存在多个操作而未指定名称")
		return nil, nil, gql.FromCoded(e, locale, nil)
	}
	return doc, op, nil
}

// canonical is the text of the document in one layout.
func (d *document) canonical() string {
	var b strings.Builder
	formatter.NewFormatter(&b).FormatQueryDocument(d.doc)
	return b.String()
}

// knows says whether the document's schema has all keys of the declared variables.
func (d *document) knows(vars map[string]any) bool {
	for i := range d.vars {
		if v, ok := vars[d.vars[i].name]; ok && !d.s.knows(d.vars[i].typ, v) {
			return false
		}
	}
	return true
}

func (s *schema) knows(t *ref, v any) bool {
	def := s.types[t.base()]
	if def == nil || def.kind != inputKind {
		return true
	}
	switch v := v.(type) {
	case []any:
		for _, it := range v {
			if !s.knows(t, it) {
				return false
			}
		}
	case map[string]any:
		for k, x := range v {
			m := def.byName[k]
			if m == nil || !s.knows(m.typ, x) {
				return false
			}
		}
	}
	return true
}

// planFor finds the plan for the shape of the variables, or compiles it.
func (s *Service) planFor(d *document, x *exec) (*plan, *errs.Error) {
	var few [256]byte
	shape := d.s.appendShape(few[:0], d.vars, x.vars)
	d.mu.Lock()
	p, ok := d.plans.get(string(shape))
	d.mu.Unlock()
	if ok {
		return p, nil
	}
	c := &compiler{s: d.s, doc: d.doc, op: d.op, whole: d.whole, vars: x.vars, now: x.now, lim: &s.lim, db: s.tenant.Store, cursors: s.cursors, locale: x.locale}
	p, err := c.compile(d.op)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	d.plans.put(string(shape), p)
	d.mu.Unlock()
	return p, nil
}

// roots runs the fields of the operation: reads on one snapshot, writes one after another.
func (x *exec) roots() error {
	x.write(dataKey + "{")
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
		outside := x.ctx
		defer func() { x.ctx = outside }()
		err := x.svc.tenant.Store.View(outside, func(tx store.Tx) error {
			x.tx, x.ctx = tx, x.svc.tenant.Store.Reading(outside, tx)
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
		x.out = []byte(dataKey + "null") // a field that must not be null failed
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
	case revealRoot:
		return true, x.reveal(f.reveal)
	case fixedRoot:
		return true, x.fixed(f.fixed)
	case searchRoot:
		return true, x.search(f.search)
	case mergesRoot:
		return true, x.mergesOf(f.merges)
	case duplicatesRoot:
		return true, x.duplicatesOf(f.dups)
	case decideRoot:
		return true, x.decide(f.decide)
	case tierRoot:
		return true, x.tier(f.tier)
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
