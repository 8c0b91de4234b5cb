package auth

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/value"
)

const (
	totpStep      = 30 // seconds
	totpDigits    = 6
	totpSkew      = 1 // steps that a clock may be early or late
	totpSecret    = 20
	recoveryCodes = 10
	totpPurpose   = "totp" // of the key that secrets are sealed with
)

// hotp is the one-time password of a counter, as RFC 4226 computes it with HMAC-SHA-1; RFC 6238
// counts the steps of time.
func hotp(secret []byte, counter int64, digits int) string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(counter))
	m := hmac.New(sha1.New, secret)
	m.Write(b[:])
	sum := m.Sum(nil)
	n := binary.BigEndian.Uint32(sum[sum[len(sum)-1]&15:]) & 0x7fffffff
	mod := uint32(1)
	for range digits {
		mod *= 10
	}
	return fmt.Sprintf("%0*d", digits, n%mod)
}

// stepOf finds the step of time whose code this is, among those near now and after the last one
// that was used; 0 when it is none of them. A code works once.
func stepOf(secret []byte, code string, now time.Time, used int64) int64 {
	at := now.Unix() / totpStep
	found := int64(0)
	for step := at - totpSkew; step <= at+totpSkew; step++ {
		same := subtle.ConstantTimeCompare([]byte(hotp(secret, step, totpDigits)), []byte(code)) == 1
		if same && step > used {
			found = step
		}
	}
	return found
}

var base32Text = base32.StdEncoding.WithPadding(base32.NoPadding)

// Enrolment is what an authenticator is set up with; it is shown this once.
type Enrolment struct {
	Secret string // base32
	URI    string // otpauth:, as authenticators read it from a QR code
}

// BeginTOTP makes a secret for the caller's authenticator. It counts from FinishTOTP on, when a code
// shows that the authenticator has it.
func (s *Service) BeginTOTP(ctx context.Context, who ident.Principal, password string) (*Enrolment, error) {
	if err := BySession(who); err != nil {
		return nil, err
	}
	if err := s.Confirm(ctx, who, password); err != nil {
		return nil, err
	}
	secret := make([]byte, totpSecret)
	if _, err := rand.Read(secret); err != nil {
		return nil, fmt.Errorf("make a secret: %w", err)
	}
	err := s.change(ctx, who.Name, func(tx store.Tx, l *Login) error {
		if l.TOTP {
			return errs.New(errs.InvalidState, "an authenticator is set up already", "已设置身份验证器")
		}
		sealed, err := s.Secrets.Seal(totpPurpose, idText(l.ID), secret)
		if err != nil {
			return err
		}
		return s.set(ctx, tx, l, []string{"totp", "totp_step"}, value.Text(sealed), value.Int(0))
	})
	if err != nil {
		return nil, err
	}
	text := base32Text.EncodeToString(secret)
	return &Enrolment{Secret: text, URI: "otpauth://totp/Tenon:" + url.PathEscape(who.Name) + "?issuer=Tenon&secret=" + text}, nil
}

// FinishTOTP asks for codes at sign-in from now on. It gives the recovery codes, each of which works
// once in place of one; they are shown this once.
func (s *Service) FinishTOTP(ctx context.Context, who ident.Principal, code string) (codes []string, err error) {
	if err := BySession(who); err != nil {
		return nil, err
	}
	address := addressOf(ctx)
	if err := s.failures.allowed(address, who.Name); err != nil {
		return nil, err
	}
	codes, digests, err := newRecovery()
	if err != nil {
		return nil, err
	}
	wrong := false
	err = s.change(ctx, who.Name, func(tx store.Tx, l *Login) error {
		if l.TOTP || l.totp == "" {
			return errs.New(errs.InvalidState, "begin to set up an authenticator first", "请先开始设置身份验证器")
		}
		secret, err := s.Secrets.Unseal(totpPurpose, idText(l.ID), l.totp)
		if err != nil {
			return err
		}
		step := stepOf(secret, code, s.Clock.Now(), l.totpStep)
		if wrong = step == 0; wrong {
			return wrongCode(errs.Forbidden)
		}
		if err := s.set(ctx, tx, l, []string{"totp_on", "totp_step", "recovery"}, value.Bool(true), value.Int(step), digests); err != nil {
			return err
		}
		return s.note(ctx, tx, audit.CodeEnabled, l.Name, nil)
	})
	if wrong {
		s.failures.add(address, who.Name)
	}
	return codes, err
}

