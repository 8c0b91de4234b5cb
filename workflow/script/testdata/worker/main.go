// Command worker is a script worker and nothing else: tests run it in place of the platform's
// binary, since a test binary with the race detector needs more memory than a worker may have.
package main

import (
	"os"

	"github.com/tenon-platform/tenon/workflow/script/worker"
)

func main() { os.Exit(worker.Main(os.Stdin, os.Stdout, os.Args[2:])) }
