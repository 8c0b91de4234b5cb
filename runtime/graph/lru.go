package graph

import "container/list"

// lru is a bounded map that forgets what was used least recently. It is not safe for concurrent use.
type lru[K comparable, V any] struct {
	max   int
	order *list.List
	at    map[K]*list.Element
}

type lruEntry[K comparable, V any] struct {
	key K
	val V
}

func newLRU[K comparable, V any](max int) *lru[K, V] {
	return &lru[K, V]{max: max, order: list.New(), at: map[K]*list.Element{}}
}

func (l *lru[K, V]) get(key K) (v V, ok bool) {
	e := l.at[key]
	if e == nil {
		return v, false
	}
	if l.order.Front() != e {
		l.order.MoveToFront(e)
	}
	return e.Value.(*lruEntry[K, V]).val, true
}

func (l *lru[K, V]) put(key K, v V) {
	if e := l.at[key]; e != nil {
		e.Value.(*lruEntry[K, V]).val = v
		l.order.MoveToFront(e)
		return
	}
	l.at[key] = l.order.PushFront(&lruEntry[K, V]{key, v})
	for l.order.Len() > l.max {
		last := l.order.Back()
		l.order.Remove(last)
		delete(l.at, last.Value.(*lruEntry[K, V]).key)
	}
}
