// Package recorded turns a run of an automation that there was into a case of its flow: the records that it found,
// what started it, what passed and was told while it went on, what other systems answered, and how it ended. The case
// holds the next version of the flow to what this one did.
package recorded

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/words"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/flow"
)

// Run is what is known of a run that there was.
type Run struct {
	Flow    *catalog.Flow // the version that the run has
	State   *flow.State
	Trace   []flow.Entry
	Session *record.Session // reads the records that the run found
	Zone    *time.Location  // of the tenant
	Demo    map[string]bool // external ids of demo records, which a case does not begin with
}

// Case is a run as a case of its flow.
type Case struct {
	Case model.TestCase
	Left []diag.Text // what of the run the case does not have
}

// mainKey is what a case calls the record that the run was about by.
const mainKey = "record"

// maker makes one case.
type maker struct {
	Run
	ended   flow.Entry // the line that tells how the run ended by itself
	given   []model.GivenRecord
	keys    map[string]string // what records are called, by their ids; "": they are left out
	left    []diag.Text
	named   int // records that have got a key
	samples int
}

// Make makes a case of a run. What an administrator did with it is no part of that: the case ends where the run first
// stopped. An *errs.Error refuses a run that a case cannot do again.
func Make(name string, of Run) (*Case, error) {
	m := &maker{Run: of, keys: map[string]string{}}
	if err := m.cut(); err != nil {
		return nil, err
	}
	if err := m.refused(); err != nil {
		return nil, err
	}
	c := model.TestCase{Name: name, At: m.moment(m.State.Started)}
	first, err := m.begins(&c)
	if err != nil {
		return nil, err
	}
	if err := m.found(); err != nil {
		return nil, err
	}
	rest, err := m.goesOn()
	if err != nil {
		return nil, err
	}
	c.Given, c.When, c.Mocks = m.given, append([]model.TestStep{first}, rest...), m.answers()
	if c.Then, err = m.outcome(); err != nil {
		return nil, err
	}
	return &Case{c, m.left}, nil
}

func (m *maker) moment(t time.Time) string { return t.In(m.Zone).Format(time.RFC3339) }

// note tells, once, what the case does not have.
func (m *maker) note(en, zh string, args ...any) {
	if x := diag.Textf(en, zh, args...); !slices.Contains(m.left, x) {
		m.left = append(m.left, x)
	}
}

// cut leaves of the trace what happened before anybody had a hand in it.
func (m *maker) cut() error {
	by := slices.IndexFunc(m.Trace, func(e flow.Entry) bool {
		return slices.Contains([]string{"run.retry", "run.skip", "run.rerun", "run.cancel"}, e.Verb) || e.Verb == "run.compensating" && e.Message != ""
	})
	if by >= 0 {
		m.Trace = m.Trace[:by]
	}
	for _, e := range slices.Backward(m.Trace) {
		status, is := strings.CutPrefix(e.Verb, "run.")
		if is && slices.Contains([]flow.Status{flow.Succeeded, flow.Failed, flow.Compensated}, flow.Status(status)) {
			m.ended = e
			return nil
		}
	}
	return errs.New(errs.InvalidState, "only a run that has ended by itself can be a case", "只有自行结束的运行才能保存为用例")
}

// refused refuses what a case cannot do again.
func (m *maker) refused() error {
	if as := m.Flow.Set.RunAs; as != "" && as != "system" {
		return errs.New(errs.InvalidInput, "runs in somebody's name depend on that person's rights, which a case does not have", "以个人身份的运行取决于其权限，无法保存为用例")
	}
	switch t := m.State.Cause.Type; t {
	case "record", "date", "schedule", "button", "event":
	default:
		return errs.New(errs.InvalidInput, "runs that begin this way cannot be cases: %s", "此类触发方式的运行不能保存为用例：%s", words.Value("FlowTrigger", "type", t))
	}
	if m.Flow.Batch > 0 {
		return errs.New(errs.InvalidInput, "runs about many records of one write cannot be cases", "针对一次写入的多条记录的运行不能保存为用例")
	}
	if m.State.Cause.Root != m.State.ID {
		return errs.New(errs.InvalidInput, "another run caused this one: save that as a case", "该运行由另一运行引起，请将后者保存为用例")
	}
	for _, e := range m.Trace {
		s := m.Flow.Steps[e.Step]
		if s == nil || e.Verb == "step.skipped" {
			continue
		}
		if slices.Contains([]string{"approval", "task", "flow"}, s.Decl.Type) || s.Decl.Reactive {
			return errs.New(errs.InvalidInput, "the step %s waits for what people, another flow or changes of the record do, which the run does not tell", "步骤 %s 等待人员、其他自动化或记录变更，运行记录中没有这些内容", e.Step)
		}
	}
	return nil
}

// rec is the record that the run was about, as it is now; the zero Record where there is none.
func (m *maker) rec() (record.Record, error) {
	if m.Flow.Object == nil {
		return record.Record{}, nil
	}
	_, id, _ := strings.Cut(m.State.Cause.Record, m.Flow.Object.IDPrefix+"_")
	var n int64
	if _, err := fmt.Sscan(id, &n); err != nil {
		return record.Record{}, nil
	}
	return m.Session.Kept(m.Flow.Object, n)
}
