package mongo

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cockroachdb/apd/v3"
	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/x/bsonx/bsoncore"

	"github.com/tenon-platform/tenon/platform/store/algebra"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// randomNumber has up to digits digits, some of them after the point.
func randomNumber(t *testing.T, r *rand.Rand, digits int) value.Value {
	t.Helper()
	s := []byte("-")[r.IntN(2):]
	n := 1 + r.IntN(digits)
	point := r.IntN(n + 1)
	for i := range n {
		if i == point && i > 0 {
			s = append(s, '.')
		}
		s = append(s, byte('0'+r.IntN(10)))
	}
	v, err := value.ParseDecimal(string(s))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// plain reads an operand as it is, whatever the column's scale.
func plain(t *testing.T, o bson.RawValue, ty typ) value.Value {
	t.Helper()
	var v value.Value
	var err error
	if p, ok := o.Decimal128OK(); ok {
		v, err = value.ParseDecimal(p.String())
	} else {
		v, err = load(bsoncore.Value{Type: o.Type, Data: o.Value}, ty)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestDecimal128 holds the encoding to the driver's own.
func TestDecimal128(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 1))
	for range 5000 {
		v := randomNumber(t, r, decimal128Digits)
		var d apd.Decimal
		v.Apd(&d)
		p, ok := decimal128(&d)
		text := string(v.AppendDecimal(nil))
		if !ok {
			t.Fatalf("%s is not encoded", text)
		}
		if _, _, err := p.BigInt(); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		back, err := value.ParseDecimal(p.String())
		if err != nil || !value.Equal(back, v) {
			t.Fatalf("%s is encoded as %s (%v)", text, p, err)
		}
		if again := decimalValue(p, uint8(max(0, -d.Exponent))); again != v {
			t.Fatalf("%s is read as %+v", text, again)
		}
	}
	var d apd.Decimal
	value.Mul(value.Int(1<<62), value.Int(1<<62)).Apd(&d)
	if p, ok := decimal128(&d); ok {
		t.Errorf("38 digits are encoded as %s", p)
	}
}

// TestOperand holds operands to the algebra: what the server finds by comparing stored values with
// the operand is what comparing with the value itself gives.
func TestOperand(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 3))
	types := []typ{{t: driver.Int, rep: rInt}, {t: driver.Decimal, rep: rDecimal, scale: 2, digits: 18}, {t: driver.Decimal, rep: rDecimal, scale: 10, digits: 34},
		{t: driver.Decimal, rep: rNumber, scale: 10, digits: 38}, {t: driver.Float, rep: rFloat}}
	ops := []driver.CmpOp{driver.Eq, driver.Ne, driver.Lt, driver.Le, driver.Gt, driver.Ge}
	for range 40000 {
		ty, op := types[r.IntN(len(types))], ops[r.IntN(len(ops))]
		with := randomNumber(t, r, 1+r.IntN(38))
		stored := randomNumber(t, r, 1+r.IntN(12))
		if r.IntN(2) == 0 {
			stored = value.Round(with, r.IntN(4)) // near it
		}
		s, err := store(stored, ty)
		if err != nil {
			continue // too large for the column
		}
		have, err := load(bsoncore.Value{Type: s.Type, Data: s.Value}, ty)
		if err != nil {
			t.Fatal(err)
		}
		holds, err := algebra.Holds(op)
		if err != nil {
			t.Fatal(err)
		}
		o, f, err := operand(op, with, ty)
		if err != nil {
			t.Fatal(err)
		}
		got := f == always
		switch {
		case f != open:
		case ty.rep == rNumber:
			got = holds(strings.Compare(s.StringValue(), o.StringValue()))
		default:
			got = holds(value.Compare(have, plain(t, o, ty)))
		}
		if want := holds(value.Compare(have, with)); got != want {
			t.Fatalf("%s %s %s as type %+v: got %v (fate %d, operand %s), want %v", have.AppendDecimal(nil), op, with.AppendDecimal(nil), ty, got, f, o, want)
		}
	}
}
