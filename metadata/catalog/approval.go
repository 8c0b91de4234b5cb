package catalog

import (
	"strings"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/model"
)

// ApprovalStatus is the field that mirrors the state of an approval on objects that declare it.
const ApprovalStatus = "approval_status"

// Approval is a declared approval process. What its flow means is workflow/approval's.
type Approval struct {
	Key     string
	Package string
	Object  *Object
	Label   model.Text
	Frozen
	// Steps are what the process writes: by phase ("onApprove"), or by node ("node.<id>").
	Steps  map[string]*Action
	Events []string // that nodes of it wait for
	// Task says that it is a task of a step of a flow: nobody submits records to it.
	Task bool
}

// taskMark stands between the flow and the step in the key of a task. No name has it.
const taskMark = "__"

// TaskKey is the key of the process that a step of a flow asks people by.
func TaskKey(flow, step string) string { return flow + taskMark + step }

// IsTaskKey says whether a key is that of a task of a flow.
func IsTaskKey(key string) bool { return strings.Contains(key, taskMark) }

// Addr is the process's address.
func (a *Approval) Addr() addr.Address { return addr.Approval(a.Key) }

// Approval finds a process by its key, or gives nil.
func (c *Catalog) Approval(key string) *Approval {
	for _, a := range c.Approvals {
		if a.Key == key {
			return a
		}
	}
	return nil
}
