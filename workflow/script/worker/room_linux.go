//go:build linux && (amd64 || arm64) && !race

package worker

// What the process may have of memory, in bytes.
const (
	dataBytes  = 256 << 20 // private: what a heap over its limit may reach before it is seen
	spaceBytes = 4 << 30   // addresses; Go reserves more than it uses
)
