package catalog

import (
	"time"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
)

// SLA is what is promised about records of an object.
type SLA struct {
	Name       string
	Package    string
	Object     *Object
	When       *expr.Program // nil: about every record
	Pause      *expr.Program // nil: never
	Calendar   string        // code; "": the owner's, or the default one
	Status     *Field        // shows the worst clock; nil: none does
	Milestones []*Milestone
	Decl       *model.SLA // as it was written, without places
}

// Milestone is one promise.
type Milestone struct {
	Name        string
	Start, Stop *expr.Program // a moment, or a condition
	Target      *expr.Program // business minutes
	Calendar    string
	Warn        int // per cent of the target
	OnWarn      *Flow
	OnBreach    *Flow
	After       []After // by time
}

// After is what follows some business time after the due time of a promise that stays broken.
type After struct {
	Time time.Duration
	Flow *Flow
}

// Addr is the policy's address.
func (s *SLA) Addr() addr.Address { return addr.SLA(s.Name) }

// SLA finds a policy by name, or gives nil.
func (c *Catalog) SLA(name string) *SLA {
	for _, s := range c.SLAs {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// Milestone finds a milestone by name, or gives nil.
func (s *SLA) Milestone(name string) *Milestone {
	for _, m := range s.Milestones {
		if m.Name == name {
			return m
		}
	}
	return nil
}
