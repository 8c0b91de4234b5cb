package auth

import (
	"testing"
	"time"
)

// TestHOTP holds the passwords of RFC 6238, appendix B, for HMAC-SHA-1.
func TestHOTP(t *testing.T) {
	for at, want := range map[int64]string{59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130"} {
		if got := hotp([]byte("12345678901234567890"), at/totpStep, 8); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
	}
}

func TestStepOf(t *testing.T) {
	secret := []byte("12345678901234567890")
	now := time.Unix(59, 0)
	code := hotp(secret, 1, totpDigits)
	for _, c := range []struct {
		name string
		code string
		now  time.Time
		used int64
		want int64
	}{
		{"now", code, now, 0, 1}, {"a step late", code, now.Add(30 * time.Second), 0, 1}, {"two steps late", code, now.Add(60 * time.Second), 0, 0},
		{"used", code, now, 1, 0}, {"before the last used", code, now, 2, 0}, {"empty", "", now, 0, 0}, {"longer", code + "0", now, 0, 0}, {"shorter", code[:5], now, 0, 0},
	} {
		if got := stepOf(secret, c.code, c.now, c.used); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
