// Package wire is what the server and its script workers say to each other: frames over pipes,
// with limits that both ends hold, since either end may be broken or hostile. What a message
// leads to is the business of workflow/script and workflow/script/worker.
package wire

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Kind is what a frame is.
type Kind byte

const (
	// From the worker.
	Ready Kind = 'r' // confined and waiting; empty
	Call  Kind = 'c' // CallMessage
	Log   Kind = 'l' // LogMessage
	Done  Kind = 'd' // the result as JSON
	Fail  Kind = 'f' // FailMessage
	// From the server.
	Run   Kind = 'R' // RunMessage
	Reply Kind = 'P' // ReplyMessage
)

// Limits of frames.
const (
	MaxFrame  = 2 << 20 // bytes of a payload
	MaxDepth  = 64      // levels of JSON
	MaxValues = 200_000 // values in one message
)

// ErrFrame says that a frame breaks a limit: whoever sent it is not to be talked to again.
var ErrFrame = errors.New("wire: bad frame")

// Frame is one message.
type Frame struct {
	Kind Kind
	// Run is the token of the run that the frame belongs to. The server draws it for each run, so
	// that nothing that a worker said before can be taken for an answer.
	Run     uint64
	Payload []byte // empty, or JSON within the limits
}

// header is the kind, the token as eight bytes and the length as four, the highest first.
const header = 1 + 8 + 4

// Write writes one frame.
func Write(w io.Writer, f Frame) error {
	if len(f.Payload) > MaxFrame {
		return fmt.Errorf("%w: %d bytes", ErrFrame, len(f.Payload))
	}
	b := make([]byte, header, header+len(f.Payload))
	b[0] = byte(f.Kind)
	binary.BigEndian.PutUint64(b[1:], f.Run)
	binary.BigEndian.PutUint32(b[9:], uint32(len(f.Payload)))
	_, err := w.Write(append(b, f.Payload...))
	return err
}

// Read reads one frame and checks its payload. io.EOF is an end between frames.
func Read(r *bufio.Reader) (Frame, error) {
	var head [header]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return Frame{}, err
	}
	f := Frame{Kind: Kind(head[0]), Run: binary.BigEndian.Uint64(head[1:])}
	n := binary.BigEndian.Uint32(head[9:])
	if n > MaxFrame {
		return Frame{}, fmt.Errorf("%w: %d bytes announced", ErrFrame, n)
	}
	var err error
	if f.Payload, err = readAll(r, int(n)); err != nil {
		return Frame{}, err
	}
	if len(f.Payload) > 0 {
		if err := Check(f.Payload); err != nil {
			return Frame{}, err
		}
	}
	return f, nil
}

// chunk bounds what is set aside for bytes that were announced but have not come.
const chunk = 64 << 10

func readAll(r io.Reader, n int) ([]byte, error) {
	out := make([]byte, 0, min(n, chunk))
	for len(out) < n {
		more := min(n-len(out), chunk)
		at := len(out)
		out = append(out, make([]byte, more)...)
		if _, err := io.ReadFull(r, out[at:]); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
	return out, nil
}
