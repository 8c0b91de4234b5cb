package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// Compiled holds documents to the schema of one kind. It is safe for concurrent use.
type Compiled struct{ s *jsonschema.Schema }

// Compile makes a schema ready for use, after holding it to the rules of the draft. Nothing is
// ever fetched: each schema is complete in itself.
func (s *Set) Compile(kind string) (*Compiled, error) {
	doc := s.docs[kind]
	if doc == nil {
		return nil, fmt.Errorf("schema: there is no kind %q", kind)
	}
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft2020
	c.LoadURL = func(u string) (io.ReadCloser, error) { return nil, fmt.Errorf("schema: %s is not here", u) }
	url := "urn:tenon:schema:" + kind
	if err := c.AddResource(url, bytes.NewReader(doc)); err != nil {
		return nil, fmt.Errorf("read the schema of %s: %w", kind, err)
	}
	out, err := c.Compile(url)
	if err != nil {
		return nil, fmt.Errorf("compile the schema of %s: %w", kind, err)
	}
	return &Compiled{out}, nil
}

// Validate says what of a document does not fit, and where. The error is nil when all does.
func (c *Compiled) Validate(doc []byte) (err error) {
	defer func() {
		if p := recover(); p != nil { // numbers with huge exponents make the library panic
			err = fmt.Errorf("schema: a number is out of range")
		}
	}()
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return fmt.Errorf("schema: %w", err)
	}
	return c.s.Validate(v)
}
