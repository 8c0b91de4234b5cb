package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a server that was started.
type process struct {
	cmd  *exec.Cmd
	log  *os.File
	done chan struct{} // closed when it has ended
}

// start runs a server; its output goes to a file of the workshop.
func (w *workshop) start(bin string, env []string, args ...string) (*process, error) {
	log, err := os.CreateTemp(w.dir, "log-")
	if err != nil {
		return nil, fmt.Errorf("make a log file: %w", err)
	}
	p := &process{cmd: exec.Command(bin, args...), log: log, done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if err := p.cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", bin, err), log.Close())
	}
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait() // how it ended is asked of cmd.ProcessState
	}()
	w.processes = append(w.processes, p)
	return p, nil
}

// ended gives an error with the last output when the process runs no more.
func (p *process) ended() error {
	select {
	case <-p.done:
		b, _ := os.ReadFile(p.log.Name()) // without it there is still the state
		return fmt.Errorf("%s: %s\n%s", p.cmd.Path, p.cmd.ProcessState, b[max(0, len(b)-4000):])
	default:
		return nil
	}
}

// stop ends the process in its own way, after 15 seconds by force. Stopping twice does nothing.
func (p *process) stop() error {
	select {
	case <-p.done:
		return nil
	default:
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop %s: %w", p.cmd.Path, err)
	}
	select {
	case <-p.done:
	case <-time.After(15 * time.Second):
		_ = p.cmd.Process.Kill() // it may have ended meanwhile
		<-p.done
	}
	return p.log.Close()
}

// tick is the unit of times in /proc on Linux.
const tick = 10 * time.Millisecond

// cpu is the processor time that the process has used; 0 where there is no /proc.
func (p *process) cpu() time.Duration {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(b, []byte(") ")) // behind the name; utime and stime are fields 14 and 15
	f := strings.Fields(string(rest))
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(f[11], 10, 64)
	system, _ := strconv.ParseInt(f[12], 10, 64)
	return time.Duration(user+system) * tick
}

// memory is resident bytes of the process: all, and those that are not pages of files. A page that
// several connections have mapped is there once, and counts once: "resident set size" would count it
// for each of them. 0 where there is no /proc.
func (p *process) memory() (all, anonymous int64) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", p.cmd.Process.Pid))
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(b)) {
		key, val, _ := strings.Cut(line, ":")
		n, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(val), " kB"), 10, 64)
		switch key {
		case "Pss":
			all = n << 10
		case "Pss_Anon":
			anonymous = n << 10
		}
	}
	return all, anonymous
}
