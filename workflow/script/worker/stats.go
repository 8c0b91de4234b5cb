package worker

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/cockroachdb/apd/v3"

	"github.com/tenon-platform/tenon/platform/value"
)

// maxSample is how many numbers one call may summarise.
const maxSample = 10_000

// statistic is (name, list of decimals as JSON, quantile). Of an empty list all but the sum is "".
// Variance and deviation are those of a sample: divided by n−1.
func statistic(args []string) (any, error) {
	var texts []string
	if err := json.Unmarshal([]byte(args[1]), &texts); err != nil {
		return nil, errDecimal
	}
	if len(texts) > maxSample {
		return nil, fmt.Errorf("at most %d numbers can be summarised", maxSample)
	}
	xs := make([]value.Value, len(texts))
	for i, s := range texts {
		v, err := parseDecimal(s)
		if err != nil {
			return nil, err
		}
		xs[i] = v
	}
	sum := value.Int(0)
	for _, x := range xs {
		sum = value.Add(sum, x)
	}
	n := value.Int(int64(len(xs)))
	switch args[0] {
	case "sum":
		return print(sum), nil
	case "mean":
		return print(value.Div(sum, n)), nil
	case "variance":
		return print(variance(xs, value.Div(sum, n))), nil
	case "deviation":
		return print(root(variance(xs, value.Div(sum, n)))), nil
	}
	slices.SortFunc(xs, value.Compare)
	switch {
	case args[0] == "quantile":
		q, err := parseDecimal(args[2])
		if err != nil || value.Compare(q, value.Int(0)) < 0 || value.Compare(q, value.Int(1)) > 0 {
			return nil, errors.New("a quantile lies between 0 and 1")
		}
		return print(quantile(xs, q)), nil
	case len(xs) == 0:
		return "", nil
	case args[0] == "min":
		return print(xs[0]), nil
	case args[0] == "max":
		return print(xs[len(xs)-1]), nil
	}
	return print(quantile(xs, value.Decimal(5, 1))), nil // median
}

func variance(xs []value.Value, mean value.Value) value.Value {
	if len(xs) < 2 {
		return value.Null
	}
	sum := value.Int(0)
	for _, x := range xs {
		d := value.Sub(x, mean)
		sum = value.Add(sum, value.Mul(d, d))
	}
	return value.Div(sum, value.Int(int64(len(xs)-1)))
}

func root(v value.Value) value.Value {
	if v.IsNull() {
		return v
	}
	var d, r apd.Decimal
	if _, err := value.Context().Sqrt(&r, v.Apd(&d)); err != nil {
		return value.Null
	}
	r.Reduce(&r)
	return value.FromApd(&r)
}

// quantile is the value at the place q·(n−1), between two numbers in proportion (type 7 of Hyndman
// and Fan).
func quantile(xs []value.Value, q value.Value) value.Value {
	if len(xs) == 0 {
		return value.Null
	}
	at := value.Mul(q, value.Int(int64(len(xs)-1)))
	low := value.Floor(at)
	i := int(low.Int())
	if i+1 >= len(xs) {
		return xs[len(xs)-1]
	}
	return value.Add(xs[i], value.Mul(value.Sub(at, low), value.Sub(xs[i+1], xs[i])))
}
