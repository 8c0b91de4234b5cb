package connect

import (
	"net/url"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/words"
	"github.com/tenon-platform/tenon/platform/diag"
)

// CheckCatalog holds the connections of a catalogue against their connectors.
func (s Set) CheckCatalog(cat *catalog.Catalog) (out diag.List) {
	for _, c := range cat.Connections {
		at := c.Addr().String()
		x := s[c.Decl.Type]
		if x == nil {
			var known []string
			for name := range s {
				known = append(known, name)
			}
			slices.Sort(known)
			f := out.Errorf("unknown-connector", at, diag.Pos{}, diag.Textf("no connector is called %q", "没有连接器 %q", c.Decl.Type))
			f.Suggestion = diag.DidYouMean(c.Decl.Type, known)
			continue
		}
		for _, p := range x.Check(c.Decl) {
			out.Errorf("bad-connection", at, diag.Pos{}, diag.Text{En: p.Path + ": " + p.Text.En, Zh: p.Path + "：" + p.Text.Zh})
		}
	}
	return out
}

// Needs are the problems of a declaration whose address or authentication is of another kind.
func Needs(c *model.Connection, schemes, auths string) (out []Problem) {
	u, err := url.Parse(c.Address)
	if err != nil || !slices.Contains(strings.Fields(schemes), u.Scheme) {
		out = append(out, Problem{"address", diag.Textf("addresses of this type of connection begin with %s", "此类连接的地址以 %s 开头", strings.ReplaceAll(schemes, " ", ", "))})
	}
	kind := c.Auth.Type
	if kind == "" {
		kind = "none"
	}
	if !slices.Contains(strings.Fields(auths), kind) {
		out = append(out, Problem{"auth.type", known(auths)})
	}
	return out
}

// known tells which ways to authenticate there are.
func known(auths string) diag.Text {
	var en, zh []string
	for _, kind := range strings.Fields(auths) {
		t := words.Value("ConnectionAuth", "type", kind)
		en, zh = append(en, t.En), append(zh, t.Zh)
	}
	return diag.Text{En: "connections of this type authenticate by: " + strings.Join(en, ", "), Zh: "此类连接支持的认证方式为：" + strings.Join(zh, "、")}
}
