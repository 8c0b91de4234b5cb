package main

import (
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/tenon-platform/tenon/runtime/admin"
	"github.com/tenon-platform/tenon/workflow/script"
	"github.com/tenon-platform/tenon/workflow/script/desk"
	"github.com/tenon-platform/tenon/workflow/script/worker"
)

// newScripts makes the pool of script workers, which are this same program. None is started before
// the first script runs. On systems where workers cannot be confined TENON_SCRIPTS=unconfined runs
// them all the same.
func newScripts(log *slog.Logger, limit func(tenant string) (runs int, perMinute time.Duration)) (*script.Pool, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find the program to run scripts with: %w", err)
	}
	command := []string{self, worker.Verb}
	if os.Getenv("TENON_SCRIPTS") == worker.Unconfined {
		log.Warn("SCRIPTS ARE NOT CONFINED: whoever may write scripts may do what this server may do, as TENON_SCRIPTS asks")
		command = append(command, worker.Unconfined)
	}
	return script.New(script.Options{Command: command, Log: log, Limit: limit}), nil
}

// desk is for those who write the tenant's scripts; nil where none are run.
func (in *instance) desk() admin.Scripts {
	if in.scripts == nil {
		return nil
	}
	return &desk.Desk{Tenant: in.publish.Tenant, Records: in.publish.Records, Pool: in.scripts, Clock: in.clock}
}
