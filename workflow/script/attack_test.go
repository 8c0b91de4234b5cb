package script_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/workflow/script"
)

// attack is a script that tries to do harm. It either breaks a limit, fails, or gives a value that
// shows that it got nowhere.
type attack struct {
	name, source string
	want         string // "limit" with any limit, "limit time" …, "failed", or the result
}

var attacks = []attack{
	// Loops that do not end.
	{"for", `function main() { for (;;); }`, "limit time"},
	{"while in try", `function main() { for (;;) { try { for (;;); } catch {} finally { continue } } }`, "limit time"},
	{"at the top", `for (;;); function main() {}`, "limit time"},
	{"getter", `function main() { const o = {get x() { for (;;); }}; return o.x }`, "limit time"},
	{"toJSON of the result", `function main() { return {toJSON() { for (;;); }} }`, "limit time"},
	{"getter of the result", `function main() { return {get x() { for (;;); }} }`, "limit time"},
	{"proxy as the result", `function main() { return new Proxy({}, {ownKeys() { for (;;); }}) }`, "limit time"},
	{"then of the result", `function main() { return {then() { for (;;); }} }`, "{}"},
	{"toString", `function main() { return '' + {toString() { for (;;); }} }`, "limit time"},
	{"sort", `function main() { [1, 2, 3].sort(() => { for (;;); }) }`, "limit time"},
	{"generator", `function main() { function* g() { for (;;) yield 1 } for (const x of g()); }`, "limit time"},
	{"spread of a generator", `function main() { function* g() { for (;;) yield 1 } return [...g()] }`, "limit"},
	{"async", `async function main() { for (;;) await 1 }`, "limit time"},
	{"micro-tasks", `function main() { const f = () => Promise.resolve().then(f); f(); return 1 }`, "limit"},
	{"a promise of nothing", `function main() { return new Promise(() => {}) }`, "failed"},
	{"thrown in a promise", `function main() { return new Promise((_, no) => no({get message() { for (;;); }, toJSON() { for (;;); }})) }`, "limit time"},

	// Loops of natives, which see no interrupt.
	{"indexOf", `function main() { return Array.prototype.indexOf.call({length: 2 ** 53 - 1}, 1) }`, "limit time"},
	{"lastIndexOf", `function main() { return Array.prototype.lastIndexOf.call({length: 2 ** 53 - 1}, 1) }`, "limit time"},
	{"join", `function main() { return Array.prototype.join.call({length: 2 ** 32}, 'x') }`, "limit"},
	{"fill", `function main() { return Array.prototype.fill.call({length: 2 ** 53 - 1}, 1) }`, "limit"},
	{"reverse", `function main() { return Array.prototype.reverse.call({length: 2 ** 53 - 1}) }`, "limit"},
	{"spread of a native iterator", `function main() { const it = {[Symbol.iterator]() { return this }, next: Object.bind(null, {done: false})}; return [...it] }`, "limit"},
	{"Promise.all", `function main() { const it = {[Symbol.iterator]() { return this }, next: Object.bind(null, {done: false})}; return Promise.all(it) }`, "limit"},
	{"sorting typed arrays", `function main() { const a = new Float64Array(4e6); for (;;) a.sort() }`, "limit"},

	// Memory.
	{"strings", `function main() { let s = 'x'; for (;;) s += s }`, "limit"},
	{"repeat", `function main() { return 'x'.repeat(2 ** 30).length }`, "limit"},
	{"padStart", `function main() { return ''.padStart(2 ** 30, 'ab').length }`, "limit"},
	{"arrays", `function main() { const a = []; for (;;) a.push(a.length) }`, "limit"},
	{"array of a size", `function main() { return new Array(2 ** 32 - 1).fill(0).length }`, "limit"},
	{"closures", `function main() { let f = null; for (;;) { const g = f; f = () => g } }`, "limit"},
	{"maps", `function main() { const m = new Map(); for (let i = 0; ; i++) m.set(i, {i}) }`, "limit"},
	{"big integers", `function main() { let n = 2n; for (;;) n = n * n }`, "limit"},
	{"power of a big integer", `function main() { return String(2n ** (2n ** 40n)).length }`, "*"},
	{"shift of a big integer", `function main() { return String(1n << 40000000000n).length }`, "*"},
	{"typed array", `function main() { return new Uint8Array(2 ** 31).length }`, "*"},
	{"typed arrays", `function main() { const a = []; for (;;) a.push(new Uint8Array(1 << 20)) }`, "limit"},
	{"buffer beyond all sizes", `function main() { return new ArrayBuffer(2 ** 53).byteLength }`, "*"},
	{"JSON", `function main() { let x = [1]; for (let i = 0; i < 60; i++) x = [x, x]; return JSON.stringify(x).length }`, "limit"},
	{"JSON with a gap", `function main() { let x = [1]; for (let i = 0; i < 20000; i++) x = [x]; return JSON.stringify(x, null, '          ').length }`, "*"},
	{"parse", `function main() { return JSON.parse('['.repeat(5e6)) }`, "*"},
	{"replace", `function main() { let s = 'x'.repeat(1e6); return s.replace(/x/g, s).length }`, "limit"},
	{"split", `function main() { const a = []; for (;;) a.push('x'.repeat(1e6).split('')) }`, "limit"},
	{"template", "function main() { let s = 'x'; for (let i = 0; i < 60; i++) s = `${s}${s}`; return s.length }", "limit"},
	{"concat", `function main() { let a = [1]; for (;;) a = a.concat(a) }`, "limit"},
	{"huge result", `function main() { return 'x'.repeat(3e6) }`, "limit"},
	{"huge result of escapes", `function main() { return '\u0001'.repeat(5e5) }`, "limit output"},
	{"huge exception", `function main() { throw new Error('x'.repeat(4e6)) }`, "failed"},
	{"huge log", `function main() { for (let i = 0; i < 1e5; i++) console.log('x'.repeat(1e5)); return 1 }`, "*"},
	{"deep result", `function main() { let x = []; for (let i = 0; i < 1000; i++) x = [x]; return x }`, "limit"},

	// Depth.
	{"recursion", `function main() { return main() }`, "limit stack"},
	{"recursion that catches", `function main() { try { return main() } catch { return 1 } }`, "limit stack"},
	{"recursion of getters", `const o = {get x() { return o.x }}; function main() { return o.x }`, "limit stack"},
	{"recursion of toString", `const o = {toString() { return '' + o }}; function main() { return '' + o }`, "limit stack"},
	{"recursion of a proxy", `let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); function main() { return p.x }`, "*"},
	{"recursion of map", `function main() { return [1].map(main) }`, "limit stack"},
	{"recursion of sort", `function main() { return [1, 2].sort(main) }`, "limit stack"},
	{"recursion of toJSON", `const o = {toJSON() { return JSON.stringify(o) }}; function main() { return o }`, "limit stack"},
	{"recursion of replace", `const f = () => 'x'.replace('x', f); function main() { return f() }`, "limit stack"},
	{"chain of bind", `function main() { let f = () => 1; for (let i = 0; i < 1e6; i++) f = f.bind(null); return f() }`, "*"},
	{"deep prototypes", `function main() { let o = {}; for (let i = 0; i < 1e6; i++) o = Object.create(o); return o.x === undefined }`, "*"},
	{"deep source", `function main() { return ` + strings.Repeat("(", 20000) + "1" + strings.Repeat(")", 20000) + ` }`, "*"},
	{"slow source", `function main() { return ` + strings.Repeat("1+", 30000) + `1 }`, "*"},
	{"nested arrays in the source", `function main() { return ` + strings.Repeat("[", 30000) + strings.Repeat("]", 30000) + ` }`, "*"},

	// Regular expressions.
	{"catastrophic pattern", `function main() { return /^(?=a)(a+)+$/.test('a'.repeat(40) + '!') }`, "limit time"},
	{"catastrophic reference", `function main() { return /^(a|aa)+\1$/.test('a'.repeat(60) + '!') }`, "limit time"},
	{"pattern from text", `function main() { return 'a'.repeat(40).match('^(?=a)(a+)+b$') }`, "limit time"},
	{"huge repetition", `function main() { return new RegExp('(?=x)(((x{1,1000}){1,1000}){1,1000}){1,1000}').test('x') }`, "*"},

	// Ways out.
	{"constructor of constructor", `function main() { try { return (0).constructor.constructor('return 1')() } catch (e) { return e.name } }`, `"TypeError"`},
	{"Function", `function main() { try { return Function('return 1')() } catch (e) { return e.name } }`, `"TypeError"`},
	{"constructor of a generator", `function main() { try { return Object.getPrototypeOf(function* () {}).constructor('yield 1') } catch (e) { return e.name } }`, `"TypeError"`},
	{"constructor of an async function", `function main() { try { return Object.getPrototypeOf(async () => 1).constructor('1') } catch (e) { return e.name } }`, `"TypeError"`},
	{"Reflect.construct of Function", `function main() { try { return Reflect.construct(Object.getPrototypeOf(main).constructor, ['return 1']) } catch (e) { return e.name } }`, `"TypeError"`},
	{"eval", `function main() { return [typeof eval, typeof globalThis.eval] }`, `["undefined","undefined"]`},
	{"require and other hosts", `function main() { return [typeof require, typeof process, typeof fetch, typeof WebAssembly, typeof SharedArrayBuffer, typeof Deno, typeof importScripts, typeof setTimeout] }`,
		`["undefined","undefined","undefined","undefined","undefined","undefined","undefined","undefined"]`},
	{"this of a function", `function f() { return this === undefined } function main() { return f() }`, `true`},
	{"caller and callee", `function main() { try { return arguments.callee } catch (e) { return e.name } }`, `"TypeError"`},
	{"import", `import fs from 'fs'; function main() {}`, "failed"},
	{"dynamic import", `function main() { return import('fs') }`, "failed"},
	{"source map of a device", "function main() { return 1 }\n//# sourceMappingURL=file:///dev/zero", `1`},
	{"source map of a secret", "function main() { return 1 }\n//# sourceMappingURL=file:///etc/passwd", `1`},
	{"Go behind the host", `function main() { return Reflect.ownKeys(records.get).concat(Reflect.ownKeys(console.log)).sort().join() }`, `"length,length,name,name"`},
	{"constructor of a decimal", `function main() { try { return new (Object.getPrototypeOf(dec(1)).constructor)('1') } catch (e) { return e.name } }`, `"TypeError"`},
	{"forged decimal", `function main() { try { return dec({__proto__: Object.getPrototypeOf(dec(1))}) } catch (e) { return e.name } }`, `"TypeError"`},

	// What all share.
	{"pollution of Object", `function main() { try { Object.prototype.leak = 1 } catch (e) { return e.name } }`, `"TypeError"`},
	{"pollution by __proto__", `function main() { try { ({}).__proto__.leak = 1 } catch (e) { return e.name } }`, `"TypeError"`},
	{"pollution by JSON", `function main(x) { const o = JSON.parse('{"__proto__": {"leak": 1}}'); return [Object.keys(o), ({}).leak === undefined] }`, `[["__proto__"],true]`},
	{"pollution of Array", `function main() { try { Array.prototype.push = () => 1 } catch (e) { return e.name } }`, `"TypeError"`},
	{"pollution by covering", `function main() { const o = {}; o.toString = () => 'mine'; try { Object.prototype.toString = () => 'x' } catch (e) { return ['' + o, '' + {}, e.name] } }`, `["mine","[object Object]","TypeError"]`},
	{"JSON replaced", `function main() { try { JSON.stringify = () => '"forged"' } catch (e) { return e.name } }`, `"TypeError"`},
	{"global replaced", `function main() { try { globalThis.dec = 1 } catch (e) { return e.name } }`, `"TypeError"`},
	{"Symbol.species", `function main() { try { Object.defineProperty(Array, Symbol.species, {value: 1}) } catch (e) { return e.name } }`, `"TypeError"`},
	{"Symbol.hasInstance", `function main() { try { Object.defineProperty(Error, Symbol.hasInstance, {value: () => true}); return 1 } catch (e) { return e.name } }`, `"TypeError"`},
	{"iterators of arrays", `function main() { try { Object.getPrototypeOf([][Symbol.iterator]()).next = 1 } catch (e) { return e.name } }`, `"TypeError"`},
	{"prototype of Promise", `async function main() { try { Promise.prototype.then = 1 } catch (e) { return e.name } }`, `"TypeError"`},
	{"module of the host", `function main() { try { records.get = () => 1 } catch (e) { return e.name } }`, `"TypeError"`},
	{"prototype of dates", `function main() { try { Date.now = () => 0 } catch (e) { return e.name } }`, `"TypeError"`},
	{"prototype of generators", `function main() { try { Object.getPrototypeOf(function* () {}).prototype.next = 1 } catch (e) { return e.name } }`, `"TypeError"`},
	{"exception without a face", `function main() { throw {get message() { throw 1 }, toJSON() { throw 1 }, toString() { throw 1 }} }`, "failed"},
	{"exception that lies", `function main() { throw Object.assign(new Error('x'), {call: 1, code: 'INTERNAL'}) }`, "failed"},
	{"null is thrown", `function main() { throw null }`, "failed"},
	{"function without a name", `var main = 1`, "failed"},
	{"main as a trap", `Object.defineProperty(globalThis, 'main', {get() { for (;;); }})`, "limit time"},

	// Time.
	{"time stands", `function main() { const a = Date.now(); let n = 0; for (let i = 0; i < 1e4; i++) n += i; return Date.now() - a }`, `0`},
	{"no other clocks", `function main() { return [typeof performance, typeof Atomics, typeof setInterval] }`, `["undefined","undefined","undefined"]`},

	// Calls.
	{"undeclared call", `function main() { try { return records.get('dealer', 'dealer_1') } catch (e) { return e.code } }`, `"FORBIDDEN"`},
	{"flood of calls", `function main() { for (;;) { try { records.get('x', 'y') } catch {} } }`, "limit"},
	{"huge arguments", `function main() { try { return records.get('x'.repeat(3e6), '') } catch (e) { return e.code } }`, `"LIMIT_EXCEEDED" or limit time`}, // a slow machine is not done in time
	{"arguments that do not end", `function main() { return records.get({toJSON() { for (;;); }}) }`, "limit time"},
	{"arguments that call", `function main() { try { return records.get({toJSON() { return records.get('a', 'b') }}) } catch (e) { return e.code } }`, `"FORBIDDEN"`},
}

