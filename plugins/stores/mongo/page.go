package mongo

import (
	"go.mongodb.org/mongo-driver/bson"

	"github.com/tenon-platform/tenon/platform/store/algebra"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// pages gives the filters for "strictly after", to be run one after the other, so that each is one
// range of an index: the values that remain, then the nulls at the other end.
func (p *plan) pages(after []value.Value) ([]cond, error) {
	if len(after) == 0 {
		return []cond{{fate: always}}, nil
	}
	first, v := p.order[0], after[0]
	rest, err := p.later(p.order[1:], after[1:])
	if err != nil {
		return nil, err
	}
	s := p.scope
	if v.IsNull() {
		inside := all(isNull(first.field), rest)
		if first.desc {
			return []cond{inside}, nil
		}
		return []cond{inside, s.notNull(first.field)}, nil
	}
	strict, loose := driver.Gt, driver.Ge
	if first.desc {
		strict, loose = driver.Lt, driver.Le
	}
	past, err := s.compareWith(first.field, first.typ, strict, v)
	if err != nil {
		return nil, err
	}
	if len(p.order) > 1 {
		from, err := s.compareWith(first.field, first.typ, loose, v)
		if err != nil {
			return nil, err
		}
		past = all(from, anyOf(past, rest))
	}
	if first.desc && !first.solid {
		return []cond{past, isNull(first.field)}, nil
	}
	return []cond{past}, nil
}

// later is "strictly after" in general.
func (p *plan) later(keys []sortKey, after []value.Value) (cond, error) {
	if len(keys) == 0 {
		return known(false), nil
	}
	k, v, s := keys[0], after[0], p.scope
	rest, err := p.later(keys[1:], after[1:])
	if err != nil {
		return rest, err
	}
	if v.IsNull() {
		if k.desc {
			return all(isNull(k.field), rest), nil
		}
		return anyOf(s.notNull(k.field), rest), nil
	}
	strict := driver.Gt
	if k.desc {
		strict = driver.Lt
	}
	past, err := s.compareWith(k.field, k.typ, strict, v)
	if err != nil {
		return past, err
	}
	same, err := s.compareWith(k.field, k.typ, driver.Eq, v)
	if err != nil {
		return same, err
	}
	if k.desc && !k.solid {
		past = anyOf(past, isNull(k.field))
	}
	return anyOf(past, all(same, rest)), nil
}

// sortBy is the sort document of an order.
func sortBy(keys []sortKey) bson.D {
	d := bson.D{}
	for _, k := range keys {
		dir := 1
		if k.desc {
			dir = -1
		}
		d = append(d, bson.E{Key: k.field, Value: dir})
		if k.solid {
			break // the id decides
		}
	}
	return d
}

// compareKeys orders two rows by the values of their criteria; nulls are lowest.
func compareKeys(keys []sortKey, a, b []value.Value) int {
	for i, k := range keys {
		c := 0
		switch {
		case a[i].IsNull() || b[i].IsNull():
			c = value.Compare(a[i], b[i])
		default:
			c = algebra.Compare(a[i], b[i])
		}
		if c != 0 && k.desc {
			return -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}
