package main

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

// commitHook reads TENON_CRASH_AT=<n>:before|after, with which tests end the process, as kill -9
// would, around the n-th commit of the store; behind of, which is tenant/ for the stores of tenants
// beside the default one. Without it there is no hook.
func commitHook(of string) func(n int64, before bool) {
	at, when, ok := strings.Cut(os.Getenv("TENON_CRASH_AT"), ":")
	at, mine := strings.CutPrefix(at, of)
	if !ok || !mine {
		return nil
	}
	want, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return nil
	}
	return func(n int64, before bool) {
		if n == want && before == (when == "before") {
			if err := syscall.Kill(syscall.Getpid(), syscall.SIGKILL); err != nil {
				os.Exit(137)
			}
		}
	}
}
