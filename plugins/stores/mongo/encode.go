package mongo

import (
	"fmt"
	"unsafe"

	"github.com/cockroachdb/apd/v3"
	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"
	"go.mongodb.org/mongo-driver/x/bsonx/bsoncore"

	"github.com/tenon-platform/tenon/platform/store/algebra"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// store gives v, which is not null, as a column of type t holds it: numbers are rounded half-up
// to its scale.
func store(v value.Value, t typ) (bson.RawValue, error) {
	from := algebra.TypeOf(v)
	number := algebra.Number(from) && algebra.Number(t.t)
	if !number && !algebra.Comparable(from, t.t) {
		return bson.RawValue{}, fmt.Errorf("mongo: a value of kind %d where type %d is wanted", v.Kind(), t.t)
	}
	switch t.rep {
	case rBool:
		return rawBool(v.Bool()), nil
	case rFloat:
		return rawFloat(v.Float64()), nil
	case rDecimal, rNumber:
		return storeDecimal(v, t)
	case rText, rJSON:
		return rawString(v.Text()), nil
	case rBytes:
		return bson.RawValue{Type: bson.TypeBinary, Value: bsoncore.AppendBinary(nil, 0, []byte(v.Text()))}, nil
	case rList:
		return storeList(v)
	}
	if number && v.Kind() != value.KindInt {
		if v = value.Round(v, 0); v.Kind() != value.KindInt {
			return bson.RawValue{}, fmt.Errorf("mongo: %s does not fit a whole number", v.AppendDecimal(nil))
		}
	}
	return rawInt(v.Int()), nil
}

func storeDecimal(v value.Value, t typ) (bson.RawValue, error) {
	var d apd.Decimal
	r := v.Rescale(t.scale)
	if r.Apd(&d); r.IsNull() || d.NumDigits() > int64(t.stored()) {
		return bson.RawValue{}, fmt.Errorf("mongo: %s does not fit the column", v.AppendDecimal(nil))
	}
	if t.rep == rNumber {
		return rawString(string(algebra.AppendNumber(nil, r))), nil
	}
	p, ok := decimal128(&d)
	if !ok {
		return bson.RawValue{}, fmt.Errorf("mongo: %s does not fit the column", v.AppendDecimal(nil))
	}
	return rawDecimal(p), nil
}

func storeList(v value.Value) (bson.RawValue, error) {
	all, err := algebra.Elements(v, 0)
	if err != nil {
		return bson.RawValue{}, err
	}
	vals := make([]bsoncore.Value, len(all))
	for i, e := range all {
		r := rawInt(e.Int())
		if e.Kind() == value.KindText {
			r = rawString(e.Text())
		}
		vals[i] = bsoncore.Value{Type: r.Type, Data: r.Value}
	}
	return bson.RawValue{Type: bson.TypeArray, Value: bsoncore.BuildArray(nil, vals...)}, nil
}

func rawInt(n int64) bson.RawValue {
	return bson.RawValue{Type: bson.TypeInt64, Value: bsoncore.AppendInt64(nil, n)}
}

func rawString(s string) bson.RawValue {
	return bson.RawValue{Type: bson.TypeString, Value: bsoncore.AppendString(nil, s)}
}

func rawBool(b bool) bson.RawValue {
	return bson.RawValue{Type: bson.TypeBoolean, Value: bsoncore.AppendBoolean(nil, b)}
}

func rawFloat(f float64) bson.RawValue {
	return bson.RawValue{Type: bson.TypeDouble, Value: bsoncore.AppendDouble(nil, f)}
}

func rawDecimal(p primitive.Decimal128) bson.RawValue {
	return bson.RawValue{Type: bson.TypeDecimal128, Value: bsoncore.AppendDecimal128(nil, p)}
}

// load reads a stored value. Its text lies in the document.
func load(v bsoncore.Value, t typ) (value.Value, error) {
	bad := func() (value.Value, error) {
		return value.Null, fmt.Errorf("mongo: a stored %s where type %d is wanted", v.Type, t.t)
	}
	if v.Type == bson.TypeNull {
		return value.Null, nil
	}
	switch t.rep {
	case rBool:
		if b, ok := v.BooleanOK(); ok {
			return value.Bool(b), nil
		}
	case rInt:
		if n, ok := v.AsInt64OK(); ok {
			return integer(n, t.t), nil
		}
	case rFloat:
		if f, ok := v.DoubleOK(); ok {
			return value.Float(f), nil
		}
	case rDecimal:
		if p, ok := v.Decimal128OK(); ok {
			if x := decimalValue(p, t.scale); !x.IsNull() {
				return x, nil
			}
		}
	case rNumber:
		if s, ok := text(v); ok {
			x, err := algebra.ParseNumber(s)
			return x.Rescale(t.scale), err
		}
	case rText:
		if s, ok := text(v); ok {
			return value.Text(s), nil
		}
	case rJSON:
		if s, ok := text(v); ok {
			return value.JSON(s), nil
		}
	case rBytes:
		if _, b, ok := v.BinaryOK(); ok {
			return value.Bytes(unsafe.String(unsafe.SliceData(b), len(b))), nil
		}
	case rList:
		if a, ok := v.ArrayOK(); ok {
			return loadList(a)
		}
	}
	return bad()
}

// text is the text of a BSON string, in place.
func text(v bsoncore.Value) (string, bool) {
	if v.Type != bson.TypeString || len(v.Data) < 5 {
		return "", false
	}
	b := v.Data[4 : len(v.Data)-1]
	return unsafe.String(unsafe.SliceData(b), len(b)), true
}

func integer(n int64, t driver.Type) value.Value {
	switch t {
	case driver.Date:
		return value.Date(n)
	case driver.Time:
		return value.Time(n)
	case driver.DateTime:
		return value.DateTime(n)
	case driver.Ref:
		return value.Ref(n)
	}
	return value.Int(n)
}

func loadList(a bsoncore.Array) (value.Value, error) {
	vals, err := a.Values()
	if err != nil {
		return value.Null, fmt.Errorf("mongo: a stored list: %w", err)
	}
	b := []byte{'['}
	for i, v := range vals {
		if i > 0 {
			b = append(b, ',')
		}
		if s, ok := text(v); ok {
			b = appendQuoted(b, s)
		} else if n, ok := v.AsInt64OK(); ok {
			b = value.Int(n).AppendDecimal(b)
		} else {
			return value.Null, fmt.Errorf("mongo: a %s in a stored list", v.Type)
		}
	}
	return value.List(string(append(b, ']'))), nil
}
