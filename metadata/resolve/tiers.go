package resolve

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"sort"
	"time"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/tier"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/spec"
	"github.com/tenon-platform/tenon/platform/value"
)

var tierKeys = spec.Of[model.TierTable]()

// maxTiers bounds a ladder.
const maxTiers = 200

// tiers resolves the tier tables of all packages.
func (r *resolver) tiers() {
	for _, p := range r.ordered {
		for i := range p.Tiers {
			r.tierTable(p.Manifest.Name, &p.Tiers[i])
		}
	}
	sort.Slice(r.cat.Tiers, func(i, j int) bool { return r.cat.Tiers[i].Name < r.cat.Tiers[j].Name })
}

// tierCheck resolves one table.
type tierCheck struct {
	checked
	decl *model.TierTable
}

func (r *resolver) tierTable(pkg string, decl *model.TierTable) {
	c := &tierCheck{checked{r, addr.Tiers(decl.Name), decl.Pos}, decl}
	if r.cat.TierTable(decl.Name) != nil {
		c.errorf("duplicate-name", "name", "there are two tier tables named %s", "有两个名为 %s 的阶梯表", decl.Name)
		return
	}
	plain := *decl
	plain.Pos = model.Positions{}
	t := &catalog.TierTable{Name: decl.Name, Package: pkg, Label: decl.Label, Help: decl.Help, Permission: decl.Permission, Decl: &plain}
	b, err := json.Marshal([]any{decl.Mode, decl.Tiers, decl.Versions})
	if err != nil { // texts always marshal
		panic(err)
	}
	sum := sha256.Sum256(b)
	t.Digest = hex.EncodeToString(sum[:])
	r.oneOf(c.of, decl.Pos.Place("mode"), decl.Mode, tierKeys.Get("mode").Enum)
	t.Object = r.about(pkg, decl.Object, decl.Permission, c.of, decl.Pos)
	if len(decl.Tiers) == 0 && len(decl.Versions) == 0 {
		c.errorf("bad-table", "", "the table has no tiers", "阶梯表没有档位")
	}
	if len(decl.Tiers) > 0 {
		t.Versions = append(t.Versions, tier.Version{Ladder: c.ladder(decl.Tiers, "tiers")})
	}
	if len(decl.Versions) > maxVersions {
		c.errorf("bad-table", "versions", "a table has at most %d versions", "阶梯表最多 %d 个版本", maxVersions)
		return
	}
	last := ""
	for i, v := range decl.Versions {
		path := "versions." + itoa(i)
		day, err := time.Parse(time.DateOnly, v.From)
		switch {
		case err != nil:
			c.errorf("bad-table", path+".from", "%q is no day, such as 2026-01-01", "%q 不是日期，如 2026-01-01", v.From)
		case v.From <= last:
			c.errorf("bad-table", path+".from", "versions stand in the order of their days, each later than the one before", "版本须按生效日先后排列且互不相同")
		}
		last = v.From
		t.Versions = append(t.Versions, tier.Version{Since: value.Date(day.Unix() / 86400), Ladder: c.ladder(v.Tiers, path+".tiers")})
	}
	r.cat.Tiers = append(r.cat.Tiers, t)
}

func (c *tierCheck) ladder(tiers []model.Tier, path string) tier.Ladder {
	out := tier.Ladder{Mode: tier.Mode(c.decl.Mode)}
	if n := len(tiers); n == 0 || n > maxTiers {
		c.errorf("bad-table", path, "a ladder has 1 to %d tiers", "阶梯须有 1 到 %d 档", maxTiers)
		return out
	}
	for i, x := range tiers {
		at := path + "." + itoa(i)
		one := tier.Tier{Lower: c.number(x.From, at+".from"), Rate: c.number(x.Rate, at+".rate")}
		if i > 0 {
			if value.Compare(out.Tiers[i-1].Lower, one.Lower) >= 0 {
				c.errorf("bad-table", at+".from", "tiers stand in order, each above the one before", "档位须自低至高排列")
			}
			out.Tiers[i-1].Upper = one.Lower
		}
		out.Tiers = append(out.Tiers, one)
	}
	return out
}

func (c *tierCheck) number(text, path string) value.Value {
	v, err := value.ParseDecimal(text)
	if err != nil {
		c.errorf("bad-table", path, "%q is no decimal number", "%q 不是十进制数", text)
		return value.Int(0)
	}
	return v
}

// about finds the object that a table is about, and holds its permission to the form of names.
func (r *resolver) about(pkg, name, permission string, of addr.Address, pos model.Positions) *catalog.Object {
	if permission != "" && (!model.NameForm.Match(permission) || len(permission) > model.MaxName) {
		r.errorf("bad-name", of, pos.At("permission"), diag.Textf("%q is no name: lower-case words joined by _, at most 48 characters", "%q 不是有效名称：须为小写单词以 _ 连接，最多 48 个字符", permission))
	}
	if name == "" {
		if permission != "" {
			r.errorf("bad-table", of, pos.At("permission"), diag.Textf("a permission belongs to an object; say which", "权限属于某个对象，请指明 object"))
		}
		return nil
	}
	o := r.cat.ByName[name]
	if o == nil {
		r.errorf("unknown-object", of, pos.At("object"), diag.Textf("there is no object %q", "没有对象 %q", name)).Suggestion = diag.DidYouMean(name, r.names)
		return nil
	}
	r.uses = append(r.uses, use{origin{pkg: pkg}, o.Package, o.Name, func() diag.Pos { return pos.At("object") }})
	return o
}

// TierTable finds a tier table, as a function of a measure and of what decides on the tier.
func (s scope) TierTable(name string, rate bool) (*expr.Table, *diag.Text, bool) {
	d := s.r.cat.TierTable(name)
	if d == nil {
		var names []string
		for _, x := range s.r.cat.Tiers {
			names = append(names, x.Name)
		}
		return nil, diag.DidYouMean(name, names), false
	}
	number, zone := expr.Type{Kind: value.KindDecimal}, expr.Location(s.r.cat.Zone)
	t := &expr.Table{Name: d.Name, Package: d.Package, Digest: d.Digest, Params: []expr.Type{number, number}, Result: number, Now: len(d.Decl.Versions) > 0}
	t.Eval = func(in []value.Value, env expr.Env) value.Value {
		v, ok := tier.At(d.Versions, env.NowMicros, zone)
		switch {
		case !ok:
			return value.Null
		case rate:
			return v.Ladder.Rate(in[1])
		}
		return v.Ladder.Compute(in[0], in[1]).Amount
	}
	return t, nil, true
}
