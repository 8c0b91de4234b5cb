//go:build ui

package designer

import (
	"embed"
	"io/fs"
)

// built is what Vite made of src, packed by build/pack.mjs. Without "all:" names that begin with "_"
// would be left out.
//
//go:embed all:dist
var built embed.FS

func dist() fs.FS {
	sub, err := fs.Sub(built, "dist")
	if err != nil {
		panic(err) // the name is right
	}
	return sub
}
