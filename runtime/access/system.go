package access

import (
	"github.com/tenon-platform/tenon/metadata/words"
	"github.com/tenon-platform/tenon/platform/errs"
)

// Rights that belong to no object, as permission sets name them. What each opens:
const (
	RightExport         = "export"         // exports of what one may read
	RightImport         = "import"         // imports of what one may write
	RightManageMetadata = "manageMetadata" // packages, plans, their history and settings; trials of decision tables
	RightManageUsers    = "manageUsers"    // logins but those of administrators, their keys and sessions; explanations of access
	RightViewAudit      = "viewAudit"      // the audit log
	RightAllBrands      = "allBrands"      // records of all brands
)

// Require refuses who lacks a right. FORBIDDEN.
func Require(p Profile, right string) error {
	if p.Has(right) {
		return nil
	}
	return errs.New(errs.Forbidden, "this needs the right to %s, which you do not have", "此操作需要“%s”权限，您没有该权限", words.Value("PermissionSet", "system", right)).With("right", right)
}
