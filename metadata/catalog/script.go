package catalog

import (
	"slices"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/engine"
	"github.com/tenon-platform/tenon/metadata/model"
)

// ScriptEngine is what the names of engines that are scripts begin with.
const ScriptEngine = "script."

// Script is a declared script. Its source was never looked into.
type Script struct {
	Name, Package string
	Source        string
	File          string // of the source, as findings name it
	Function      string
	// Signature is that of the engine script.<name>.
	Signature *engine.Signature
	Uses      []*ScriptUse // by the object's name
	Decl      *model.Script
}

// ScriptUse is what a script may do with the records of an object.
type ScriptUse struct {
	Object *Object
	May    []string // read, create, update, delete
}

// Addr is the script's address.
func (s *Script) Addr() addr.Address { return addr.Script(s.Name) }

// May says whether the script may do something with the records of an object.
func (s *Script) May(o *Object, what string) bool {
	i := slices.IndexFunc(s.Uses, func(u *ScriptUse) bool { return u.Object == o })
	return i >= 0 && slices.Contains(s.Uses[i].May, what)
}

// Script finds a script by name, or gives nil.
func (c *Catalog) Script(name string) *Script {
	i := slices.IndexFunc(c.Scripts, func(s *Script) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	return c.Scripts[i]
}
