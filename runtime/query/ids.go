package query

import (
	"strconv"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
)

// AppendID appends the id of a record as the API shows it: "dealer_17".
func AppendID(dst []byte, o *catalog.Object, id int64) []byte {
	dst = append(append(dst, o.IDPrefix...), '_')
	return strconv.AppendInt(dst, id, 10)
}

// ParseID reads the id of a record of o; ids of other objects are INVALID_INPUT.
func ParseID(o *catalog.Object, s string) (int64, *errs.Error) {
	prefix, id, ok := SplitID(s)
	if !ok || prefix != o.IDPrefix {
		return 0, errs.New(errs.InvalidInput, "%q is not the id of a %s: it looks like %s_17", "%q 不是 %s 的记录编号，正确格式如 %s_17",
			clip(s), o.Name, o.IDPrefix)
	}
	return id, nil
}

// SplitID splits "dealer_17" into its object's prefix and the number in the store. Only the one
// canonical spelling of a number is read, so that equal records have equal ids.
func SplitID(s string) (prefix string, id int64, ok bool) {
	i := strings.LastIndexByte(s, '_')
	if i <= 0 || i+1 >= len(s) {
		return "", 0, false
	}
	n, err := strconv.ParseInt(s[i+1:], 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != s[i+1:] {
		return "", 0, false
	}
	return s[:i], n, true
}

func clip(s string) string {
	if len(s) > 60 {
		return strings.ToValidUTF8(s[:60], "") + "…"
	}
	return s
}
