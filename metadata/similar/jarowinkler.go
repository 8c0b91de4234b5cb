package similar

// Of Winkler's measure: how many characters at the beginning count in favour, and how much each
// does, as 1/boost.
const (
	maxCommon = 4
	boost     = 10
)

// JaroWinkler is the measure of Jaro, raised for texts that begin alike as Winkler does:
// J + l·0.1·(1−J), where l of at most 4 characters at the beginning are the same.
//
// J is the mean of m/|a|, m/|b| and (m−t)/m, where m characters match (they are equal and no
// further apart than half the longer text's length less 1) and t is half the number of those
// that match in another order. Without a match it is 0; two empty texts are equal. Which of
// several characters matches can depend on the text that is read first; it is always the shorter
// one, so that the order of the texts does not matter.
func JaroWinkler(a, b string) Score {
	x, y := runes(a, maxSquare), runes(b, maxSquare)
	if len(x) > len(y) || len(x) == len(y) && a > b {
		x, y = y, x
	}
	if len(x) == 0 && len(y) == 0 {
		return One
	}
	m, moved := matches(x, y)
	if m == 0 {
		return 0
	}
	// As a fraction: (2·m·m·|b| + 2·m·m·|a| + (2·m−moved)·|a|·|b|) / (6·m·|a|·|b|), where moved = 2·t.
	num := 2*m*m*(len(x)+len(y)) + (2*m-moved)*len(x)*len(y)
	den := 6 * m * len(x) * len(y)
	l := common(x, y)
	return ratio(boost*num+l*(den-num), boost*den)
}

// matches counts the characters that match, and those of them that match in another order.
func matches(x, y []rune) (m, moved int) {
	reach := max(max(len(x), len(y))/2-1, 0)
	taken := make([]bool, len(y))
	var inX []rune
	for i, r := range x {
		for j := max(0, i-reach); j < min(len(y), i+reach+1); j++ {
			if !taken[j] && y[j] == r {
				taken[j] = true
				inX = append(inX, r)
				break
			}
		}
	}
	for j, r := range y {
		if taken[j] {
			if inX[m] != r {
				moved++
			}
			m++
		}
	}
	return m, moved
}

func common(x, y []rune) int {
	n := 0
	for n < min(len(x), len(y), maxCommon) && x[n] == y[n] {
		n++
	}
	return n
}
