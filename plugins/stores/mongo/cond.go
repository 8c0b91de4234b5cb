package mongo

import "go.mongodb.org/mongo-driver/bson"

// cond is a find filter: a document, or nothing where all rows or none match. One that is loose
// also matches rows that do not meet the condition, which has to be tested on them.
type cond struct {
	fate  fate
	doc   bson.D
	loose bool
}

func where(key string, val any) cond { return cond{doc: bson.D{{Key: key, Value: val}}} }

// known is a condition that is the same for all rows.
func known(b bool) cond {
	if b {
		return cond{fate: always}
	}
	return cond{fate: never}
}

// all is true where every one of the conditions is.
func all(cs ...cond) cond { return combine(cs, never, "$and") }

// anyOf is true where one of the conditions is.
func anyOf(cs ...cond) cond { return combine(cs, always, "$or") }

// combine joins conditions; one that is decided by stop decides them all.
func combine(cs []cond, stop fate, op string) cond {
	var docs bson.A
	loose := false
	for _, c := range cs {
		switch c.fate {
		case stop:
			return c
		case -stop:
			continue
		}
		loose = loose || c.loose
		if len(c.doc) == 1 && c.doc[0].Key == op {
			docs = append(docs, c.doc[0].Value.(bson.A)...)
		} else {
			docs = append(docs, c.doc)
		}
	}
	switch len(docs) {
	case 0:
		return cond{fate: -stop}
	case 1:
		return cond{doc: docs[0].(bson.D), loose: loose}
	}
	return cond{doc: bson.D{{Key: op, Value: docs}}, loose: loose}
}

// filter is the document that find takes; a condition that no row meets has none.
func (c cond) filter() bson.D {
	if c.doc == nil {
		return bson.D{}
	}
	return c.doc
}
