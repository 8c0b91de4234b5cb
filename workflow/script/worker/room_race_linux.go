//go:build linux && (amd64 || arm64) && race

package worker

// The race detector keeps a shadow of all memory, and has reserved addresses without end before anything
// runs: with the limits of the product no script would. The limits of each run hold as ever.
const (
	dataBytes  = 4 << 30
	spaceBytes = 1<<64 - 1 // RLIM_INFINITY
)
