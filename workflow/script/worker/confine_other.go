//go:build !linux || !(amd64 || arm64)

package worker

import "errors"

// Confine fails: this system has no means that Tenon knows.
func Confine() error {
	return errors.New("processes cannot be confined on this system")
}
