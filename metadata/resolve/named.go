package resolve

import (
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/diag"
)

// noting makes a finding at a path of the file that is being checked.
type noting func(code, path, en, zh string, args ...any) *diag.Finding

// connectionNamed finds a connection, or notes that there is none, and which the name comes near to.
func (r *resolver) connectionNamed(name, path string, note noting) *catalog.Connection {
	x := r.cat.Connection(name)
	if x == nil {
		var known []string
		for _, k := range r.cat.Connections {
			known = append(known, k.Name)
		}
		note("unknown-connection", path, "there is no connection %q", "没有连接 %q", name).Suggestion = diag.DidYouMean(name, known)
	}
	return x
}

// messageNamed finds a message, or notes that there is none, and which the name comes near to.
func (r *resolver) messageNamed(name, path string, note noting) *catalog.Message {
	x := r.cat.Message(name)
	if x == nil {
		var known []string
		for _, k := range r.cat.Messages {
			known = append(known, k.Name)
		}
		note("unknown-name", path, "there is no message %q", "没有消息模板 %q", name).Suggestion = diag.DidYouMean(name, known)
	}
	return x
}
