package code_test

import (
	"crypto/rand"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/code"
)

// TestCheckCharacter: with digits it is Luhn's check digit; the six-letter example is Wikipedia's
// of the method modulo N.
func TestCheckCharacter(t *testing.T) {
	for _, c := range []struct {
		alphabet, body string
		want           byte
	}{
		{"0123456789", "7992739871", '3'}, {"0123456789", "411111111111111", '1'}, {"0123456789", "0", '0'},
		{"abcdef", "abcdef", 'e'},
	} {
		if got := code.CheckCharacter(c.alphabet, c.body); got != c.want {
			t.Errorf("%s: %c, want %c", c.body, got, c.want)
		}
		if !code.Checked(c.alphabet, c.body+string(c.want)) || code.Checked(c.alphabet, c.body+string(other(c.alphabet, c.want))) {
			t.Errorf("%s: the check is wrong", c.body)
		}
	}
}

func other(alphabet string, c byte) byte {
	return alphabet[(strings.IndexByte(alphabet, c)+1)%len(alphabet)]
}

// TestEveryWrongCharacterIsCaught also tells how many swapped neighbours are.
func TestEveryWrongCharacterIsCaught(t *testing.T) {
	swaps, caught := 0, 0
	for n := range 300 {
		f := code.Format{Prefix: "SP-", Length: 10, Check: true, Alphabet: code.Plain[n%2:]} // of odd and even size
		s := generate(t, f)
		if !f.Right(s) || len(s) != 14 || !strings.HasPrefix(s, "SP-") {
			t.Fatalf("%s is not right", s)
		}
		for i := 3; i < len(s); i++ {
			for _, c := range []byte(code.Plain) {
				if wrong := s[:i] + string(c) + s[i+1:]; c != s[i] && f.Right(wrong) {
					t.Fatalf("%s passes for %s", wrong, s)
				}
			}
			if i+1 < len(s) && s[i] != s[i+1] {
				swaps++
				if !f.Right(s[:i] + string(s[i+1]) + string(s[i]) + s[i+2:]) {
					caught++
				}
			}
		}
	}
	if caught*100 < swaps*99 {
		t.Errorf("%d of %d swapped neighbours are caught", caught, swaps)
	}
}

func generate(t *testing.T, f code.Format) string {
	t.Helper()
	s, err := f.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestBulk: a hundred thousand codes are distinct, and every character is used alike.
func TestBulk(t *testing.T) {
	f := code.Format{Length: 10, Check: true}
	seen, count := map[string]bool{}, map[byte]int{}
	for len(seen) < 100_000 {
		s := generate(t, f)
		if seen[s] {
			t.Fatalf("%s came twice", s) // of 31^10
		}
		seen[s] = true
		for i := range f.Length {
			count[s[i]]++
		}
	}
	for _, c := range []byte(code.Plain) {
		if want := 1_000_000 / len(code.Plain); count[c] < want*95/100 || count[c] > want*105/100 {
			t.Errorf("%c came %d times, about %d expected", c, count[c], want)
		}
	}
}

func TestClean(t *testing.T) {
	f := code.Format{Prefix: "SP-", Length: 4}
	for in, want := range map[string]string{" sp-ab2d ": "SP-AB2D", "SP- AB 2D": "SP-AB2D"} {
		if got := f.Clean(in); got != want || !f.Right(got) {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := (code.Format{Alphabet: "abAB", Length: 2}).Clean("aB"); got != "aB" {
		t.Error(got)
	}
	for _, bad := range []string{"SP-AB2", "SP-AB2DD", "XX-AB2D", "SP-AB0D", ""} {
		if f.Right(bad) {
			t.Errorf("%q is right", bad)
		}
	}
}

func TestValid(t *testing.T) {
	for _, bad := range []code.Format{{}, {Length: 65}, {Length: 4, Alphabet: "A"}, {Length: 4, Alphabet: "ABA"}, {Length: 4, Alphabet: "AÄ"}, {Length: 4, Prefix: "a b"}, {Length: 4, Prefix: strings.Repeat("x", 17)}} {
		if bad.Valid() == nil {
			t.Errorf("%+v is valid", bad)
		}
	}
	f := code.Format{Alphabet: "01", Length: 3}
	if err := f.Valid(); err != nil || !f.Space(8) || f.Space(9) {
		t.Error(err)
	}
}
