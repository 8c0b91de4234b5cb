package ferrettest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/tenon-platform/tenon/plugins/stores/mongo/mongotest"
)

// TestNpmClients holds the GraphQL doors over this engine to what deploy/conformance holds them to over SQLite: the
// audits of graphql-http, introspection by graphql-js, subscriptions of graphql-ws and graphql-sse, and the
// generated TypeScript client with its calls. It needs Node, and what npm ci installs there.
func TestNpmClients(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(root, "deploy", "conformance")
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil || testing.Short() {
		t.Skip("takes Node, and npm ci in deploy/conformance")
	}
	binary := filepath.Join(t.TempDir(), "tenon.test")
	build := exec.CommandContext(t.Context(), "go", "test", "-c", "-vet=off", "-o", binary, "./platform/cmd/tenon")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), "node", "run.mjs", binary, "small")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TENON_TEST_AS_COMMAND=1", mongotest.Environment+"="+server(t)+"?maxPoolSize=1", mongotest.Reduced+"=yes")
	out, err := cmd.CombinedOutput()
	if t.Logf("%s", out); err != nil {
		t.Error(err)
	}
}
