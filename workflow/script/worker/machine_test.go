package worker

import "testing"

// BenchmarkMachine makes the machine of a run, which workers do while nobody waits for them.
func BenchmarkMachine(b *testing.B) {
	for b.Loop() {
		newMachine()
	}
}
