// Package similar tells how alike two texts are, by the measures that duplicate rules and
// expressions name. It works on characters, not bytes, and with whole numbers alone, so that a
// score is the same everywhere. Texts are compared as they are: what should not matter, such as
// upper and lower case, is taken away first, by metadata/normalise.
package similar

// Score is how alike two texts are, in ten-thousandths: 0 for nothing in common, One for equal.
type Score int

// One is the score of equal texts.
const One Score = 10_000

// MaxRunes is how many characters of a text are looked at. Levenshtein and JaroWinkler take time
// that grows with the square of the length, and look at the first maxSquare.
const (
	MaxRunes  = 1000
	maxSquare = 250
)

// ratio is num/den as a score, rounded half-up.
func ratio(num, den int) Score { return Score((2*num*int(One) + den) / (2 * den)) }

func whether(yes bool) Score {
	if yes {
		return One
	}
	return 0
}

// runes are the first characters of a text.
func runes(s string, most int) []rune {
	if len(s) <= most {
		return []rune(s)
	}
	out := make([]rune, 0, most)
	for _, r := range s {
		if len(out) == most {
			break
		}
		out = append(out, r)
	}
	return out
}

// Exact is whether two texts are equal.
func Exact(a, b string) Score { return whether(a == b) }

// Prefix is whether two texts begin with the same n characters; a shorter text must be equal to
// the other.
func Prefix(a, b string, n int) Score {
	x, y := runes(a, n), runes(b, n)
	if len(x) < n || len(y) < n {
		return Exact(a, b)
	}
	return Exact(string(x), string(y))
}

// Dice is the coefficient of Sørensen and Dice over the pairs of neighbouring characters, as often
// as they occur: 2·|A∩B| / (|A|+|B|). Texts without a pair are alike when they are equal.
func Dice(a, b string) Score {
	x, y := runes(a, MaxRunes), runes(b, MaxRunes)
	total := max(len(x)-1, 0) + max(len(y)-1, 0)
	if total == 0 {
		return whether(string(x) == string(y))
	}
	open := make(map[[2]rune]int, len(x))
	for i := 1; i < len(x); i++ {
		open[[2]rune{x[i-1], x[i]}]++
	}
	common := 0
	for i := 1; i < len(y); i++ {
		p := [2]rune{y[i-1], y[i]}
		if open[p] > 0 {
			open[p]--
			common++
		}
	}
	return ratio(2*common, total)
}

// Levenshtein is 1 less the share of the longer text's characters that must be added, taken away
// or replaced to make one text of the other: 1 − distance / length.
func Levenshtein(a, b string) Score {
	x, y := runes(a, maxSquare), runes(b, maxSquare)
	longer := max(len(x), len(y))
	if longer == 0 {
		return One
	}
	return ratio(longer-distance(x, y), longer)
}

// distance is the least number of single-character edits between two texts.
func distance(x, y []rune) int {
	row := make([]int, len(y)+1) // of the edits from what was read of x to each beginning of y
	for j := range row {
		row[j] = j
	}
	for i, r := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j, q := range y {
			replaced := diagonal
			if r != q {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, diagonal+1, row[j]+1)
		}
	}
	return row[len(y)]
}
