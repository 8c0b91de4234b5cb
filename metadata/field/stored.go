package field

import (
	"encoding/json"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
)

// File is implemented by fields whose values name stored files.
type File interface {
	Field
	// MaxSize is the most bytes that a file of the field has; 0: as many as the server takes.
	MaxSize() int64
	// Accepts refuses a file that is not of the size and type that the field takes.
	Accepts(FileInfo) *errs.Error
}

// FileInfo is a file as a field's value describes it. The id is what counts; the rest is what the
// platform found when the file was uploaded, and is never taken from a client.
type FileInfo struct {
	ID   string `json:"id"` // 32 hexadecimal digits
	Name string `json:"name,omitempty"`
	Size int64  `json:"size"`           // bytes
	Type string `json:"type,omitempty"` // media type
	Hash string `json:"hash,omitempty"` // SHA-256 of the content
}

// Value is the value that names the file.
func (i FileInfo) Value() value.Value {
	b, err := json.Marshal(i)
	if err != nil { // strings and a number always marshal
		panic(err)
	}
	return value.JSON(string(b))
}

// FileOf reads the value of a file field; the zero FileInfo for null.
func FileOf(v value.Value) (i FileInfo) {
	if v.IsNull() || json.Unmarshal([]byte(v.Text()), &i) != nil {
		return FileInfo{}
	}
	return i
}
