package httpd

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
)

// maxDrain is how much of a body that nobody reads is read and thrown away, in bytes, so that the
// client meets the answer and not a reset connection. After it the connection is closed.
const maxDrain = 16 << 20

// bodyReader reads the body of one request. It remembers the end, for behind it the next request
// begins, and with idle set it waits at most that long for each part.
type bodyReader struct {
	src  io.Reader // nil: there is no body
	conn net.Conn
	idle time.Duration
	end  error // what ended it

	behind [1]byte // is read into at the end, where nothing is
}

func newBodyReader(ctx *fasthttp.RequestCtx) *bodyReader {
	b := &bodyReader{src: ctx.RequestBodyStream(), conn: ctx.Conn()}
	if b.src == nil || ctx.Request.Header.ContentLength() == 0 {
		b.src, b.end = nil, io.EOF
	}
	return b
}

func (b *bodyReader) Read(p []byte) (int, error) {
	if b.end != nil {
		return 0, b.end
	}
	if b.idle > 0 {
		if err := b.conn.SetReadDeadline(clock.System{}.Now().Add(b.idle)); err != nil {
			b.end = brokenOff(err)
			return 0, b.end
		}
	}
	n, err := b.src.Read(p)
	switch {
	case err == nil, n > 0 && errors.Is(err, io.EOF):
		if err != nil {
			b.end = io.EOF
		}
		return n, nil
	case errors.Is(err, io.EOF):
		b.end = io.EOF
	case errors.Is(err, os.ErrDeadlineExceeded):
		b.end = errs.New(errs.Timeout, "the body did not arrive in time", "请求体未在限定时间内到达").Because(err).With("status", fasthttp.StatusRequestTimeout)
	default:
		b.end = brokenOff(err)
	}
	return n, b.end
}

func brokenOff(err error) error {
	return errs.New(errs.InvalidInput, "the body broke off", "请求体中断").Because(err)
}

// all reads a body of at most limit bytes, whatever length it claims to have.
func (b *bodyReader) all(length, limit int) ([]byte, error) {
	if length > limit {
		return nil, tooLarge(limit)
	}
	if length > 0 {
		return b.exactly(length)
	}
	buf := bytes.NewBuffer(nil)
	if _, err := buf.ReadFrom(io.LimitReader(b, int64(limit)+1)); err != nil {
		return nil, err
	}
	if buf.Len() > limit {
		return nil, tooLarge(limit)
	}
	return buf.Bytes(), nil
}

// exactly reads a body that says how long it is, and the end behind it.
func (b *bodyReader) exactly(length int) ([]byte, error) {
	whole := make([]byte, length)
	n, _ := io.ReadFull(b, whole) // what ended it is in b.end
	if b.end == nil {
		_, _ = b.Read(b.behind[:])
	}
	if b.end != nil && b.end != io.EOF {
		return nil, b.end
	}
	return whole[:n], nil
}

// drain reads what is left of the body and says whether that was all of it: only then may the
// connection carry another request.
func (b *bodyReader) drain() bool {
	if b.end == nil {
		// What ended it is in b.end.
		_, _ = io.CopyN(io.Discard, b, maxDrain)
	}
	return b.end == io.EOF
}

func tooLarge(limit int) error {
	return errs.New(errs.LimitExceeded, "the request is larger than %d bytes", "请求超过 %d 字节", limit).
		With("limit", limit).With("status", fasthttp.StatusRequestEntityTooLarge)
}

// twoLengths says whether headers give the body's length twice, in whatever form. Servers that
// disagree about where a request ends can be made to read its tail as a request of its own.
func twoLengths(raw []byte) bool {
	n := 0
	for len(raw) > 0 {
		line := raw
		if i := bytes.IndexByte(raw, '\n'); i >= 0 {
			line, raw = raw[:i], raw[i+1:]
		} else {
			raw = nil
		}
		name, _, ok := bytes.Cut(line, []byte{':'})
		if ok && (bytes.EqualFold(name, []byte("Content-Length")) || bytes.EqualFold(name, []byte("Transfer-Encoding"))) {
			n++
		}
	}
	return n > 1
}
