//go:build linux && (amd64 || arm64)

package worker

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Limits of the process, besides those of each run and of its memory.
const (
	cpuSeconds = 120 // of a whole life
	openFiles  = 16
)

// Confine takes away from the process, for good, all that running scripts does not need. It must
// be called before the first script. The process must not go on after an error.
func Confine() error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for _, l := range []struct {
		what int
		most uint64
	}{{unix.RLIMIT_CORE, 0}, {unix.RLIMIT_FSIZE, 0}, {unix.RLIMIT_NOFILE, openFiles}, {unix.RLIMIT_CPU, cpuSeconds},
		{unix.RLIMIT_DATA, dataBytes}, {unix.RLIMIT_AS, spaceBytes}} {
		if err := unix.Setrlimit(l.what, &unix.Rlimit{Cur: l.most, Max: l.most}); err != nil {
			return fmt.Errorf("set limit %d of the process: %w", l.what, err)
		}
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("keep other processes from looking in: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("give up new privileges: %w", err)
	}
	return filter()
}

// filter leaves the system calls that a Go program makes which reads its standard input, writes
// its standard output, and computes. Another one ends the process.
func filter() error {
	prog := program()
	f := unix.SockFprog{Len: uint16(len(prog)), Filter: &prog[0]}
	_, _, e := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&f)))
	if e != 0 {
		return fmt.Errorf("filter system calls: %w", e)
	}
	return nil
}

// allowed are the calls that are let through whatever their arguments.
var allowed = append([]uint32{
	unix.SYS_READ, unix.SYS_WRITE, unix.SYS_FUTEX, unix.SYS_MUNMAP, unix.SYS_MADVISE, unix.SYS_BRK, unix.SYS_MREMAP, unix.SYS_MINCORE,
	unix.SYS_RT_SIGACTION, unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGRETURN, unix.SYS_SIGALTSTACK, unix.SYS_TGKILL, unix.SYS_GETTID, unix.SYS_GETPID,
	unix.SYS_SCHED_YIELD, unix.SYS_NANOSLEEP, unix.SYS_CLOCK_NANOSLEEP, unix.SYS_CLOCK_GETTIME, unix.SYS_RESTART_SYSCALL,
	unix.SYS_EPOLL_CTL, unix.SYS_EPOLL_PWAIT, unix.SYS_EPOLL_CREATE1, unix.SYS_EVENTFD2,
	unix.SYS_SET_ROBUST_LIST, unix.SYS_RSEQ, unix.SYS_GETRANDOM, unix.SYS_EXIT, unix.SYS_EXIT_GROUP,
}, machineCalls...)

// Places in the seccomp_data that a filter looks at.
const (
	atCall    = 0
	atMachine = 4
	atArg     = 16 // 8 bytes each, the lower half first
)

func program() []unix.SockFilter {
	load := func(at uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: at}
	}
	jump := func(op uint16, k uint32, yes, no uint8) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | op | unix.BPF_K, Jt: yes, Jf: no, K: k}
	}
	give := func(k uint32) unix.SockFilter { return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: k} }
	const allow, kill, refuse = unix.SECCOMP_RET_ALLOW, unix.SECCOMP_RET_KILL_PROCESS, unix.SECCOMP_RET_ERRNO

	out := []unix.SockFilter{load(atMachine), jump(unix.BPF_JEQ, architecture, 1, 0), give(kill), load(atCall)}
	for _, n := range allowed {
		out = append(out, jump(unix.BPF_JEQ, n, 0, 1), give(allow))
	}
	// Threads, but no processes.
	out = append(out, jump(unix.BPF_JEQ, unix.SYS_CLONE, 0, 4), load(atArg), jump(unix.BPF_JSET, unix.CLONE_THREAD, 0, 1), give(allow), give(kill))
	// Memory, but none that can be executed.
	for _, n := range []uint32{unix.SYS_MMAP, unix.SYS_MPROTECT} {
		out = append(out, jump(unix.BPF_JEQ, n, 0, 4), load(atArg+2*8), jump(unix.BPF_JSET, unix.PROT_EXEC, 1, 0), give(allow), give(kill))
	}
	// What Go tries, and does without.
	for _, x := range []struct {
		call uint32
		err  unix.Errno
	}{{unix.SYS_CLONE3, unix.ENOSYS}, {unix.SYS_PRCTL, unix.EINVAL}} {
		out = append(out, jump(unix.BPF_JEQ, x.call, 0, 1), give(refuse|uint32(x.err)))
	}
	return append(out, give(kill))
}
