package script

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"sync"
	"time"

	"github.com/tenon-platform/tenon/workflow/script/wire"
)

// startWait is how long a worker may take to be ready.
const startWait = 10 * time.Second

// process is one worker.
type process struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Reader
	notes *notes
	gone  chan struct{} // closed once the process has ended and is no zombie
	once  sync.Once

	tenant string // that it has run scripts of; "" for a fresh one
	runs   int
	busy   time.Duration // with runs
}

// starter starts processes from one thread that lives as long as it: the system kills a worker when
// the thread that started it ends.
type starter struct{ jobs chan func() }

func newStarter() *starter {
	s := &starter{jobs: make(chan func())}
	go func() {
		runtime.LockOSThread() // and never unlock: the thread, which is less urgent than others, ends with the starter
		yieldToServer()
		for f := range s.jobs {
			f()
		}
	}()
	return s
}

func (s *starter) start(cmd *exec.Cmd) error {
	err := make(chan error)
	s.jobs <- func() { err <- cmd.Start() }
	return <-err
}

// spawn starts a worker and waits until it is confined and ready. It inherits nothing: no
// descriptors but the pipes, no environment, and the root folder to stand in.
func (s *starter) spawn(command []string) (*process, error) {
	p := &process{notes: &notes{}, gone: make(chan struct{})}
	p.cmd = exec.Command(command[0], command[1:]...)
	p.cmd.Env = []string{"GOTRACEBACK=none", "GOMAXPROCS=2"}
	p.cmd.Dir = "/"
	p.cmd.Stderr = p.notes
	p.cmd.SysProcAttr = attributes()
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	if err := s.start(p.cmd); err != nil {
		return nil, fmt.Errorf("start a script worker: %w", err)
	}
	timer := time.AfterFunc(startWait, p.kill)
	f, err := wire.Read(p.out)
	timer.Stop()
	if err == nil && f.Kind != wire.Ready {
		err = errors.New("it says something else than that it is ready")
	}
	if err != nil {
		p.end()
		return nil, fmt.Errorf("start a script worker: %w: %s", err, p.notes)
	}
	return p, nil
}

// kill ends the process and all it may have started, at once. It may be called at any time, from anywhere.
func (p *process) kill() { killGroup(p.cmd) }

// end kills the process and waits for its end.
func (p *process) end() {
	p.once.Do(func() {
		p.kill()
		_ = p.in.Close()
		_ = p.cmd.Wait() // how it ended is of no interest: it was killed
		close(p.gone)
	})
	<-p.gone
}

// notes keep the beginning of what a worker wrote to its standard error.
type notes struct {
	mu sync.Mutex
	b  bytes.Buffer
}

const maxNotes = 4 << 10

func (n *notes) Write(b []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if room := maxNotes - n.b.Len(); room > 0 {
		n.b.Write(b[:min(room, len(b))])
	}
	return len(b), nil
}

func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.b.String()
}
