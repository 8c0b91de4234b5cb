package catalog

import (
	"crypto/sha256"
	"encoding/hex"
	"sync"
)

// Frozen is a definition as those who began by it keep it: canonical JSON. It is written when it is asked for first:
// a start that only serves what was published asks for few.
type Frozen struct{ written func() ([]byte, string) }

// Freeze makes a definition that write writes, always in the same way.
func Freeze(write func() []byte) Frozen {
	return Frozen{sync.OnceValues(func() ([]byte, string) {
		source := write()
		sum := sha256.Sum256(source)
		return source, hex.EncodeToString(sum[:])
	})}
}

// Source is the definition as canonical JSON.
func (f Frozen) Source() []byte {
	source, _ := f.written()
	return source
}

// Hash is the sha256 of Source, in hexadecimal.
func (f Frozen) Hash() string {
	_, hash := f.written()
	return hash
}
