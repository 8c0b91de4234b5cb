package mapping

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/runtime/access"
)

// Suggestion is a field that a column may fill.
type Suggestion struct {
	Field string     `json:"field"` // as Column.Field names it
	Label model.Text `json:"label"`
	Score int        `json:"score"` // 1 to 100
	Steps []Step     `json:"steps,omitempty"`
}

const (
	// maxSuggestions is how many are made for a column; those below minScore are not worth showing,
	// and only those from sure on are taken into the proposed mapping.
	maxSuggestions = 5
	minScore       = 35
	sure           = 70
)

// candidate is a field, or a key of another object's, with all its names in normal form.
type candidate struct {
	path  string
	label model.Text
	names []string
	field *catalog.Field // whose values it takes
	place int
}

// Suggest gives for each column of a file the fields that it may fill, the best first, by their
// names and by whether the cells of some rows fit them.
func Suggest(header []string, rows [][]string, t Target) [][]Suggestion {
	cands := candidates(t)
	out := make([][]Suggestion, len(header))
	for i, h := range header {
		name := normal(h)
		if name == "" {
			continue
		}
		for _, c := range cands {
			best := 0
			for _, n := range c.names {
				best = max(best, similarity(name, n))
			}
			if best < minScore {
				continue
			}
			steps, fit := fits(c.field, column1(rows, i), t.Zone)
			if score := best * (60 + int(40*fit)) / 100; score >= minScore {
				out[i] = append(out[i], Suggestion{c.path, c.label, score, steps})
			}
		}
		slices.SortStableFunc(out[i], func(a, b Suggestion) int { return cmp.Compare(b.Score, a.Score) })
		out[i] = out[i][:min(len(out[i]), maxSuggestions)]
	}
	return out
}

// Propose takes the surest suggestions, no field twice.
func Propose(header []string, all [][]Suggestion) []Column {
	type pair struct{ col, n int }
	var pairs []pair
	for i := range all {
		for n := range all[i] {
			if all[i][n].Score >= sure {
				pairs = append(pairs, pair{i, n})
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return cmp.Compare(all[b.col][b.n].Score, all[a.col][a.n].Score) })
	chosen := make([]*Suggestion, len(header))
	taken := map[string]bool{}
	for _, p := range pairs {
		s := &all[p.col][p.n]
		base, _, _ := strings.Cut(s.Field, ".")
		if chosen[p.col] == nil && !taken[base] {
			chosen[p.col], taken[base] = s, true
		}
	}
	out := []Column{}
	for i, s := range chosen {
		if s != nil {
			out = append(out, Column{Field: s.Field, From: header[i], Steps: s.Steps})
		}
	}
	return out
}

func column1(rows [][]string, i int) (out []string) {
	for _, r := range rows {
		if i < len(r) && strings.TrimSpace(r[i]) != "" {
			out = append(out, r[i])
		}
	}
	return out
}

// candidates are the fields that the caller may write, and the one-field keys of the records that
// its lookups may lead to.
func candidates(t Target) []candidate {
	var out []candidate
	for _, f := range t.Object.Fields {
		if !Writable(f, t.Profile) {
			continue
		}
		out = append(out, candidate{path: f.APIName, label: f.Label, names: fieldNames(f), field: f, place: len(out)})
		if !single(f) || !t.Profile.Can(f.Ref.Target(), access.Read) {
			continue
		}
		for _, k := range singleKeys(f.Ref.Target()) {
			if t.Profile.CanRead(k) {
				out = append(out, through(f, k))
			}
		}
	}
	return out
}

// singleKeys are the fields that alone find a record, but for the id.
func singleKeys(o *catalog.Object) (out []*catalog.Field) {
	for _, k := range o.Keys {
		if len(k.Fields) == 1 && k.Fields[0].Column != "" && k.Fields[0].Ref == nil {
			out = append(out, k.Fields[0])
		}
	}
	return append(out, o.Field(catalog.ExternalID))
}

func fieldNames(f *catalog.Field) []string {
	out := []string{normal(f.Name), normal(f.APIName)}
	for _, l := range f.Label {
		out = append(out, normal(l))
	}
	return out
}

// through is a lookup filled by a key: "account.code" is called Account code, 客户编码, and, where
// the key is what people call the record by, plainly Account.
func through(f, key *catalog.Field) candidate {
	c := candidate{path: f.RelName + "." + key.APIName, label: model.Text{}, field: key}
	refs := append(fieldNames(f), normal(f.RelName))
	for _, r := range refs {
		for _, k := range fieldNames(key) {
			c.names = append(c.names, r+k)
		}
	}
	if key == f.Ref.Target().NameField {
		c.names = append(c.names, refs...)
	}
	for loc, l := range f.Label {
		if kl := key.Label[loc]; kl != "" {
			c.label[loc] = l + " / " + kl
		}
	}
	return c
}

// normal is a name without case, width, accents, space and punctuation.
func normal(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKD.String(s))
}

