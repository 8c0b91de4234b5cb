//go:build !ui

package designer

import "io/fs"

// dist is nothing: the binary was built without the workspace, for want of Node.
func dist() fs.FS { return nil }
