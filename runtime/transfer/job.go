package transfer

import (
	"slices"
	"time"

	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/transfer/mapping"
	"github.com/tenon-platform/tenon/runtime/transfer/table"
)

// Status is where an import stands.
type Status string

const (
	Uploading Status = "uploading" // the file is coming in
	Ready     Status = "ready"     // the mapping can be set; nothing is written
	Checking  Status = "checking"  // a dry run is under way
	Checked   Status = "checked"   // the dry run is over, its findings are there
	Running   Status = "running"   // rows are written
	Reverting Status = "reverting" // all or nothing: what was written is taken back
	Done      Status = "done"
	Failed    Status = "failed"
	Canceled  Status = "canceled"
	Undoing   Status = "undoing"
	Undone    Status = "undone"
	Deleting  Status = "deleting" // its traces are removed; it shows no more
)

// active are the states in which there is work to do, also after a restart.
var active = []Status{Checking, Running, Reverting, Undoing, Deleting}

func (s Status) isActive() bool { return slices.Contains(active, s) }

// Job is one import.
type Job struct {
	ID      int64
	Object  string
	Status  Status
	Owner   ident.Principal // who uploaded the file
	Created time.Time
	Changed time.Time
	Spec    Spec
	State   State
}

// actor is as whom an import reads and writes: an administrator who runs somebody else's import
// answers for it.
func (j *Job) actor() ident.Principal {
	if j.Spec.Actor != nil {
		return *j.Spec.Actor
	}
	return j.Owner
}

// Spec is what an import is to do. It is stored as JSON.
type Spec struct {
	Name   string            `json:"name"`            // of the uploaded file
	File   string            `json:"file"`            // in Files
	Size   int64             `json:"size"`            // bytes
	Locale string            `json:"locale"`          // of the caller
	Format table.Format      `json:"format"`          // how the file is read
	Sheets []string          `json:"sheets"`          // of a workbook
	Header []string          `json:"header"`          // names of the columns
	Sample [][]string        `json:"sample"`          // the first rows
	Atomic bool              `json:"atomic"`          // all rows or none
	Total  int64             `json:"total"`           // rows, as far as known before they are read; 0: unknown
	Map    *mapping.Settings `json:"map,omitempty"`   // nil until it is set
	Actor  *ident.Principal  `json:"actor,omitempty"` // who began the phase under way; nil until one was
}

// State is how far an import has come. It is stored as JSON, with the rows that it counts.
type State struct {
	Done      int64      `json:"done"` // rows read and settled
	Created   int64      `json:"created"`
	Updated   int64      `json:"updated"`
	Unchanged int64      `json:"unchanged"`
	Failed    int64      `json:"failed"` // rows with errors
	Warned    int64      `json:"warned"` // rows with warnings
	Findings  int64      `json:"findings"`
	Undone    int64      `json:"undone"`             // rows taken back
	Refused   int64      `json:"refused"`            // rows that could not be taken back
	Then      Status     `json:"then,omitempty"`     // what follows the phase under way
	Fresh     bool       `json:"fresh,omitempty"`    // what is counted here is of an earlier phase
	UndoFrom  int64      `json:"undoFrom,omitempty"` // findings before the undo
	Error     *Trouble   `json:"error,omitempty"`    // why it failed
	Started   *time.Time `json:"started,omitempty"`
	Finished  *time.Time `json:"finished,omitempty"`
}

// written says whether rows were written that can be taken back.
func (s *State) written() bool { return s.Created+s.Updated > s.Undone }

// Trouble is why an import failed as a whole.
type Trouble struct {
	Code    errs.Code `json:"code"`
	Message diag.Text `json:"message"`
	ID      string    `json:"id,omitempty"` // in the log
}

// Finding is one thing that is wrong with one row, or that a rule warns of.
type Finding struct {
	Row      int           `json:"row"`              // as Reader numbers them; 0: the file
	Column   string        `json:"column,omitempty"` // of the file
	Field    string        `json:"field,omitempty"`  // API name
	Severity diag.Severity `json:"severity"`
	Code     errs.Code     `json:"code"`
	Message  diag.Text     `json:"message"`
	Value    string        `json:"value,omitempty"` // of the cell, at most maxValue characters
}

const (
	// maxValue bounds the cells shown in findings, in characters; maxFindings how many findings of
	// one import are kept: the rows of all are counted.
	maxValue    = 200
	maxFindings = 100_000
)

func findingOf(row int, p mapping.Problem) Finding {
	return Finding{Row: row, Column: p.Column, Field: p.Err.Field, Code: p.Err.Code, Message: p.Err.Message, Value: clip(p.Value)}
}

func clip(s string) string {
	n := 0
	for i := range s {
		if n++; n > maxValue {
			return s[:i] + "…"
		}
	}
	return s
}
