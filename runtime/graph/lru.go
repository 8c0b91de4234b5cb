package graph

import "container/list"

// lru is a bounded map that forgets what was used least recently. It is not safe for concurrent use.
type lru[V any] struct {
	max   int
	order *list.List
	at    map[string]*list.Element
}

type lruEntry[V any] struct {
	key string
	val V
}

func newLRU[V any](max int) *lru[V] {
	return &lru[V]{max: max, order: list.New(), at: map[string]*list.Element{}}
}

func (l *lru[V]) get(key string) (v V, ok bool) {
	e := l.at[key]
	if e == nil {
		return v, false
	}
	if l.order.Front() != e {
		l.order.MoveToFront(e)
	}
	return e.Value.(*lruEntry[V]).val, true
}

func (l *lru[V]) put(key string, v V) {
	if e := l.at[key]; e != nil {
		e.Value.(*lruEntry[V]).val = v
		l.order.MoveToFront(e)
		return
	}
	l.at[key] = l.order.PushFront(&lruEntry[V]{key, v})
	for l.order.Len() > l.max {
		last := l.order.Back()
		l.order.Remove(last)
		delete(l.at, last.Value.(*lruEntry[V]).key)
	}
}
