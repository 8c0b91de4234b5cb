package fieldkit

import "github.com/tenon-platform/tenon/metadata/field"

// Computed is a field whose values have the form of result, and that takes no input: they are
// computed as how says.
func Computed(result field.Field, how field.Computation) field.Computed {
	return &computed{result, how}
}

type computed struct {
	field.Field
	how field.Computation
}

func (f *computed) Computation() field.Computation { return f.how }

func (f *computed) Shape() field.Shape {
	s := f.Field.Shape()
	s.Input = ""
	return s
}
