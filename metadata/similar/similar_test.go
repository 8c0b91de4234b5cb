package similar_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/metadata/similar"
)

type measure struct {
	name string
	of   func(a, b string) similar.Score
}

func measures() []measure {
	return []measure{{"exact", similar.Exact}, {"prefix 3", func(a, b string) similar.Score { return similar.Prefix(a, b, 3) }},
		{"dice", similar.Dice}, {"levenshtein", similar.Levenshtein}, {"jaro_winkler", similar.JaroWinkler}}
}

func TestScores(t *testing.T) {
	by := map[string]func(a, b string) similar.Score{}
	for _, m := range measures() {
		by[m.name] = m.of
	}
	for _, c := range []struct {
		by, a, b string
		want     similar.Score
	}{
		{"exact", "a", "a", 10000}, {"exact", "a", "A", 0}, {"exact", "", "", 10000},
		{"prefix 3", "大疆创新", "大疆创科", 10000}, {"prefix 3", "大疆创新", "大疆科技", 0}, {"prefix 3", "ab", "ab", 10000}, {"prefix 3", "ab", "abc", 0},
		// rule N12
		{"dice", "深圳市大疆创新科技", "大疆创新科技深圳", 8000}, {"dice", "杭州海康威视数字技术", "海康威视数字技术", 8750},
		{"dice", "night", "nacht", 2500}, {"dice", "aaaa", "aa", 5000}, {"dice", "a", "a", 10000}, {"dice", "a", "b", 0}, {"dice", "a", "ab", 0}, {"dice", "", "", 10000},
		{"levenshtein", "kitten", "sitting", 5714}, {"levenshtein", "大疆创新", "大江创新", 7500}, {"levenshtein", "", "abc", 0}, {"levenshtein", "abc", "abc", 10000},
		{"levenshtein", "flaw", "lawn", 5000},
		// of Winkler's own table
		{"jaro_winkler", "MARTHA", "MARHTA", 9611}, {"jaro_winkler", "DWAYNE", "DUANE", 8400}, {"jaro_winkler", "DIXON", "DICKSONX", 8133},
		{"jaro_winkler", "JONES", "JOHNSON", 8324}, {"jaro_winkler", "ABROMS", "ABRAMS", 9222}, {"jaro_winkler", "李小明", "李晓明", 8000},
		{"jaro_winkler", "abc", "xyz", 0}, {"jaro_winkler", "", "", 10000}, {"jaro_winkler", "", "a", 0}, {"jaro_winkler", "a", "a", 10000},
	} {
		if got := by[c.by](c.a, c.b); got != c.want {
			t.Errorf("%s of %q and %q: got %d, want %d", c.by, c.a, c.b, got, c.want)
		}
	}
}

// word is a random text over few characters, so that texts have something in common.
func word(r *rand.Rand) string {
	letters := []rune("abc中文公司 ")
	out := make([]rune, r.IntN(12))
	for i := range out {
		out[i] = letters[r.IntN(len(letters))]
	}
	return string(out)
}

func TestProperties(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		a, b := word(r), word(r)
		for _, m := range measures() {
			ab, ba, aa := m.of(a, b), m.of(b, a), m.of(a, a)
			if ab != ba {
				t.Fatalf("%s of %q and %q is %d, the other way round %d", m.name, a, b, ab, ba)
			}
			if ab < 0 || ab > similar.One || aa != similar.One {
				t.Fatalf("%s of %q and %q is %d, of the first and itself %d", m.name, a, b, ab, aa)
			}
			if a != b && ab == similar.One && m.name != "prefix 3" && m.name != "dice" {
				t.Fatalf("%s: %q and %q are told to be equal", m.name, a, b)
			}
		}
	}
}

// TestAgainstDefinitions compares with the formulas as they are written down, in floating point
// and by recursion.
func TestAgainstDefinitions(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	near := func(name, a, b string, got similar.Score, want float64) {
		if math.Abs(float64(got)-want*float64(similar.One)) > 0.51 {
			t.Fatalf("%s of %q and %q: got %d, want %f", name, a, b, got, want)
		}
	}
	for range 3000 {
		a, b := word(r), word(r)
		x, y := []rune(a), []rune(b)
		if len(x)+len(y) > 0 {
			near("levenshtein", a, b, similar.Levenshtein(a, b), 1-float64(edits(x[:min(6, len(x))], y[:min(6, len(y))], x, y))/float64(max(len(x), len(y))))
		}
		if len(x) > 1 && len(y) > 1 {
			near("dice", a, b, similar.Dice(a, b), dice(x, y))
		}
	}
}

// edits is the distance, by its recursive definition when the texts are short.
func edits(shortX, shortY, x, y []rune) int {
	if len(x) == len(shortX) && len(y) == len(shortY) {
		return recursive(x, y)
	}
	memo := map[[2]int]int{}
	var of func(i, j int) int
	of = func(i, j int) int {
		if i == 0 || j == 0 {
			return i + j
		}
		if n, ok := memo[[2]int{i, j}]; ok {
			return n
		}
		n := min(of(i-1, j)+1, of(i, j-1)+1)
		if x[i-1] == y[j-1] {
			n = min(n, of(i-1, j-1))
		} else {
			n = min(n, of(i-1, j-1)+1)
		}
		memo[[2]int{i, j}] = n
		return n
	}
	return of(len(x), len(y))
}

func recursive(x, y []rune) int {
	switch {
	case len(x) == 0:
		return len(y)
	case len(y) == 0:
		return len(x)
	case x[0] == y[0]:
		return recursive(x[1:], y[1:])
	}
	return 1 + min(recursive(x[1:], y), recursive(x, y[1:]), recursive(x[1:], y[1:]))
}

func dice(x, y []rune) float64 {
	left := map[string]int{}
	for i := range len(x) - 1 {
		left[string(x[i:i+2])]++
	}
	n := 0
	for i := range len(y) - 1 {
		if p := string(y[i : i+2]); left[p] > 0 {
			left[p]--
			n++
		}
	}
	return 2 * float64(n) / float64(len(x)+len(y)-2)
}

func TestLongTexts(t *testing.T) {
	long := strings.Repeat("长文本", 200_000)
	for _, m := range measures() {
		if got := m.of(long, long+"x"); got != similar.One && m.name != "exact" {
			t.Errorf("%s looks past the first characters: %d", m.name, got)
		}
		if got := m.of("\xff\xfe", "\xff"); got < 0 || got > similar.One {
			t.Errorf("%s of broken text: %d", m.name, got)
		}
	}
}

func BenchmarkMeasures(b *testing.B) {
	for _, m := range measures() {
		b.Run(m.name, func(b *testing.B) {
			for range b.N {
				m.of("深圳市大疆创新科技", "大疆创新科技深圳")
			}
		})
	}
}
