package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync/atomic"
	"time"
)

// worker is one connection.
type worker struct {
	conn net.Conn
	buf  []byte

	requests, failures, bytes int64
	failure                   string
	latency                   histogram
	err                       error
}

// maxAnswer bounds an answer, in bytes.
const maxAnswer = 1 << 20

func newWorker(c net.Conn) *worker { return &worker{conn: c, buf: make([]byte, maxAnswer)} }

func (w *worker) run(ctx context.Context, o *Options, next *atomic.Int64, until time.Time) {
	sent := time.Now()
	if w.err = w.conn.SetDeadline(until.Add(30 * time.Second)); w.err != nil {
		return
	}
	for sent.Before(until) && ctx.Err() == nil {
		i := int(next.Add(1) - 1)
		if o.Once && i >= len(o.Requests) {
			return
		}
		i %= len(o.Requests)
		if _, w.err = w.conn.Write(o.Requests[i]); w.err != nil {
			return
		}
		have, err := w.answer()
		if w.err = err; err != nil {
			return
		}
		if o.Keep != nil {
			o.Keep(i, w.buf[:have])
		}
		now := time.Now()
		w.latency.add(now.Sub(sent))
		sent = now
	}
}

// answer reads one answer, counts it and gives its length.
func (w *worker) answer() (have int, err error) {
	for size := 0; size == 0 || have < size; {
		n, err := w.conn.Read(w.buf[have:])
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return 0, err
		}
		if have += n; size == 0 {
			if size, err = sizeOf(w.buf[:have]); err != nil {
				return 0, err
			}
		}
	}
	w.requests++
	w.bytes += int64(have)
	if bad(w.buf[:have]) {
		if w.failures++; w.failure == "" {
			w.failure = string(w.buf[:min(have, 2000)])
		}
	}
	return have, nil
}

var (
	headEnd   = []byte("\r\n\r\n")
	lengthKey = []byte("\r\nContent-Length: ")
	status200 = []byte("HTTP/1.1 200 ")
	errorsKey = []byte(`"errors":[`)
)

// sizeOf is the length of a whole answer, head and body, of which b is the beginning; 0 when b does
// not hold the whole head.
func sizeOf(b []byte) (int, error) {
	end := bytes.Index(b, headEnd)
	if end < 0 {
		if len(b) == maxAnswer {
			return 0, errors.New("an answer's head does not end")
		}
		return 0, nil
	}
	_, rest, ok := bytes.Cut(b[:end+2], lengthKey)
	if !ok {
		return 0, fmt.Errorf("an answer without Content-Length: %.200q", b)
	}
	n, err := strconv.Atoi(string(rest[:bytes.IndexByte(rest, '\r')]))
	if err != nil || n < 0 || n > maxAnswer-end-len(headEnd) {
		return 0, fmt.Errorf("an answer's length is %.20q", rest)
	}
	return end + len(headEnd) + n, nil
}

func bad(answer []byte) bool {
	return !bytes.HasPrefix(answer, status200) || bytes.Contains(answer, errorsKey)
}
