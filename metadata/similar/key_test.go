package similar_test

import (
	"math/rand/v2"
	"testing"

	"github.com/tenon-platform/tenon/metadata/similar"
)

// shares says whether two texts have one of the first keys in common.
func shares(a, b string, keys int64) bool {
	for n := range keys {
		if similar.Key(a, n) == similar.Key(b, n) {
			return true
		}
	}
	return false
}

// TestKey: the worked examples of rule N12 share one of four keys, texts without common pairs none.
func TestKey(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"深圳市大疆创新科技", "大疆创新科技深圳", true}, {"杭州海康威视数字技术", "海康威视数字技术", true}, {"小米", "小米", true}, {"小", "小", true},
		{"深圳市大疆创新科技", "杭州海康威视数字技术", false}, {"acme trading", "northwind", false},
	} {
		if got := shares(c.a, c.b, 4); got != c.want {
			t.Errorf("%q and %q: got %v", c.a, c.b, got)
		}
	}
	if similar.Key("", 1) != "" || similar.Key("aaaa", 1) != "aa" {
		t.Errorf("got %q and %q", similar.Key("", 1), similar.Key("aaaa", 1))
	}
}

// TestKeyFinds: of pairs of names whose Dice is 0.8 or more, four keys find most.
func TestKeyFinds(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	letters := []rune("天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳")
	alike, found, others, hit := 0, 0, 0, 0
	for range 20_000 {
		x := make([]rune, 6+r.IntN(6))
		for i := range x {
			x[i] = letters[r.IntN(len(letters))]
		}
		y := append([]rune{}, x...)
		y[r.IntN(len(y))] = letters[r.IntN(len(letters))]
		a, b := string(x), string(y)
		if similar.Dice(a, b) >= 8000 {
			alike++
			if shares(a, b, 4) {
				found++
			}
		}
		z := make([]rune, len(x))
		for i := range z {
			z[i] = letters[r.IntN(len(letters))]
		}
		others++
		if shares(a, string(z), 4) {
			hit++
		}
	}
	if alike < 1000 || found*100 < alike*85 || hit*1000 > others {
		t.Errorf("of %d alike %d are found; of %d others %d", alike, found, others, hit)
	}
}
