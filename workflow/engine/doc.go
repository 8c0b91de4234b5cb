// Package engine keeps instances of processes: it stores their state, audit, tasks, events and
// jobs in one transaction per command, and runs the jobs with leases, retries and dead letters, so
// that an instance survives whatever happens to the process that works on it. What a command means
// is decided by a Kind (approvals, flows); who may give it, and what a job's action is, do not
// belong here.
//
// Jobs are rows. A worker claims one by writing its name, the end of its lease and the next epoch
// into it; what it has done counts only if the row still says so when it is finished, in the same
// transaction that carries what follows. A timer is a job of the future. Group commit is the
// store's: commands that arrive together share a write to disk.
package engine
