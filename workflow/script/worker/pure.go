package worker

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/tenon-platform/tenon/metadata/normalise"
	"github.com/tenon-platform/tenon/metadata/similar"
	"github.com/tenon-platform/tenon/platform/code"
	"github.com/tenon-platform/tenon/platform/value"
)

// pure are the functions of the platform that need nothing but their arguments, so that they are
// computed here. They take and give text and whole numbers.
var pure = map[string]func(args []string) (any, error){
	"dec": decimal, "cmp": compare, "fixed": fixed, "stats": statistic, "normalise": normalised, "similar": similarity, "codes": codes, "ladder": ladder,
}

var errDecimal = errors.New("this is no decimal")

func parseDecimal(s string) (value.Value, error) {
	v, err := value.ParseDecimal(s)
	if err != nil || v.IsNull() {
		return value.Null, errDecimal
	}
	return v, nil
}

// print is a number without the zeros that it ends with after the point; "" for null.
func print(v value.Value) string {
	if v.IsNull() {
		return ""
	}
	return string(v.AppendDecimal(nil))
}

func digitsOf(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < -38 || n > 38 {
		return 0, errors.New("the number of digits is a whole number from -38 to 38")
	}
	return n, nil
}

// decimal is (operation, a, b, digits); "" where there is no result.
func decimal(args []string) (any, error) {
	a, err := parseDecimal(args[1])
	if err != nil {
		return nil, err
	}
	if f := unary[args[0]]; f != nil {
		return print(f(a)), nil
	}
	if args[0] == "round" {
		n, err := digitsOf(args[3])
		if err != nil {
			return nil, err
		}
		return print(value.Round(a, n)), nil
	}
	b, err := parseDecimal(args[2])
	if err != nil {
		return nil, err
	}
	return print(binary[args[0]](a, b)), nil
}

var unary = map[string]func(a value.Value) value.Value{
	"": func(a value.Value) value.Value { return a }, "neg": value.Neg, "abs": value.Abs, "floor": value.Floor, "ceil": value.Ceil,
}

var binary = map[string]func(a, b value.Value) value.Value{
	"add": value.Add, "sub": value.Sub, "mul": value.Mul, "div": value.Div, "rem": value.Rem,
}

func compare(args []string) (any, error) {
	a, err := parseDecimal(args[0])
	if err != nil {
		return nil, err
	}
	b, err := parseDecimal(args[1])
	return value.Compare(a, b), err
}

// fixed is a number with as many digits after the point.
func fixed(args []string) (any, error) {
	a, err := parseDecimal(args[0])
	if err != nil {
		return nil, err
	}
	n, err := digitsOf(args[1])
	if err != nil || n < 0 {
		return nil, errors.New("the number of digits is a whole number from 0 to 38")
	}
	return string(value.Round(a, n).Rescale(uint8(n)).AppendDecimal(nil)), nil
}

func normalised(args []string) (any, error) { return normalise.Find(args[0])(args[1]), nil }

// similarity is a score as a decimal of four digits: "0.8333".
func similarity(args []string) (any, error) {
	a, b := args[1], args[2]
	var s similar.Score
	switch args[0] {
	case "exact":
		s = similar.Exact(a, b)
	case "prefix":
		n, err := strconv.Atoi(args[3])
		if err != nil || n < 1 {
			return nil, errors.New("a prefix has at least one character")
		}
		s = similar.Prefix(a, b, n)
	case "dice":
		s = similar.Dice(a, b)
	case "levenshtein":
		s = similar.Levenshtein(a, b)
	default:
		s = similar.JaroWinkler(a, b)
	}
	return string(value.Decimal(int64(s), 4).AppendDecimal(nil)), nil
}

// codes is (function, text, format as JSON).
func codes(args []string) (any, error) {
	var f struct {
		Prefix   string `json:"prefix"`
		Alphabet string `json:"alphabet"`
		Length   int    `json:"length"`
		Check    bool   `json:"check"`
	}
	if err := json.Unmarshal([]byte(args[2]), &f); err != nil {
		return nil, errors.New("this is no format of codes")
	}
	format := code.Format{Prefix: f.Prefix, Alphabet: f.Alphabet, Length: f.Length, Check: f.Check}
	if err := format.Valid(); err != nil {
		return nil, fmt.Errorf("this is no format of codes: %w", err)
	}
	clean := format.Clean(args[1])
	if args[0] == "clean" {
		return clean, nil
	}
	return format.Right(clean), nil
}
