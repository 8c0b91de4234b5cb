package connect

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"time"

	"github.com/tenon-platform/tenon/platform/diag"
)

// Kind is why a call went wrong.
type Kind string

const (
	Credentials   Kind = "CREDENTIALS"   // the other system does not know us
	TimedOut      Kind = "TIMEOUT"       // it took longer than the connection allows
	Throttled     Kind = "THROTTLED"     // it asks to come back later
	TooLarge      Kind = "TOO_LARGE"     // its answer is longer than the connection allows
	Blocked       Kind = "BLOCKED"       // the address may not be called
	Insecure      Kind = "TLS"           // its certificate is not good
	Unreachable   Kind = "UNREACHABLE"   // nobody answers there
	Broken        Kind = "BROKEN"        // it failed, or does not speak as it should
	Rejected      Kind = "REJECTED"      // it will not take this message
	Cancelled     Kind = "CANCELLED"     // we stopped
	Misconfigured Kind = "MISCONFIGURED" // something is missing on our side
)

var kindTexts = map[Kind]diag.Text{
	Credentials:   {En: "the other system refuses our credentials", Zh: "对方拒绝了我们的凭据"},
	TimedOut:      {En: "the other system did not answer in time", Zh: "对方未在时限内应答"},
	Throttled:     {En: "the other system asks to come back later", Zh: "对方要求稍后重试"},
	TooLarge:      {En: "the answer is longer than the connection allows", Zh: "应答超过连接允许的长度"},
	Blocked:       {En: "the connection does not allow calling this address", Zh: "连接不允许访问该地址"},
	Insecure:      {En: "the certificate of the other system is not good", Zh: "对方证书无效"},
	Unreachable:   {En: "nobody answers at the address", Zh: "该地址无法连接"},
	Broken:        {En: "the other system failed", Zh: "对方发生错误"},
	Rejected:      {En: "the other system does not take this message", Zh: "对方不接受此消息"},
	Cancelled:     {En: "the call was stopped", Zh: "调用已取消"},
	Misconfigured: {En: "something is missing that the connection needs", Zh: "连接缺少所需配置"},
}

// Text says what a kind means.
func (k Kind) Text() diag.Text { return kindTexts[k] }

// Again says whether trying once more may help.
func (k Kind) Again() bool {
	switch k {
	case Rejected, TooLarge, Blocked:
		return false
	}
	return true
}

// Fault is a call that went wrong. Nothing in it is a secret: it is kept and shown to administrators.
type Fault struct {
	Kind   Kind
	Status int           // of HTTP; 0: none
	After  time.Duration // how long the other system asks us to wait; 0: it does not say
	Detail string        // what it said, or which thing is missing
}

func (f *Fault) Error() string {
	s := "connect: " + f.Kind.Text().En
	if f.Status != 0 {
		s += fmt.Sprintf(" (HTTP %d)", f.Status)
	}
	if f.Detail != "" {
		s += ": " + f.Detail
	}
	return s
}

// Busy says that a call was not made, because there were as many as the connection allows.
type Busy struct{ After time.Duration }

func (b *Busy) Error() string { return "connect: the connection is called as often as it allows" }

// Faultf makes a fault. The detail is cut to what is worth keeping.
func Faultf(k Kind, format string, args ...any) *Fault {
	return &Fault{Kind: k, Detail: cut(fmt.Sprintf(format, args...))}
}

const maxDetail = 300

func cut(s string) string {
	if r := []rune(s); len(r) > maxDetail {
		return string(r[:maxDetail]) + "…"
	}
	return s
}

// FaultOf finds the fault in an error, or makes one of what the network said. Addresses with what stands
// behind them are left out, as there may be tokens in them.
func FaultOf(ctx context.Context, err error) *Fault {
	var f *Fault
	if err == nil || errors.As(err, &f) {
		return f
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	var op *net.OpError
	var dns *net.DNSError
	var record tls.RecordHeaderError
	var verify *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var timeout net.Error
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return &Fault{Kind: Cancelled}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return &Fault{Kind: TimedOut}
	case errors.As(err, &record), errors.As(err, &verify), errors.As(err, &unknown), errors.As(err, &host):
		return &Fault{Kind: Insecure}
	case errors.As(err, &dns):
		return Faultf(Unreachable, "the host is not known")
	case errors.As(err, &op) && op.Op != "dial": // it was there, and has broken off
		return Faultf(Broken, "%v", op.Err)
	case errors.As(err, &op):
		return Faultf(Unreachable, "%v", op.Err)
	}
	return &Fault{Kind: Broken}
}
