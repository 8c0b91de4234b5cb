// Package code makes and reads codes that people type: random characters of an alphabet behind a
// prefix, and a check character that catches every single wrong character and nearly every pair of
// neighbours in the wrong order (Luhn's method modulo the size of the alphabet). Where codes are kept and what
// they are good for is the business of those that use it.
package code

import (
	"fmt"
	"io"
	"strings"
)

// Plain is an alphabet without characters that look alike: no 0, 1, I, L or O.
const Plain = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

// Limits of a Format.
const (
	MinAlphabet = 2
	MaxAlphabet = 64
	MaxLength   = 64 // random characters
	MaxPrefix   = 16
)

// Format is how codes of one kind look.
type Format struct {
	Prefix   string
	Alphabet string // ASCII, every character once; "": Plain
	Length   int    // random characters
	Check    bool   // one more character, computed from the others
}

// Valid says what is wrong with a format; nil when nothing is.
func (f Format) Valid() error {
	a := f.alphabet()
	switch {
	case len(a) < MinAlphabet || len(a) > MaxAlphabet:
		return fmt.Errorf("an alphabet has %d to %d characters", MinAlphabet, MaxAlphabet)
	case f.Length < 1 || f.Length > MaxLength:
		return fmt.Errorf("a code has 1 to %d random characters", MaxLength)
	case len(f.Prefix) > MaxPrefix:
		return fmt.Errorf("a prefix has at most %d characters", MaxPrefix)
	}
	for i, c := range []byte(a) {
		if !printable(c) || strings.IndexByte(a[:i], c) >= 0 {
			return fmt.Errorf("an alphabet has letters, digits and signs of ASCII, each once")
		}
	}
	for _, c := range []byte(f.Prefix) {
		if !printable(c) {
			return fmt.Errorf("a prefix has letters, digits and signs of ASCII")
		}
	}
	return nil
}

func printable(c byte) bool { return c > ' ' && c < 0x7f }

func (f Format) alphabet() string {
	if f.Alphabet == "" {
		return Plain
	}
	return f.Alphabet
}

// Size is the length of a whole code.
func (f Format) Size() int {
	n := len(f.Prefix) + f.Length
	if f.Check {
		n++
	}
	return n
}

// Space says whether there are at least n different codes.
func (f Format) Space(n int64) bool {
	have := int64(1)
	for range f.Length {
		if have *= int64(len(f.alphabet())); have >= n {
			return true
		}
	}
	return have >= n
}

// New makes a code from random bytes, every one as likely as any other.
func (f Format) New(random io.Reader) (string, error) {
	a := f.alphabet()
	out := make([]byte, 0, f.Size())
	out = append(out, f.Prefix...)
	fair := 256 - 256%len(a) // bytes from here on would favour the first characters
	var buf [32]byte
	for left := f.Length; left > 0; {
		if _, err := io.ReadFull(random, buf[:]); err != nil {
			return "", fmt.Errorf("make a code: %w", err)
		}
		for _, b := range buf {
			if int(b) < fair && left > 0 {
				out = append(out, a[int(b)%len(a)])
				left--
			}
		}
	}
	if f.Check {
		out = append(out, CheckCharacter(a, string(out)))
	}
	return string(out), nil
}

// Clean is a code as it was typed, as it is kept: without blanks, and in the case of the alphabet.
func (f Format) Clean(s string) string {
	s = strings.Join(strings.Fields(s), "")
	switch a := f.alphabet(); {
	case strings.ToUpper(a) == a && strings.ToUpper(f.Prefix) == f.Prefix:
		return strings.ToUpper(s)
	case strings.ToLower(a) == a && strings.ToLower(f.Prefix) == f.Prefix:
		return strings.ToLower(s)
	}
	return s
}

// Right says whether a clean code can be one of this format: its length, its characters, and its
// check character.
func (f Format) Right(s string) bool {
	body, ok := strings.CutPrefix(s, f.Prefix)
	if !ok || len(s) != f.Size() {
		return false
	}
	for _, c := range []byte(body) {
		if strings.IndexByte(f.alphabet(), c) < 0 {
			return false
		}
	}
	return !f.Check || Checked(f.alphabet(), s)
}

// Checked says whether the last character of a code is its check character.
func Checked(alphabet, s string) bool {
	return len(s) > 1 && CheckCharacter(alphabet, s[:len(s)-1]) == s[len(s)-1]
}

// CheckCharacter is the one that follows s by Luhn's method modulo the size of the alphabet: from
// the right, every other character is doubled. In an alphabet of even size the digits of a doubled
// one are added, as Luhn does; of odd size it is reduced modulo the size, as adding its digits would
// let wrong characters pass. Characters that the alphabet lacks, such as those of a prefix, do not
// count.
func CheckCharacter(alphabet, s string) byte {
	n := len(alphabet)
	sum, factor := 0, 2
	for i := len(s) - 1; i >= 0; i-- {
		at := strings.IndexByte(alphabet, s[i])
		if at < 0 {
			continue
		}
		x := factor * at
		if sum += x % n; n%2 == 0 {
			sum += x / n
		}
		factor = 3 - factor
	}
	return alphabet[(n-sum%n)%n]
}
