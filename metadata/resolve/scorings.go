package resolve

import (
	"sort"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/score"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/spec"
	"github.com/tenon-platform/tenon/platform/value"
)

var groupKeys = spec.Of[model.ScoreGroup]()

// maxScoreRules bounds each list of a scoring model.
const maxScoreRules = 200

// scorings resolves the scoring models of all packages.
func (r *resolver) scorings() {
	for _, p := range r.ordered {
		for i := range p.Scorings {
			r.scoring(p.Manifest.Name, &p.Scorings[i])
		}
	}
	sort.Slice(r.cat.Scorings, func(i, j int) bool { return r.cat.Scorings[i].Name < r.cat.Scorings[j].Name })
}

// scoreCheck resolves one model.
type scoreCheck struct {
	checked
	decl *model.Scoring
	s    *catalog.Scoring
}

func (r *resolver) scoring(pkg string, decl *model.Scoring) {
	plain := *decl
	plain.Pos = model.Positions{}
	c := &scoreCheck{checked{r, addr.Scoring(decl.Name), decl.Pos}, decl, &catalog.Scoring{Name: decl.Name, Package: pkg, Label: decl.Label, Decl: &plain}}
	if r.cat.Scoring(decl.Name) != nil {
		c.errorf("duplicate-name", "name", "there are two scoring models named %s", "有两个名为 %s 的评分模型", decl.Name)
		return
	}
	if decl.Object == "" {
		c.errorf("unknown-object", "object", "a model scores records of an object", "评分模型须指明对象")
		return
	}
	if c.s.Object = r.about(pkg, decl.Object, "", c.of, decl.Pos); c.s.Object == nil {
		return
	}
	for key, n := range map[string]int{"fit": len(decl.Fit), "grades": len(decl.Grades), "groups": len(decl.Groups), "events": len(decl.Events), "bands": len(decl.Bands)} {
		if n > maxScoreRules {
			c.errorf("bad-scoring", key, "a model has at most %d of these", "评分模型此处最多 %d 项", maxScoreRules)
		}
	}
	c.fit()
	c.groups()
	c.events()
	c.s.Grades, c.s.Bands = c.bands(decl.Grades, "grades"), c.bands(decl.Bands, "bands")
	c.s.Events.Min, c.s.Events.Max = c.optional(decl.Min, "min"), c.optional(decl.Max, "max")
	c.s.Total = r.compileIn(scoreScope{}, decl.Total, "", decl.Pos.Place("total"), c.of, expr.Options{Want: expr.Type{Kind: value.KindDecimal}})
	r.cat.Scorings = append(r.cat.Scorings, c.s)
}

func (c *scoreCheck) number(text, path string) value.Value {
	v, err := value.ParseDecimal(text)
	if err != nil {
		c.errorf("bad-scoring", path, "%q is no decimal number", "%q 不是十进制数", text)
		return value.Int(1)
	}
	return v
}

func (c *scoreCheck) optional(text, path string) value.Value {
	if text == "" {
		return value.Null
	}
	return c.number(text, path)
}

// once reports a name that is there twice, or has not the form of names.
func (c *scoreCheck) once(seen map[string]bool, name, path string) {
	if !model.NameForm.Match(name) || len(name) > model.MaxName {
		c.errorf("bad-name", path+".name", "%q is no name: lower-case words joined by _, at most 48 characters", "%q 不是有效名称：须为小写单词以 _ 连接，最多 48 个字符", name)
	}
	c.twice(seen, name, path)
}

func (c *scoreCheck) twice(seen map[string]bool, name, path string) {
	if seen[name] {
		c.errorf("duplicate-name", path+".name", "%q is there twice", "%q 重复", name)
	}
	seen[name] = true
}

func (c *scoreCheck) fit() {
	seen := map[string]bool{}
	for i, x := range c.decl.Fit {
		path := "fit." + itoa(i)
		c.once(seen, x.Name, path)
		p := c.r.compile(x.When, c.s.Object, c.decl.Pos.Place(path+".when"), c.of, expr.Options{Want: boolean})
		c.s.Fit = append(c.s.Fit, catalog.ScoreFit{Name: x.Name, When: p, Points: c.number(x.Points, path+".points")})
	}
}

