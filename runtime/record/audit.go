package record

import (
	"encoding/json"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/runtime/query"
)

// audited are the records whose changes are taken down as changes of permissions, and the fields
// that are told. Others that decide access are many, and have their history.
var audited = map[string][]string{
	catalog.ServesRoleAssignment: {"user_id", "role"},
	catalog.ServesUser:           {"status"},
}

// audit takes down a change of a record that gives somebody a role, or lets somebody sign in.
func (b *batch) audit(c change) error {
	names := audited[c.object.Serves]
	if names == nil || b.s.deps.Audit == nil || c.object.Serves == catalog.ServesUser && c.old == nil {
		return nil // a new user has neither a role nor a login
	}
	details := map[string]any{"object": c.object.Name, "verb": c.verb}
	changed := false
	for _, n := range names {
		f := c.object.Field(n)
		if f == nil || f.Type == nil {
			continue
		}
		for key, r := range map[string]*row{"was": c.old, "is": c.new} {
			if r != nil {
				details[n+"_"+key] = json.RawMessage(jsonOf(f, r))
			}
		}
		changed = changed || c.old == nil || c.new == nil || c.old.get(f) != c.new.get(f)
	}
	if !changed && c.verb == "update" {
		return nil
	}
	return b.s.deps.Audit.Append(b.ctx, b.tx, audit.Entry{Kind: audit.PermissionChanged, Subject: string(query.AppendID(nil, c.object, c.id)), Details: details})
}

// jsonOf is a field's value as the API shows it.
func jsonOf(f *catalog.Field, r *row) []byte {
	if v := r.get(f); !v.IsNull() {
		return f.Type.AppendJSON(nil, v)
	}
	return []byte("null")
}
