package wire_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/workflow/script/wire"
)

// FuzzRead holds that whatever comes over a pipe is a frame within the limits, which writes as the
// bytes that it was read from, or an error.
func FuzzRead(f *testing.F) {
	var whole bytes.Buffer
	if err := wire.Write(&whole, wire.Frame{Kind: wire.Call, Run: 7, Payload: []byte(`{"n": 1}`)}); err != nil {
		f.Fatal(err)
	}
	f.Add(whole.Bytes())
	f.Add(whole.Bytes()[:9])
	f.Add([]byte{byte(wire.Done), 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{byte(wire.Done), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, '[', '}'})
	f.Fuzz(func(t *testing.T, in []byte) {
		r := bufio.NewReader(bytes.NewReader(in))
		rest := in
		for {
			frame, err := wire.Read(r)
			if err != nil {
				if len(rest) == 0 && !errors.Is(err, io.EOF) {
					t.Fatalf("at the end: %v", err)
				}
				return
			}
			var out bytes.Buffer
			if err := wire.Write(&out, frame); err != nil {
				t.Fatal(err)
			}
			if !bytes.HasPrefix(rest, out.Bytes()) {
				t.Fatalf("%q was read of %q", out.Bytes(), rest)
			}
			if len(frame.Payload) > 0 && wire.Check(frame.Payload) != nil {
				t.Fatalf("the payload %q was let through", frame.Payload)
			}
			rest = rest[out.Len():]
		}
	})
}

func TestCheck(t *testing.T) {
	for s, ok := range map[string]bool{
		`{"a": [1, "]]]]", "\""]}`: true, `1`: true, `"` + strings.Repeat("[", 1000) + `"`: true, ``: false, `{`: false, `1 2`: false,
		strings.Repeat("[", wire.MaxDepth) + strings.Repeat("]", wire.MaxDepth): true, strings.Repeat("[", wire.MaxDepth+1) + strings.Repeat("]", wire.MaxDepth+1): false,
		"[" + strings.Repeat("1,", wire.MaxValues-1) + "1]": true, "[" + strings.Repeat("1,", wire.MaxValues) + "1]": false,
	} {
		if err := wire.Check([]byte(s)); (err == nil) != ok || err != nil && !errors.Is(err, wire.ErrFrame) {
			t.Errorf("%.40s: %v", s, err)
		}
	}
}
