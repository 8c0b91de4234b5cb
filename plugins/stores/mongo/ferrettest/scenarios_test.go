package ferrettest

import (
	"bufio"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/plugins/stores/mongo/mongotest"
)

const root = "../../../.."

// skipped are the scenarios, and parts of them, that FerretDB cannot be held to, with what it lacks.
// What breaks a unique index, and how a plan is read, is tested on the scripted server.
var skipped = map[string]string{
	"runtime/action TestVariablesAndObjects/taken": "unique",
	"runtime/code TestCodeField/taken":             "unique",
	"runtime/code TestGenerate":                    "bulk",
	"runtime/record TestCandidatesComeFromIndexes": "explain",
	"runtime/record TestReferencesComeFromIndexes": "explain",
}

// aPart are the scenarios that run with -short, by how their names begin: among them rates, roll-ups, rules and re-parenting.
var aPart = regexp.MustCompile(`^Test[QR]`)

// TestScenarios runs the tests of whole tenants over HTTP, which otherwise run on SQLite, on this
// engine: all of them, wherever they are, or with -short a part.
func TestScenarios(t *testing.T) {
	t.Parallel()
	skipped, args := skipped, []string{"test", "-short", "-vet=off", "-count=1", "-json"}
	if testing.Short() {
		args = append(args, "-run", aPart.String())
		skipped = maps.Clone(skipped)
		maps.DeleteFunc(skipped, func(name, _ string) bool {
			_, test, _ := strings.Cut(name, " ")
			return !aPart.MatchString(test)
		})
	}
	run(t, server(t)+"s?maxPoolSize=1", skipped, append(args, scenarios(t)...)...)
}

// ofTheServer are the scenarios of the binary that serves over HTTP whose answers depend on what a
// store does, and those of what clients are given. Those that end the server by force need transactions: FerretDB has
// none. TestDocs, TestDocsShowWhatOneSees and others of the standard packages with demo data take it minutes each: the
// same is asked of packages of a few objects.
var ofTheServer = []string{
	"TestImportUndone", "TestImportUndoneInPart", "TestImportAtomic", "TestImportSuggests", "TestImportDryRun", "TestImportRoundTrip", "TestImportGoesOn", "TestExportGuard",
	"TestFileOverHTTP", "TestThumbnails", "TestAttachments", "TestFilesUnderPermissions", "TestFilesAreSwept",
	"TestSubscriptionIsResumed", "TestWriteControl", "TestRedeemAtOnce",
	"TestSearchOverHTTP", "TestLifeOverHTTP", "TestBulkOverHTTP", "TestCostOverHTTP", "TestFilteredSubscriptionOverHTTP", "TestPublishSaysWhoIsActive",
	"TestFilesInS3", "TestSlowSubscribers", "TestDocsOverHTTP", "TestDocsEscape", "TestSchemaOverHTTP", "TestGenerate", "TestGraphiQL", "TestServedSchemas",
	"TestEveryKindOverHTTP", "TestComputedKindsOverHTTP", "TestKeyActions", "TestFileRanges", "TestFilesOfWrongKinds", "TestSegments", "TestFormulasOverLookups",
	"TestForgery", "TestCookiesThatAreNoneAreTakenDown", "TestAccessOverHTTP", "TestTenantsApart", "TestTenantRate", "TestTenantRuns", "TestTenantFiles", "TestTransfersAskForRights",
	"TestRightsAreKnown", "TestAdministrationAsksForRights", "TestUserManagersAreNoAdministrators", "TestHeaders",
}

// inServerSkipped are those, and parts of those, that FerretDB cannot be held to, with what it lacks.
var inServerSkipped = map[string]string{
	"platform/cmd/tenon TestImportDryRun/taken":  "unique",
	"platform/cmd/tenon TestIndexAdviceOverHTTP": "explain",
}

// inShort are one of each kind of them, which run with -short.
var inShort = []string{"TestImportUndone", "TestFileOverHTTP", "TestSubscriptionIsResumed", "TestWriteControl", "TestRedeemAtOnce"}

// TestServer runs them on this engine.
func TestServer(t *testing.T) {
	t.Parallel()
	names, skipped := append(slices.Clone(ofTheServer), "TestIndexAdviceOverHTTP"), inServerSkipped
	if testing.Short() {
		names, skipped = inShort, nil
	}
	passed := run(t, server(t)+"?maxPoolSize=1", skipped, "test", "-short", "-vet=off", "-count=1", "-json", "-run", "^("+strings.Join(names, "|")+")$", "./platform/cmd/tenon")
	for _, name := range names {
		if name = "platform/cmd/tenon " + name; !passed[name] && skipped[name] == "" {
			t.Errorf("%s has not passed", name)
		}
	}
}

// scenarios are the packages that have such tests.
func scenarios(t *testing.T) (out []string) {
	t.Helper()
	for _, layer := range []string{"runtime", "workflow", "plugins"} {
		files, err := filepath.Glob(filepath.Join(root, layer, "*"))
		must(t, err)
		more, err := filepath.Glob(filepath.Join(root, layer, "*", "*"))
		must(t, err)
		for _, dir := range append(files, more...) {
			tests, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
			must(t, err)
			if slices.ContainsFunc(tests, func(file string) bool {
				text, err := os.ReadFile(file)
				must(t, err)
				return strings.Contains(string(text), `/plugins/standard/tenanttest"`)
			}) {
				name, err := filepath.Rel(root, dir)
				must(t, err)
				out = append(out, "./"+name)
			}
		}
	}
	if len(out) < 10 {
		t.Fatalf("scenarios are in %v alone", out)
	}
	return out
}

// run runs go with arguments on an own FerretDB, and gives the tests that passed. Every test must
// but for those that may be skipped, for the reason given, and these must be.
func run(t *testing.T, uri string, skipped map[string]string, args ...string) (passed map[string]bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), mongotest.Environment+"="+uri, mongotest.Reduced+"=yes")
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	said := map[string]string{}
	missed := maps.Clone(skipped)
	passed = map[string]bool{}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<22)
	for lines.Scan() {
		var e struct{ Action, Package, Test, Output string }
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Error(lines.Text())
			continue
		}
		name := strings.TrimPrefix(e.Package, "github.com/tenon-platform/tenon/") + " " + e.Test
		switch e.Action {
		case "output", "build-output":
			said[name] += e.Output
		case "pass":
			if e.Test != "" {
				passed[name] = true
			}
			delete(said, name)
		case "skip":
			if e.Test == "" {
				continue // a package without tests
			}
			if why := skipped[name]; why == "" || !strings.Contains(said[name], "missing: "+why) {
				t.Errorf("%s is skipped: %s", name, said[name])
			}
			delete(missed, name)
		case "fail":
			t.Errorf("%s fails: %s", name, said[name])
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if len(missed) > 0 {
		t.Errorf("not skipped: %v", missed)
	}
	t.Logf("%d tests pass, %d are skipped: %v", len(passed), len(skipped)-len(missed), skipped)
	if len(passed) == 0 {
		t.Error("nothing was tested")
	}
	return passed
}
