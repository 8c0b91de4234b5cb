package catalog

import (
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/store/driver"
)

// VarsName and PriorName are what expressions of a flow call its variables, and the record as it was
// before the change, by;
// EventName what they call what an event tells by.
const (
	VarsName  = "vars"
	PriorName = "prior"
	EventName = "event"
	// RecordsName is what steps of a flow call the records by that one of its runs is about.
	RecordsName = "records"
)

// Flow is a declared automation, checked. What running it means is workflow/flow's.
type Flow struct {
	Key     string
	Package string
	Label   model.Text
	Object  *Object // of the record that it is about; nil: of none
	Frozen
	Trigger model.FlowTrigger
	When    *expr.Program // of the trigger; nil: always
	Changed []*Field      // of the trigger
	Field   *Field        // of a date trigger
	Set     model.FlowSettings
	Timeout clock.Period
	Limit   *FlowLimit // of runs that go on at the same time; nil: there is none
	// Batch is how many records of one write a run is about at most, none of which expressions read as the flow's
	// own; 0: a run is about one record.
	Batch int
	Vars  map[string]string
	// Lists are the sequences of steps: "" the main one, "<step>.<branch>", "<step>.do",
	// "<step>.recover" and "<step>.compensate".
	Lists map[string][]*FlowStep
	Steps map[string]*FlowStep // by id
	// Secret are values that nobody is shown, as expressions read them: vars.token, event.token, ask.token.
	Secret map[string]bool
}

// What becomes of the runs of a flow that is switched off or removed.
const (
	FinishRuns = "finish" // they go on
	DrainRuns  = "drain"  // those that have begun go on, others are cancelled
	CancelRuns = "cancel"
)

// EndOfRuns says what becomes of the runs of a flow that is switched off or removed, where nobody asks for
// something else.
func (f *Flow) EndOfRuns() string {
	if f.Set.OnOff == "" {
		return FinishRuns
	}
	return f.Set.OnOff
}

// Starting finds a flow that may start, or gives nil.
func (c *Catalog) Starting(key string) *Flow {
	if f := c.Flow(key); f != nil && !f.Set.Off {
		return f
	}
	return nil
}

// FlowLimit says how many runs of a flow go on at the same time, for each value of Key; nil: in all.
type FlowLimit struct {
	Max     int
	Key     *expr.Program
	OnLimit string // queue, skip or cancel_oldest
}

// FlowStep is a checked step.
type FlowStep struct {
	Decl     *model.FlowStep
	When     *expr.Program // nil: always
	Object   *Object       // of create, query, update and delete, of a loop's records, and of a sub-flow's record
	Record   *expr.Program // nil: the flow's own, or those of In
	In       *FlowStep
	Set      []*Assign // of create and update; of action: over its input
	Action   *Action
	Vars     map[string]*expr.Program // of set
	Key      []*Field                 // of upsert
	Match    []*Assign                // of query and aggregate
	Where    *expr.Program            // of query and aggregate, over Object
	Figures  []Figure                 // of aggregate
	Sort     *Field                   // of query
	Desc     bool
	Branches []*expr.Program          // of condition and switch, by branch; nil: otherwise
	Call     *EngineCall              // of script and call
	Results  map[string]*Object       // of those: objects of the results that are records, by name
	Gives    map[string]expr.Type     // what later expressions read of the step, by name; nil: nothing but records
	With     map[string]*expr.Program // of emit, http and send
	Message  *Message                 // of notify
	To       *expr.Program            // of notify and send
	Link     *Connection              // of http and send
	Subject  *expr.Program            // of send
	Body     *expr.Program            // of send
	Until    *expr.Program            // of wait: a moment or, when it is reactive, perhaps a condition
	If       *expr.Program            // of wait: over what the event tells; nil: any
	For      clock.Period
	Error    *ActionError
	Retry    Retry
}

// Figure is one value over many records; Of is nil when records themselves are counted.
type Figure struct {
	Name string
	Do   driver.AggFunc
	Of   *Field
}

// Retry says how often a step is tried, and how long the pauses are.
type Retry struct {
	Max          int
	Initial, Cap time.Duration
	Factor       int
	On           map[string]bool // codes of failures after which it is tried again; nil: those that may pass by themselves
}

// InOrder says whether the runs of the flow come one after the other: those about one record, or those for
// which an expression has one value.
func (f *Flow) InOrder() bool {
	return f.Set.Ordering == "per_record" || strings.HasPrefix(f.Set.Ordering, "key:")
}

// About is the object of the one record that a run is about; nil: it is about none, or about several.
func (f *Flow) About() *Object {
	if f.Batch > 0 {
		return nil
	}
	return f.Object
}

// Addr is the flow's address.
func (f *Flow) Addr() addr.Address { return addr.Flow(f.Key) }

// Flow finds a flow by its key, or gives nil.
func (c *Catalog) Flow(key string) *Flow {
	for _, f := range c.Flows {
		if f.Key == key {
			return f
		}
	}
	return nil
}