const innocent = `function main(x) {
	return [typeof leak, ({}).leak === undefined, [1, 2].map(x => x + 1), '' + {}, JSON.stringify({a: 1}), dec('0.1').add('0.2'), typeof state, Math.random()]
}`

// TestAttacks runs every attack beside a run of another tenant, and a run of the same tenant after
// it: they end within their limits, give what they always do, and find nothing of the attack.
func TestAttacks(t *testing.T) {
	p := open(t, script.Options{Slots: 2, Share: 1})
	want, err := p.Run(context.Background(), job(innocent, ""))
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			beside := make(chan error, 1)
			go func() { beside <- harmless(p, "b", string(want.Value)) }()
			j := job(a.source, "")
			j.Limits.Time = 150 * time.Millisecond
			if !strings.Contains(a.want, "limit time") && a.want != "limit" && a.want != "*" { // a slow machine is to get as far
				j.Limits.Time = 2 * time.Second
			}
			out, err := p.Run(context.Background(), j)
			if got := outcome(out, err); !meets(got, a.want) {
				t.Errorf("got %s, %v; want %s", got, err, a.want)
			}
			if out.Elapsed > j.Limits.Time+script.Grace+500*time.Millisecond {
				t.Errorf("it took %v", out.Elapsed)
			}
			if err := <-beside; err != nil {
				t.Errorf("another tenant's run: %v", err)
			}
			if err := harmless(p, "a", string(want.Value)); err != nil {
				t.Errorf("the next run: %v", err)
			}
		})
	}
	if left := children(t); left > 8 {
		t.Errorf("%d processes are left", left)
	}
}

