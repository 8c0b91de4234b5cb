package resolve

import (
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/diag"
)

// noting makes a finding at a path of the file that is being checked.
type noting func(code, path, en, zh string, args ...any) *diag.Finding

// oneNamed finds a thing by its name, or notes that there is none, and which the name comes near to.
func oneNamed[T any](all []*T, nameOf func(*T) string, name string, missing func() *diag.Finding) *T {
	var known []string
	for _, x := range all {
		if nameOf(x) == name {
			return x
		}
		known = append(known, nameOf(x))
	}
	missing().Suggestion = diag.DidYouMean(name, known)
	return nil
}

func (r *resolver) connectionNamed(name, path string, note noting) *catalog.Connection {
	return oneNamed(r.cat.Connections, func(c *catalog.Connection) string { return c.Name }, name, func() *diag.Finding {
		return note("unknown-connection", path, "there is no connection %q", "没有连接 %q", name)
	})
}

func (r *resolver) messageNamed(name, path string, note noting) *catalog.Message {
	return oneNamed(r.cat.Messages, func(m *catalog.Message) string { return m.Name }, name, func() *diag.Finding {
		return note("unknown-name", path, "there is no message %q", "没有消息模板 %q", name)
	})
}
