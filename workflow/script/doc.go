// Package script runs JavaScript that packages bring along, in worker processes that can be killed:
// the server's process never parses or runs any. It starts and ends the workers, gives each tenant
// its turn, holds runs to their limits, and answers their calls. What scripts may ask of the
// platform is workflow/script/host; what happens inside a worker is workflow/script/worker.
package script
