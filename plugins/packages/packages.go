// Package packages carries the standard packages inside the binary: pure JSON metadata and data,
// one folder each. Nothing here interprets them (metadata/load does), and no behaviour of a
// package is written in Go.
package packages

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed all:platform-base all:core-crm all:data-governance all:product-catalog all:leads all:sales all:channel
var files embed.FS

// Package is one standard package: its name, which is also its folder, and its files.
type Package struct {
	Name  string
	Files fs.FS
}

// Standard lists the packages that every new installation gets, each after those that it
// requires.
func Standard() ([]Package, error) {
	names := []string{
		"platform-base",
		"core-crm",
		"data-governance",
		"product-catalog",
		"leads",
		"sales",
		"channel",
	}
	out := make([]Package, 0, len(names))
	for _, name := range names {
		sub, err := fs.Sub(files, name)
		if err != nil {
			return nil, fmt.Errorf("open standard package %s: %w", name, err)
		}
		out = append(out, Package{Name: name, Files: sub})
	}
	return out, nil
}
