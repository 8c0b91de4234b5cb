package auth

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/tenon-platform/tenon/platform/errs"
)

const (
	minPassword = 10  // characters
	maxPassword = 256 // bytes
)

//go:embed common.txt
var commonText string

// common are words that many passwords consist of.
var common = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(commonText) {
		out[w] = true
	}
	return out
})

// checkPassword holds a new password against the policy. It asks for length, not for kinds of
// characters, as NIST SP 800-63B does, and refuses what is guessed first: common passwords, also
// with digits and signs around them, the login name, one character or one run over and over.
func checkPassword(login, password string) error {
	bad := func(en, zh string, args ...any) error {
		return errs.New(errs.ValidationFail, en, zh, args...).On("password")
	}
	if !utf8.ValidString(password) || utf8.RuneCountInString(password) < minPassword || len(password) > maxPassword {
		return bad("a password has at least %d characters and at most %d bytes", "密码至少 %d 个字符，至多 %d 字节", minPassword, maxPassword)
	}
	folded := strings.ToLower(password)
	core := strings.TrimFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) })
	name, _, _ := strings.Cut(loginName(login), "@")
	switch {
	case len(name) >= 3 && strings.Contains(folded, name) && len(folded)-len(name) < minPassword:
		return bad("the password is made of the login name", "密码不能由登录名构成")
	case common()[folded], common()[core], common()[plainLetters(core)], monotone(folded):
		return bad("this password is too common", "密码过于常见")
	}
	return nil
}

// plainLetters undoes the usual replacements of letters.
func plainLetters(s string) string {
	return strings.NewReplacer("0", "o", "1", "l", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i").Replace(s)
}

// monotone says whether a text is one character, or one short run, over and over, or counts up or
// down all along.
func monotone(s string) bool {
	rs := []rune(s)
	up, down := true, true
	for i := 1; i < len(rs); i++ {
		up = up && (rs[i] == rs[i-1]+1 || rs[i-1] == '9' && rs[i] == '0')
		down = down && (rs[i] == rs[i-1]-1 || rs[i-1] == '0' && rs[i] == '9')
	}
	if up || down {
		return true
	}
	for n := 1; n <= 3; n++ {
		same := true
		for i := n; i < len(rs); i++ {
			same = same && rs[i] == rs[i-n]
		}
		if same {
			return true
		}
	}
	return false
}