// similarity of two normal names, 0 to 100: equal, one inside the other, or alike by Dice's
// coefficient of their pairs of letters.
func similarity(a, b string) int {
	switch {
	case a == b:
		return 100
	case a == "" || b == "":
		return 0
	}
	x, y := []rune(a), []rune(b)
	if len(x) > len(y) {
		x, y, a, b = y, x, b, a
	}
	score := 0
	if len(x) > 1 && strings.Contains(b, a) {
		score = 50 + 45*len(x)/len(y)
	}
	return max(score, 90*dice(x, y)/100)
}

func dice(a, b []rune) int {
	if len(a) < 2 || len(b) < 2 {
		return 0
	}
	pairs := map[[2]rune]int{}
	for i := range len(a) - 1 {
		pairs[[2]rune{a[i], a[i+1]}]++
	}
	same := 0
	for i := range len(b) - 1 {
		if p := [2]rune{b[i], b[i+1]}; pairs[p] > 0 {
			pairs[p]--
			same++
		}
	}
	return 200 * same / (len(a) + len(b) - 2)
}

// guesses are the steps that are tried where cells do not fit as they are. A format stands before
// those that the same cells could be read by less likely.
var guesses = [][]Step{
	nil,
	{{Do: "trim"}},
	{{Do: "number", Group: ","}},
	{{Do: "number", Decimal: ",", Group: "."}},
	{{Do: "number", Decimal: ",", Group: " "}},
	{{Do: "date", Formats: []string{"DD.MM.YYYY", "DD/MM/YYYY", "DD-MM-YYYY"}}},
	{{Do: "date", Formats: []string{"MM/DD/YYYY", "MM-DD-YYYY"}}},
	{{Do: "date", Formats: []string{"D MMM YYYY", "MMM D, YYYY", "D MMMM YYYY", "MMMM D, YYYY"}}},
	{{Do: "date", Formats: []string{"YYYY/MM/DD hh:mm A", "MM/DD/YYYY hh:mm A", "MM/DD/YYYY HH:mm"}}},
}

// fits gives the share of cells that a field takes, 0 to 1, and the steps that it needs for that.
func fits(f *catalog.Field, cells []string, zone *time.Location) ([]Step, float64) {
	if len(cells) == 0 {
		return nil, 1
	}
	var best []Step
	most := -1
	for _, g := range guesses {
		steps, err := compileSteps(g)
		if err != nil {
			continue
		}
		if n := taken(f, cells, steps, zone); n > most {
			best, most = g, n
		}
		if most == len(cells) {
			break
		}
	}
	return best, float64(most) / float64(len(cells))
}

func taken(f *catalog.Field, cells []string, steps []step, zone *time.Location) (n int) {
	c := column{at: 0, steps: steps}
	read := reader(f, zone)
	for _, cell := range cells {
		s, err := c.text([]string{cell})
		if err != nil {
			continue
		}
		v, err := read(s)
		if err != nil {
			continue
		}
		if _, err = f.Type.Coerce(v); err == nil {
			n++
		}
	}
	return n
}
