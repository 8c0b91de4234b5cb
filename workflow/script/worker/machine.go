package worker

import (
	_ "embed"
	"encoding/json"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/dop251/goja"
	"github.com/dop251/goja/parser"

	"github.com/tenon-platform/tenon/workflow/script/wire"
)

// maxDepth bounds the calls of functions within each other.
const maxDepth = 400

//go:embed prelude.js
var preludeSource string

const preludeName = "<tenon>"

// prelude is compiled when a worker needs it: the server, which is the same binary, has no use for it.
var prelude = sync.OnceValue(func() *goja.Program {
	p, err := compile(preludeName, preludeSource)
	if err != nil {
		panic(err)
	}
	return p
})

// compile makes a strict program. Source maps are not looked for: goja would open the files that
// they name.
func compile(name, source string) (*goja.Program, error) {
	ast, err := parser.ParseFile(nil, name, source, 0, parser.WithDisableSourceMaps)
	if err != nil {
		return nil, err
	}
	return goja.CompileAST(ast, true)
}

// machine is one JavaScript machine, made for one run.
type machine struct {
	vm                      *goja.Runtime
	start, finish, describe goja.Callable
	call                    func(name, args string) string
	log                     func(level, text string)
}

// newMachine makes a machine that has run nothing but the prelude.
func newMachine() *machine {
	m := &machine{vm: goja.New()}
	m.vm.SetParserOptions(parser.WithDisableSourceMaps)
	m.vm.SetMaxCallStackSize(maxDepth)
	fn, err := m.vm.RunProgram(prelude())
	if err != nil {
		panic(err)
	}
	open, _ := goja.AssertFunction(fn)
	tools, err := open(goja.Undefined(), m.native())
	if err != nil {
		panic(err)
	}
	for name, f := range map[string]*goja.Callable{"start": &m.start, "finish": &m.finish, "describe": &m.describe} {
		*f, _ = goja.AssertFunction(tools.ToObject(m.vm).Get(name))
	}
	return m
}

// native is the worker's side of the prelude. All that goes in and out is text and numbers: no
// object of Go is ever within reach of a script.
func (m *machine) native() *goja.Object {
	o := m.vm.NewObject()
	def := func(name string, f func(c goja.FunctionCall) goja.Value) {
		if err := o.Set(name, f); err != nil {
			panic(err)
		}
	}
	text := func(c goja.FunctionCall, i int) string { return c.Argument(i).String() }
	def("modules", func(goja.FunctionCall) goja.Value {
		j, err := json.Marshal(wire.Modules())
		if err != nil {
			panic(err)
		}
		return m.vm.ToValue(string(j))
	})
	def("call", func(c goja.FunctionCall) goja.Value { return m.vm.ToValue(m.call(text(c, 0), text(c, 1))) })
	def("log", func(c goja.FunctionCall) goja.Value { m.log(text(c, 0), text(c, 1)); return goja.Undefined() })
	for name, f := range pure {
		def(name, func(c goja.FunctionCall) goja.Value {
			args := make([]string, len(c.Arguments))
			for i := range args {
				args[i] = text(c, i)
			}
			v, err := f(args)
			if err != nil {
				panic(m.vm.NewTypeError(err.Error()))
			}
			return m.vm.ToValue(v)
		})
	}
	return o
}

// prepare makes the machine that of one run.
func (m *machine) prepare(r *wire.RunMessage) {
	now := time.UnixMilli(r.Now).UTC()
	m.vm.SetTimeSource(func() time.Time { return now })
	random := rand.New(rand.NewPCG(r.Seed, 0))
	m.vm.SetRandSource(random.Float64)
}

// line is where in the script the machine stands.
func (m *machine) place(script string) (line, column int) {
	return placeOf(m.vm.CaptureCallStack(0, nil), script)
}

// placeOf is the innermost place of a script in a stack.
func placeOf(stack []goja.StackFrame, script string) (line, column int) {
	for i := range stack {
		if stack[i].SrcName() == script {
			p := stack[i].Position()
			return p.Line, p.Column
		}
	}
	return 0, 0
}

// programs keeps compiled scripts by their source.
type programs struct{ by map[string]*goja.Program }

// maxPrograms is how many are kept.
const maxPrograms = 64

func newPrograms() *programs { return &programs{by: map[string]*goja.Program{}} }

func (p *programs) get(name, source string) (*goja.Program, error) {
	key := name + "\x00" + source
	if have := p.by[key]; have != nil {
		return have, nil
	}
	made, err := compile(name, source)
	if err != nil {
		return nil, err
	}
	if len(p.by) >= maxPrograms {
		clear(p.by)
	}
	p.by[key] = made
	return made, nil
}
