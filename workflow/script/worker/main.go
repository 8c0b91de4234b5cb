package worker

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/dlclark/regexp2/v2"

	"github.com/tenon-platform/tenon/workflow/script/wire"
)

// Verb is the argument that makes the platform's binary a worker, and Unconfined the one after it
// that runs it without Confine.
const (
	Verb       = "script-worker"
	Unconfined = "unconfined"
)

// Exit codes of a worker.
const (
	exitAsked = 0 // its input ended
	exitOwn   = 3 // it could not start, or the server does not make sense
	exitLimit = 4 // a run broke a limit and would not stop
)

// Main is the whole life of a worker process. It gives the exit code.
func Main(in *os.File, out io.Writer, args []string) int {
	runtime.GOMAXPROCS(2)       // one for the script, one for who watches it
	debug.SetMaxStack(64 << 20) // deep natives end in a crash of the worker, not in all of its memory
	debug.SetGCPercent(400)     // a machine is garbage after its run: collect several at once
	debug.SetMemoryLimit(96 << 20)
	time.Local = time.UTC // no files can be read later
	<-time.After(time.Microsecond)
	// A match that goes on too long, or needs too much, breaks the limits of its run. Within limits of
	// its own it would end as "no match", and nobody would know.
	regexp2.DefaultMatchTimeout = math.MaxInt64
	regexp2.DefaultOptimizationOptions.MaxBacktrackingStackSize = -1
	w := &worker{in: bufio.NewReader(in), out: out, programs: newPrograms()}
	w.next = newMachine()
	if len(args) == 0 || args[0] != Unconfined {
		if err := Confine(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return exitOwn
		}
	}
	if err := w.serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitOwn
	}
	return exitAsked
}

// worker is the state that outlives a run: compiled programs, and a machine that has run nothing.
type worker struct {
	in       *bufio.Reader
	programs *programs
	next     *machine

	mu   sync.Mutex // one frame at a time
	out  io.Writer
	over bool   // the run has been answered; nothing more may be said of it
	at   uint64 // the token of the run
}

func (w *worker) serve() error {
	if err := wire.Write(w.out, wire.Frame{Kind: wire.Ready}); err != nil {
		return err
	}
	for {
		f, err := wire.Read(w.in)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		var run wire.RunMessage
		if err := json.Unmarshal(f.Payload, &run); err != nil || f.Kind != wire.Run {
			return fmt.Errorf("a run was expected, not %q: %w", f.Kind, err)
		}
		if err := w.run(&run, f.Run); err != nil {
			return err
		}
		w.next = newMachine() // while nobody waits
	}
}

// send writes a frame about the run that is under way.
func (w *worker) send(kind wire.Kind, v any) error {
	payload, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return errOver
	}
	w.over = kind == wire.Done || kind == wire.Fail
	return wire.Write(w.out, wire.Frame{Kind: kind, Run: w.at, Payload: payload})
}

var errOver = errors.New("the run is over")
