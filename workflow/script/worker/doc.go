// Package worker is the inside of a script worker: a process that runs JavaScript, one run at a
// time, for the server that started it, and can do nothing else. The server's side is
// workflow/script; what both say is workflow/script/wire.
package worker
