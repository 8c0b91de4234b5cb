package gql

import "encoding/json"

// The functions here read values of JSON that is known to be valid, as json.Decoder with UseNumber
// does; that one costs five times as much for the few values that an operation takes. Each gives
// what stands at i, and where it ends.

func object(b []byte, i int) (map[string]any, int) {
	m := map[string]any{}
	for i = skipSpace(b, i+1); b[i] != '}'; i = nextItem(b, i) {
		end := valueEnd(b, i)
		key := text(b[i:end])
		m[key], i = anyValue(b, skipSpace(b, skipSpace(b, end)+1)) // behind the colon
	}
	return m, i + 1
}

func array(b []byte, i int) ([]any, int) {
	l := []any{}
	for i = skipSpace(b, i+1); b[i] != ']'; i = nextItem(b, i) {
		var v any
		v, i = anyValue(b, i)
		l = append(l, v)
	}
	return l, i + 1
}

// nextItem is where the next item of a list or object begins, or its bracket closes.
func nextItem(b []byte, i int) int {
	if i = skipSpace(b, i); b[i] == ',' {
		i = skipSpace(b, i+1)
	}
	return i
}

func anyValue(b []byte, i int) (any, int) {
	switch b[i] {
	case '{':
		return wrap(object(b, i))
	case '[':
		return wrap(array(b, i))
	case '"':
		end := valueEnd(b, i)
		return text(b[i:end]), end
	case 't':
		return true, i + len("true")
	case 'f':
		return false, i + len("false")
	case 'n':
		return nil, i + len("null")
	}
	end := valueEnd(b, i)
	return json.Number(b[i:end]), end
}

func wrap[T any](v T, end int) (any, int) { return v, end }
