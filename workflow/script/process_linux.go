package script

import (
	"os/exec"
	"syscall"
)

// attributes give a worker a process group of its own, and its end when the server ends.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

func killGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
}

// less is how much less urgent scripts are than the server, as nice counts.
const less = 10

// yieldToServer makes this thread, and so the processes that it starts, less urgent than the server:
// its answers go first where the two compete for processors.
func yieldToServer() {
	// A system that refuses it runs scripts as urgently as all else.
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, less)
}
