package catalog

import (
	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/score"
	"github.com/tenon-platform/tenon/platform/value"
)

// Scoring is a scoring model.
type Scoring struct {
	Name    string
	Package string
	Label   model.Text
	Object  *Object
	Fit     []ScoreFit
	Grades  []score.Band
	Events  score.Model
	Total   *expr.Program // of fit and engagement
	Bands   []score.Band
	Decl    *model.Scoring // as it was written, without places
}

// ScoreFit is a rule about the record.
type ScoreFit struct {
	Name   string
	When   *expr.Program
	Points value.Value
}

// Addr is the model's address.
func (s *Scoring) Addr() addr.Address { return addr.Scoring(s.Name) }

// Scoring finds a scoring model by name, or gives nil.
func (c *Catalog) Scoring(name string) *Scoring {
	for _, s := range c.Scorings {
		if s.Name == name {
			return s
		}
	}
	return nil
}
