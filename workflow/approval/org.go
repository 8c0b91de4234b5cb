package approval

import (
	"time"

	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/workflow/calendar"
)

// Org is the world around an instance as one command finds it: definitions, people, the record.
// During one command it must answer the same question in the same way. People and departments
// are ids; "" means that there is none.
type Org interface {
	// Definition finds a published version; nil when there is none.
	Definition(key string, version int) *Definition
	// Calendar finds a business calendar; nil when there is none.
	Calendar(key string) *calendar.Calendar

	// Person is the id of the user that a definition names.
	Person(name string) string
	Active(user string) bool
	// Members lists the people of a "role", "group", "post" or "dept" in a stable order, those
	// of one department where dept is not "".
	Members(kind, id, dept string) []string
	Manager(user string) string
	Department(user string) string
	Head(dept string) string
	Parent(dept string) string
	// Standing is to whom a user has handed the tasks of a process for the time being.
	Standing(user, process string, at time.Time) string

	// Running is the id of an instance of the process that runs on the record.
	Running(process, object, record string) string
	// Form is what the record holds now, with the related rows of the snapshot, as JSON values.
	Form() Form
	// Input reads what an expression needs of the record.
	Input(in expr.Input) (value.Value, error)
	// Coerce turns a JSON value into the value of a field of the record.
	Coerce(field string, v any) (value.Value, error)
	// Script runs a participants script.
	Script(name string) ([]string, error)
}

// Form is what people decide upon.
type Form struct {
	Rev    int64          `json:"rev"`
	Values map[string]any `json:"values"`
}
