// Command hostile is a worker that somebody has taken over: tests run it to see that its frames, and
// what it asks of the system, lead to nothing. The source of a run says what it does.
package main

import (
	"bufio"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/tenon-platform/tenon/workflow/script/wire"
	"github.com/tenon-platform/tenon/workflow/script/worker"
)

func main() {
	if len(os.Args) > 2 && os.Args[1] == "confined" {
		confined(os.Args[2])
		return
	}
	send := func(kind wire.Kind, run uint64, payload string) {
		if wire.Write(os.Stdout, wire.Frame{Kind: kind, Run: run, Payload: []byte(payload)}) != nil {
			os.Exit(1)
		}
	}
	send(wire.Ready, 0, "")
	in := bufio.NewReader(os.Stdin)
	for served := 1; ; served++ {
		f, err := wire.Read(in)
		if err != nil {
			return
		}
		var r wire.RunMessage
		if json.Unmarshal(f.Payload, &r) != nil {
			return
		}
		if r.Source == "count" {
			send(wire.Done, f.Run, strconv.Itoa(served))
			continue
		}
		frames(r.Source, f.Run, send)
	}
}

// frames says what the server should not believe.
func frames(what string, run uint64, send func(wire.Kind, uint64, string)) {
	switch what {
	case "garbage":
		_, _ = os.Stdout.WriteString(strings.Repeat("\xff\x00garbage", 1000))
	case "huge frame":
		_, _ = os.Stdout.Write([]byte{byte(wire.Done), 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff})
	case "half a frame":
		_, _ = os.Stdout.Write([]byte{byte(wire.Done), 0, 0})
		os.Exit(0)
	case "deep":
		send(wire.Done, run, strings.Repeat("[", 1000)+strings.Repeat("]", 1000))
	case "many values":
		send(wire.Done, run, "["+strings.Repeat("1,", 300_000)+"1]")
	case "no JSON":
		send(wire.Done, run, "{]")
	case "another run":
		send(wire.Done, run+1, "1")
	case "unknown kind":
		send('x', run, "1")
	case "server's kind":
		send(wire.Reply, run, "{}")
	case "silence":
		select {}
	case "end":
		os.Exit(0)
	case "calls in disorder":
		send(wire.Call, run, `{"n": 7, "name": "records.get", "args": []}`)
	case "calls without answers":
		for i := 1; ; i++ {
			send(wire.Call, run, `{"n": `+string(rune('0'+i%10))+`, "name": "records.get", "args": []}`)
		}
	case "log without end":
		for {
			send(wire.Log, run, `{"level": "info", "text": "x"}`)
		}
	case "long log":
		send(wire.Log, run, `{"level": "info", "text": "`+strings.Repeat("x", 1<<20)+`"}`)
	case "lies":
		send(wire.Fail, run, `{"reason": "threw", "message": "`+strings.Repeat("x", 1<<20)+`", "line": -5, "call": 99}`)
	case "details of another type":
		send(wire.Fail, run, `{"reason": "refuse", "code": "X", "details": [1]}`)
	case "answers in advance":
		send(wire.Done, run, "1")
		send(wire.Done, run, "2")
		send(wire.Done, 0, "3")
	default:
		send(wire.Done, run, "0")
	}
}

// confined tries something that a worker may not do. The exit code is 9 where it worked.
func confined(what string) {
	if err := worker.Confine(); err != nil {
		os.Exit(8)
	}
	err := error(syscall.EINVAL)
	switch what {
	case "nothing":
		time.Sleep(time.Millisecond)
		os.Exit(7)
	case "open":
		_, err = os.Open("/etc/passwd")
	case "create":
		_, err = os.Create("/tmp/tenon-was-here")
	case "exec":
		err = exec.Command("/bin/true").Run()
	case "replace":
		err = syscall.Exec("/bin/true", []string{"true"}, nil)
	case "connect":
		_, err = net.Dial("tcp", "127.0.0.1:80")
	case "listen":
		_, err = net.Listen("tcp", "127.0.0.1:0")
	case "kill":
		err = syscall.Kill(os.Getppid(), 0)
	case "trace":
		err = syscall.PtraceAttach(os.Getppid())
	case "fork":
		_, _, e := syscall.RawSyscall(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0)
		if e == 0 {
			err = nil
		}
	case "code":
		_, err = syscall.Mmap(-1, 0, 4096, syscall.PROT_EXEC|syscall.PROT_READ, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	case "limits":
		err = syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: 1 << 40, Max: 1 << 40})
	case "environment":
		_, err = os.ReadFile("/proc/self/environ")
	}
	if err == nil {
		os.Exit(9)
	}
	os.Exit(6)
}
