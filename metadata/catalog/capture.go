package catalog

import (
	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/model"
)

// Capture is what people who are not signed in may send.
type Capture struct {
	Name    string
	Package string
	Label   model.Text
	Action  *Action
	Fields  []*CaptureField
	Set     map[string]any    // constants by API name of the input
	Context map[string]*Field // inputs by what the platform knows
	Answer  []string          // names of results
	Decl    *model.Capture    // as it was written, without places
}

// CaptureField is one thing that may be sent.
type CaptureField struct {
	Name     string
	Label    model.Text
	Input    *Field
	Required bool
	Text     model.Text
}

// Addr is the capture's address.
func (c *Capture) Addr() addr.Address { return addr.Capture(c.Name) }

// Capture finds a capture by name, or gives nil.
func (c *Catalog) Capture(name string) *Capture {
	for _, x := range c.Captures {
		if x.Name == name {
			return x
		}
	}
	return nil
}