func (c *scoreCheck) groups() {
	seen := map[string]bool{}
	for i, x := range c.decl.Groups {
		path := "groups." + itoa(i)
		c.once(seen, x.Name, path)
		g := score.Group{Name: x.Name, Cap: c.optional(x.Cap, path+".cap"), Decay: score.Decay{Kind: score.Fading(x.Decay), Negative: x.DecayNegative}}
		if x.Decay != "" {
			c.r.oneOf(c.of, c.decl.Pos.Place(path+".decay"), x.Decay, groupKeys.Get("decay").Enum)
		}
		fades := x.Decay != "" && g.Decay.Kind != score.Never
		switch {
		case fades:
			if g.Decay.Days = c.number(x.Days, path+".days"); value.Compare(g.Decay.Days, value.Int(0)) <= 0 {
				c.errorf("bad-scoring", path+".days", "points fade within more than 0 days", "衰减天数须大于 0")
			}
		case x.Days != "":
			c.errorf("bad-scoring", path+".days", "points that do not fade need no days", "不衰减时无需设置天数")
		}
		if linear := g.Decay.Kind == score.Linear; linear {
			if g.Decay.Rate = c.number(x.Rate, path+".rate"); value.Compare(g.Decay.Rate, value.Int(0)) < 0 {
				c.errorf("bad-scoring", path+".rate", "a rate is not below 0", "比例不得小于 0")
			}
		} else if x.Rate != "" {
			c.errorf("bad-scoring", path+".rate", "only points that fade linearly have a rate", "仅线性衰减可设置比例")
		}
		c.s.Events.Groups = append(c.s.Events.Groups, g)
	}
}

func (c *scoreCheck) events() {
	seen := map[string]bool{}
	for i, x := range c.decl.Events {
		path := "events." + itoa(i)
		c.once(seen, x.Name, path)
		at, names := -1, []string{}
		for k, g := range c.decl.Groups {
			if names = append(names, g.Name); g.Name == x.Group {
				at = k
			}
		}
		if at < 0 {
			c.errorf("bad-scoring", path+".group", "there is no group %q", "没有分组 %q", x.Group).Suggestion = diag.DidYouMean(x.Group, names)
			continue
		}
		c.s.Events.Rules = append(c.s.Events.Rules, score.Rule{Name: x.Name, Group: at, Cap: c.optional(x.Cap, path+".cap")})
	}
}

func (c *scoreCheck) bands(bands []model.ScoreBand, key string) (out []score.Band) {
	seen := map[string]bool{}
	for i, x := range bands {
		path := key + "." + itoa(i)
		if x.Name == "" {
			c.errorf("bad-value", path+".name", "a band needs a name", "档位需要名称")
		}
		c.twice(seen, x.Name, path)
		b := score.Band{Name: x.Name, Min: c.number(x.Min, path+".min")}
		if i > 0 && value.Compare(out[i-1].Min, b.Min) <= 0 {
			c.errorf("bad-scoring", path+".min", "bands stand from the highest down", "档位须自高至低排列")
		}
		out = append(out, b)
	}
	return out
}

// scoreScope tells the expression of a total what names mean.
type scoreScope struct{}

var _ expr.Scope = scoreScope{}

// Symbol finds fit and engagement.
func (scoreScope) Symbol(_, name string) (expr.Symbol, bool) {
	return expr.Symbol{Name: name, Type: expr.Type{Kind: value.KindDecimal, Scale: 2}}, name == "fit" || name == "engagement"
}

func (scoreScope) Names(string) []string                      { return []string{"engagement", "fit"} }
func (scoreScope) Children(string, string) (expr.Child, bool) { return expr.Child{}, false }
func (scoreScope) ChildNames(string) []string                 { return nil }
func (scoreScope) Table(string) string                        { return "" }
