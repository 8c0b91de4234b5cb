package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// profiling lets the server, which was built with the tag "profile", begin a CPU profile, where one is
// wanted.
func (p *product) profiling(proc *process, name string) error {
	if p.profile == "" {
		return nil
	}
	p.profiled = name
	return proc.cmd.Process.Signal(syscall.SIGUSR1)
}

// endProfile ends the profile and names it.
func (p *product) endProfile(proc *process) error {
	if p.profile == "" {
		return nil
	}
	if err := proc.cmd.Process.Signal(syscall.SIGUSR1); err != nil {
		return err
	}
	whole := filepath.Join(p.profile, "cpu.prof")
	for range 200 {
		if err := os.Rename(whole, filepath.Join(p.profile, p.profiled+".prof")); err == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("the server wrote no profile to %s", whole)
}
