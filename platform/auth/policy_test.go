package auth

import (
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/errs"
)

func TestPolicy(t *testing.T) {
	for password, ok := range map[string]bool{
		"violet tram to the lake": true, "correct horse battery": true, "8gW-2kq.Zr": true, "紫色的电车开往湖边去吧": true, "annual meeting 7": true,
		"": false, "short": false, "九个字符的密码不够": false, "123456789": false, "1234567890": false, "0987654321": false, "abcdefghijk": false,
		"aaaaaaaaaa": false, "abababababab": false, "abcabcabcabc": false, "password2026": false, "Password!!!!": false, "P@ssw0rd1234": false,
		"12qwerty3456": false, "administrator": false, "iloveyou1314": false, "ann.smith123": false, "xxann.smith": false, "ann.smith and a whole sentence": true,
		strings.Repeat("long ", 51): true, strings.Repeat("long ", 52): false, "broken \xff text": false,
	} {
		err := checkPassword("Ann.Smith@example.com", password)
		if (err == nil) != ok || err != nil && errs.CodeOf(err) != errs.ValidationFail {
			t.Errorf("%q: %v", password, err)
		}
	}
}