func wrongCode(code errs.Code) error {
	return errs.New(code, "this code is wrong, or was used before", "验证码错误或已使用").On("code")
}

func newRecovery() (codes []string, digests value.Value, err error) {
	var stored []string
	for range recoveryCodes {
		b := make([]byte, 10)
		if _, err := rand.Read(b); err != nil {
			return nil, value.Null, fmt.Errorf("make recovery codes: %w", err)
		}
		text := strings.ToLower(base32Text.EncodeToString(b))
		codes = append(codes, text[:4]+"-"+text[4:8]+"-"+text[8:12]+"-"+text[12:])
		stored = append(stored, digest(text))
	}
	v, err := list(stored)
	return codes, v, err
}

func list(texts []string) (value.Value, error) {
	if texts == nil {
		texts = []string{}
	}
	b, err := json.Marshal(texts)
	return value.List(string(b)), err
}

// DisableTOTP asks for codes no more. It takes the password and a code: the session alone, or the
// authenticator alone, is not enough.
func (s *Service) DisableTOTP(ctx context.Context, who ident.Principal, password, code string) error {
	if err := BySession(who); err != nil {
		return err
	}
	if err := s.Confirm(ctx, who, password); err != nil {
		return err
	}
	wrong := false
	err := s.change(ctx, who.Name, func(tx store.Tx, l *Login) error {
		ok, _, err := s.spend(ctx, tx, l, code)
		if err != nil {
			return err
		}
		if wrong = !ok; wrong {
			return wrongCode(errs.Forbidden)
		}
		return s.forgetTOTP(ctx, tx, l)
	})
	if wrong {
		s.failures.add(addressOf(ctx), who.Name)
	}
	return err
}

// ResetTOTP takes somebody's authenticator away: for administrators, when it is lost.
func (s *Service) ResetTOTP(ctx context.Context, name string) error {
	return s.change(ctx, name, func(tx store.Tx, l *Login) error {
		if err := s.endSessions(ctx, tx, l, ""); err != nil {
			return err
		}
		return s.forgetTOTP(ctx, tx, l)
	})
}

func (s *Service) forgetTOTP(ctx context.Context, tx store.Tx, l *Login) error {
	none, err := list(nil)
	if err != nil {
		return err
	}
	if err := s.set(ctx, tx, l, []string{"totp", "totp_on", "totp_step", "recovery"}, value.Text(""), value.Bool(false), value.Int(0), none); err != nil {
		return err
	}
	return s.note(ctx, tx, audit.CodeDisabled, l.Name, nil)
}

// spend uses a code of a login's authenticator, or one of its recovery codes, up.
func (s *Service) spend(ctx context.Context, tx store.Tx, l *Login, code string) (ok, recovered bool, err error) {
	if !l.TOTP {
		return false, false, nil
	}
	code = strings.ToLower(strings.NewReplacer(" ", "", "-", "").Replace(clip(code)))
	if len(code) != totpDigits {
		i := slices.Index(l.recovery, digest(code))
		if i < 0 {
			return false, false, nil
		}
		left, err := list(slices.Delete(slices.Clone(l.recovery), i, i+1))
		if err != nil {
			return false, false, err
		}
		return true, true, s.set(ctx, tx, l, []string{"recovery"}, left)
	}
	secret, err := s.Secrets.Unseal(totpPurpose, idText(l.ID), l.totp)
	if err != nil {
		return false, false, fmt.Errorf("read the secret of %s: %w", l.Name, err)
	}
	step := stepOf(secret, code, s.Clock.Now(), l.totpStep)
	if step == 0 {
		return false, false, nil
	}
	cols, vals := []string{"totp_step"}, []value.Value{value.Int(step)}
	if !strings.HasPrefix(l.totp, s.Secrets.Current()+".") { // keys were rotated
		sealed, err := s.Secrets.Seal(totpPurpose, idText(l.ID), secret)
		if err != nil {
			return false, false, err
		}
		cols, vals = append(cols, "totp"), append(vals, value.Text(sealed))
	}
	return true, false, s.set(ctx, tx, l, cols, vals...)
}
