package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/tenon-platform/tenon/platform/httpd"
	"github.com/tenon-platform/tenon/runtime/meta"
)

// handleMeta tells the caller what there is: GET /api/meta lists objects and apps, GET
// /api/meta/:object describes an object. The tag of an answer changes with the metadata and with what
// the caller may do, so that browsers ask each time and are seldom sent anything.
func (in *instance) handleMeta(ctx context.Context, r *httpd.Request) *httpd.Response {
	may, err := in.profile(ctx)
	if err != nil {
		return in.fail(ctx, err)
	}
	cat := in.publish.Tenant.Catalog()
	if may.Catalog() != nil {
		cat = may.Catalog()
	}
	sight, name := meta.Sight{Profile: may}, r.Param("object")
	tag := sha256.Sum256(fmt.Appendf(nil, "%s\n%d\n%s\n%s", version, cat.Revision, may.Key(), name))
	header := map[string]string{"ETag": `W/"` + hex.EncodeToString(tag[:12]) + `"`, "Cache-Control": "private, no-cache", "Vary": "Cookie, Authorization"}
	var doc any
	if name == "" {
		doc = sight.Index(cat)
	} else if doc, err = sight.Object(cat, strings.Clone(name)); err != nil {
		return in.fail(ctx, err)
	}
	body, err := json.Marshal(doc)
	if err != nil {
		return in.fail(ctx, fmt.Errorf("write what there is: %w", err))
	}
	return &httpd.Response{Status: http.StatusOK, ContentType: "application/json; charset=utf-8", Body: body, Header: header}
}
