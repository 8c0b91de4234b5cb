//go:build !linux

package heap

// onRequest is false: large pages are asked for on Linux alone.
func onRequest() bool { return false }

func large([]byte) (done func()) { return func() {} }
