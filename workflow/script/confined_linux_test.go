package script_test

import (
	"os/exec"
	"syscall"
	"testing"

	"github.com/tenon-platform/tenon/workflow/script/scripttest"
)

// TestConfined holds that the system ends a worker that asks for more than memory and its pipes.
func TestConfined(t *testing.T) {
	status := func(what string) syscall.WaitStatus {
		cmd := exec.Command(scripttest.Hostile(), "confined", what)
		_ = cmd.Run() // it fails; how is the question
		return cmd.ProcessState.Sys().(syscall.WaitStatus)
	}
	if s := status("nothing"); s.ExitStatus() != 7 {
		t.Fatalf("a confined process does not even run: %v", s)
	}
	for _, what := range []string{"open", "create", "exec", "replace", "connect", "listen", "kill", "trace", "fork", "code", "limits", "environment"} {
		if s := status(what); !s.Signaled() || s.Signal() != syscall.SIGSYS {
			t.Errorf("%s: it ended with %d, by signal %v", what, s.ExitStatus(), s.Signal())
		}
	}
}
