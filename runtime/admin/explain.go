package admin

import (
	"context"

	"github.com/graph-gophers/graphql-go"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/query"
)

// ExplainAccess says what a user may do with a record, and why.
func (r *resolver) ExplainAccess(ctx context.Context, a struct{ User, Record graphql.ID }) (JSON, error) {
	if err := r.needs(ctx, access.RightManageUsers); err != nil {
		return nil, err
	}
	cat := r.publish.Tenant.Catalog()
	users := cat.Serving(catalog.ServesUser)
	if users == nil {
		return nil, fail(errs.New(errs.NotFound, "no object serves users", "没有承担用户角色的对象"))
	}
	user, bad := query.ParseID(users, string(a.User))
	if bad != nil {
		return nil, fail(bad.On("user"))
	}
	prefix, id, ok := query.SplitID(string(a.Record))
	o := cat.ByPrefix[prefix]
	if !ok || o == nil {
		return nil, fail(errs.New(errs.InvalidInput, "%q is not the id of a record", "%q 不是有效的记录编号", string(a.Record)).On("record"))
	}
	x, err := r.access.Explain(ctx, ident.Principal{UserID: user}, o, id)
	if err != nil {
		return nil, fail(err)
	}
	return toJSON(x)
}
