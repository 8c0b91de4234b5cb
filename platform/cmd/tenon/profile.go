//go:build profile

package main

import (
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"syscall"
)

// Built with the tag "profile", as deploy/bench process -profile does, the process begins a CPU profile
// when it gets SIGUSR1, and ends it when it gets another: cpu.prof in the directory TENON_PROFILE.
func init() {
	dir := os.Getenv("TENON_PROFILE")
	if dir == "" {
		return
	}
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR1)
	go func() {
		for {
			<-asked
			if err := profileUntil(asked, filepath.Join(dir, "cpu")); err != nil {
				log.Printf("profile: %v", err)
			}
		}
	}()
}

func profileUntil(asked <-chan os.Signal, name string) error {
	f, err := os.Create(name + ".part")
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	<-asked
	pprof.StopCPUProfile()
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(name+".part", name+".prof")
}
