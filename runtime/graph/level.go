package graph

import (
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/query"
)

// level is one store statement and what becomes of its rows.
type level struct {
	index     int // in plan.levels; -1 for levels compiled while running
	obj       *catalog.Object
	cols      query.Columns
	templates []*template
	children  []*child
	holes     int // places in a row, over all templates, where children go

	stmt driver.Stmt
	read slowRead
	args args
	// Arguments that the executor fills; -1 for none.
	keysAt, limitAt, afterAt int

	took struct{ bytes, rows, groups size } // by runs so far

	idCol  int  // own id, for rows found by id; -1 for none
	keyCol int  // key of the parent, for batches; -1 for none
	prefix bool // the parent's key is text: "dealer_17"

	page *page
	past *pastLevel // reads records as they were; nil: as they are
}

// page is how a list is paged.
type page struct {
	first, last, after, before func(vars map[string]any) any // nil when absent
	skip                       func(vars map[string]any) any
	backward                   bool
	more                       bool // whether there is more is asked for
	cursors                    bool // pageInfo shows cursors
	sig                        []byte
	order                      []driver.Order
	orderCols                  []int // for cursors
	count                      *counter
	rows                       bool // rows are selected at all
}

// counter is the statement behind totalCount.
type counter struct {
	stmt   driver.Stmt
	args   args
	keysAt int
	per    bool
}

// template writes one JSON object per row.
type template struct {
	steps []step
	kids  []int // steps that leave holes
}

type stepKind uint8

const (
	litStep stepKind = iota
	valueStep
	idStep
	cursorStep
	childStep
)

// step writes literal text, then a value, or leaves a hole for children.
type step struct {
	lit     string
	kind    stepKind
	src     query.Source
	append  func(dst []byte, v value.Value) []byte
	sub     string // response key of the record inside an edge, "" without one; for error paths
	key     string // response key
	nonNull bool
	child   int
	hole    int
}

type childKind uint8

const (
	oneChild  childKind = iota // a lookup
	manyChild                  // a list of lookups
	anyChild                   // a polymorphic lookup
	listChild                  // a connection of records that point here
	logChild                   // history
	rollChild                  // the part of a roll-up that is the caller's
)

// child is a selected relation: where its key is in the parent's row, and the level that reads it.
type child struct {
	key  string
	kind childKind
	src  query.Source // the reference; of listChild, logChild and rollChild the id
	lv   *level
	conn *connView
	any  *anyLevels
	log  *historyLevel
	roll *rolledUp
}

// connView writes a connection.
type connView struct{ steps []connStep }

type connKind uint8

const (
	connLit connKind = iota
	connRows
	connNext
	connPrevious
	connStart
	connEnd
	connTotal
)

type connStep struct {
	lit  string
	kind connKind
	key  string // response key of the list
	tmpl int
}

// writer gathers literal text between steps.
type writer struct {
	t   *template
	lit []byte
	sub string
}

func (w *writer) text(s string) { w.lit = append(w.lit, s...) }

// name starts the entry of a response key.
func (w *writer) name(key string, first bool) {
	if !first {
		w.lit = append(w.lit, ',')
	}
	w.lit = append(append(append(w.lit, '"'), key...), '"', ':')
}

func (w *writer) step(s step) {
	s.lit, s.sub = string(w.lit), w.sub
	w.lit = w.lit[:0]
	if s.kind == childStep {
		w.t.kids = append(w.t.kids, len(w.t.steps))
	}
	w.t.steps = append(w.t.steps, s)
}

func (w *writer) flush() {
	if len(w.lit) > 0 {
		w.step(step{kind: litStep})
	}
}