// harmless is a run that nothing may disturb.
func harmless(p *script.Pool, tenant, want string) error {
	j := job(innocent, "")
	j.Tenant = tenant
	j.Limits.Time = 2 * time.Second
	watch := clock.Start()
	out, err := p.Run(context.Background(), j)
	if took := watch.Elapsed(); err == nil && took > 3*time.Second {
		err = fmt.Errorf("it took %v", took)
	}
	if err == nil && string(out.Value) != want {
		err = fmt.Errorf("it gave %s, not %s", out.Value, want)
	}
	return err
}

// outcome is how a run ended: "limit" and which, "failed", or the value.
func outcome(out script.Result, err error) string {
	var e *errs.Error
	switch {
	case err == nil && json.Valid(out.Value):
		return string(out.Value)
	case errors.As(err, &e) && e.Code == errs.ScriptLimit:
		return fmt.Sprint("limit ", e.Details["limit"])
	case errors.As(err, &e) && e.Code == errs.ScriptFailed:
		return "failed"
	}
	return fmt.Sprint("neither: ", err)
}

func meets(got, want string) bool {
	if one, other, both := strings.Cut(want, " or "); both {
		return meets(got, one) || meets(got, other)
	}
	switch want {
	case "*": // whatever it is, it is contained and has a code
		return !strings.HasPrefix(got, "neither")
	case "limit":
		return strings.HasPrefix(got, "limit ")
	}
	return got == want
}

// children counts the processes that this one has started.
func children(t *testing.T) int {
	t.Helper()
	threads, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range threads {
		b, err := os.ReadFile(f)
		if err == nil { // else the thread is gone
			n += len(strings.Fields(string(b)))
		}
	}
	return n
}
