package resolve

import (
	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
)

// checked is one declaration that is resolved: what is found in it has its address, and its place in the file.
type checked struct {
	r   *resolver
	of  addr.Address
	pos model.Positions
}

func (c *checked) errorf(code, path, en, zh string, args ...any) *diag.Finding {
	return c.r.errorf(code, c.of, c.pos.At(path), diag.Textf(en, zh, args...))
}
