package scoring_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/plugins/standard/tenanttest"
	"github.com/tenon-platform/tenon/runtime/publish"
)

// TestScore: a lead is scored by what it is and by events that fade, at a moment that may be given,
// and every line of the score is told.
func TestScore(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "leads")
	lead := w.ID("Lead", `name: "x", company: "Acme", industry: "equipment", titleLevel: "c_level"`)
	event := func(rule, points string, days float64) {
		at := w.Clock.Now().Add(-time.Duration(days * 24 * float64(time.Hour)))
		w.ID("ScoreEvent", fmt.Sprintf(`leadId: %q, ruleCode: %q, basePoints: %q, occurredAt: %q`, lead, rule, points, at.Format(time.RFC3339)))
	}
	rate := func(input string) string {
		return fmt.Sprintf(`mutation { leadRate(id: %q%s) { lead { fit grade engagement score band explanation } } }`, lead, input)
	}
	w.Want(rate(""), `{"fit":"50.00","grade":"B","engagement":"0.00","score":"20.00","band":"cold","explanation":{"events":[],`)
	event("download", "10", 15)
	w.Want(rate(""), `{"fit":"70.00","grade":"A","engagement":"7.07","score":"32.24","band":"warm","explanation":{"events":[{"after":"7.0711","before":"10.00","name":"download"}],`+
		`"fit":[{"after":"25","before":"25","name":"industry"},{"after":"25","before":"25","name":"c_level"},{"after":"20","before":"20","name":"known"}],`+
		`"groups":[{"after":"7.0711","before":"7.0711","name":"content"}],"rules":[{"after":"7.0711","before":"7.0711","name":"download"}]}}`)
	event("page_view", "25", 30) // 12.5, capped to 10
	event("download", "64", 30)  // 32: with the others 49.07, capped to 40
	event("unsubscribe", "-15", 90)
	event("gone", "50", 1)
	w.Want(rate(""), `"engagement":"25.00","score":"43.00","band":"warm"`)
	before := w.Clock.Now().Add(-20 * 24 * time.Hour).Format(time.RFC3339)
	// The first download was not yet.
	w.Want(rate(`, input: {asOf: "`+before+`"}`), `{"before":"10.00","name":"download"},`)
}

// TestNoModel: a model that there is not is named.
func TestNoModel(t *testing.T) {
	files := tenanttest.Files(t, os.DirFS("testdata/leads"))
	delete(files, "scorings/lead_default.json")
	w := tenanttest.OpenBundle(t, publish.Bundle{"leads": files})
	lead := w.ID("Lead", `name: "x"`)
	w.Want(fmt.Sprintf(`mutation { leadRate(id: %q) { lead { fit } } }`, lead), `"code":"NOT_FOUND"`)
}
