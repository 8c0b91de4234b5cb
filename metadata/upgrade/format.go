package upgrade

import (
	"errors"
	"strconv"

	"github.com/tenon-platform/tenon/metadata/document"
	"github.com/tenon-platform/tenon/platform/diag"
)

// Format reads the format that a manifest names. ok is false, with a finding, for formats that
// there are not, or that are newer than the chain knows: then nothing else of the package is worth
// looking at, for what is unknown in it says nothing to its author. A format that is no number is
// left to the check of the manifest, and read as the current one.
func (c Chain) Format(manifest *document.Node, findings *diag.List) (format int, ok bool) {
	if manifest == nil || manifest.Kind != document.Object {
		return c.Current(), true
	}
	f := manifest.Get("format")
	if f == nil {
		return First, true
	}
	if f.Kind != document.Number {
		return c.Current(), true
	}
	n, err := strconv.ParseInt(f.Text, 10, 64)
	switch {
	case errors.Is(err, strconv.ErrSyntax): // 1.5
		return c.Current(), true
	case n < First:
		findings.Errorf("unknown-format", "", f.Pos(), diag.Textf("there is no format %s: they count from %d", "没有格式版本 %s：版本从 %d 开始", f.Text, First))
		return 0, false
	case n > int64(c.Current()): // also numbers beyond 64 bits
		x := findings.Errorf("newer-format", "", f.Pos(), diag.Textf("format %s is newer than this build reads (%d)",
			"格式版本 %s 比当前程序支持的（%d）更新", f.Text, c.Current()))
		t := diag.Textf("install a newer build", "请安装更新版本的程序")
		x.Suggestion = &t
		return 0, false
	}
	return int(n), true
}
