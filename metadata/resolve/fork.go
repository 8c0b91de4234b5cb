package resolve

import (
	"maps"

	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/parallel"
)

// each makes something of each of many things at the same time, each in a fork of the resolver, and takes what was
// made in the order of the things: what take refuses leaves nothing, no finding either. Forks read what was resolved
// before, and not each other.
func each[T, R any](r *resolver, things []T, do func(fork *resolver, thing T) R, take func(thing T, made R) bool) {
	type outcome struct {
		fork *resolver
		made R
	}
	for i, o := range parallel.Map(things, func(thing T) outcome {
		fork := r.fork()
		return outcome{fork, do(fork, thing)}
	}) {
		if take(things[i], o.made) {
			r.join(o.fork)
		}
	}
}

// fork is a resolver that knows what r knows, and keeps what it finds to itself.
func (r *resolver) fork() *resolver {
	f := *r
	f.findings, f.uses, f.open = nil, nil, nil
	f.decls.under, f.decls.own = &r.decls, nil
	f.states.under, f.states.own = &r.states, nil
	return &f
}

// join takes what a fork has found.
func (r *resolver) join(f *resolver) {
	r.findings = append(r.findings, f.findings...)
	r.uses = append(r.uses, f.uses...)
	r.decls.take(&f.decls)
	r.states.take(&f.states)
}

// layer is a map that lies over another one, which it leaves as it is.
type layer[K comparable, V any] struct {
	own   map[K]V
	under *layer[K, V]
}

func (l *layer[K, V]) get(key K) (v V) {
	for ; l != nil; l = l.under {
		if v, ok := l.own[key]; ok {
			return v
		}
	}
	return v
}

func (l *layer[K, V]) set(key K, v V) {
	if l.own == nil {
		l.own = map[K]V{}
	}
	l.own[key] = v
}

// take takes what another layer has of its own.
func (l *layer[K, V]) take(other *layer[K, V]) {
	if l.own == nil {
		l.own = other.own
		return
	}
	maps.Copy(l.own, other.own)
}

// declared is what a package declares.
type declared[T any] struct {
	pkg  string
	decl *T
}

// declarations are those of one kind of all packages, in the order of the packages.
func declarations[T any](r *resolver, of func(*model.Package) []T) (out []declared[T]) {
	for _, p := range r.ordered {
		all := of(p)
		for i := range all {
			out = append(out, declared[T]{p.Manifest.Name, &all[i]})
		}
	}
	return out
}
