package value

import "testing"

func TestAppendDecimal(t *testing.T) {
	for _, c := range []struct {
		v    Value
		want string
	}{
		{Decimal(1230, 2), "12.30"}, {Decimal(-5, 2), "-0.05"}, {Decimal(0, 2), "0.00"}, {Int(7), "7"},
		{Decimal(-9223372036854775808, 2), "-92233720368547758.08"}, {Decimal(100, 2), "1.00"},
		{Decimal(12345, 3).Rescale(2), "12.35"}, {Decimal(-12345, 3).Rescale(2), "-12.35"},
	} {
		if got := string(c.v.AppendDecimal(nil)); got != c.want {
			t.Errorf("%+v: got %s, want %s", c.v, got, c.want)
		}
	}
}
