package graph_test

import (
	"context"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	graphql "github.com/graph-gophers/graphql-go"

	"github.com/tenon-platform/tenon/runtime/access"
)

// sdlRoot lets graph-gophers execute introspection of a schema whose root it could not bind.
type sdlRoot struct{}

func (*sdlRoot) Ok() bool { return true }

// TestIntrospectionIsOfTheSDL holds that what the API says of itself is what graph-gophers reads
// from the SDL that it prints; deploy/conformance holds the same with graphql-js.
func TestIntrospectionIsOfTheSDL(t *testing.T) {
	w := newWorld(t, 1, nil)
	sdl, err := w.svc.SDL(access.Everything)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := graphql.ParseSchema(sdl, nil, graphql.UseStringDescriptions())
	if err != nil {
		t.Fatal(err)
	}
	delete(parsed.AST().Types, "Float") // which it lists, though nothing refers to it
	bound, err := graphql.ParseSchema("type Query { ok: Boolean! }", &sdlRoot{}, graphql.UseStringDescriptions())
	if err != nil {
		t.Fatal(err)
	}
	*bound.AST() = *parsed.AST()
	query, err := os.ReadFile("testdata/introspection.graphql")
	if err != nil {
		t.Fatal(err)
	}
	want := bound.Exec(context.Background(), string(query), "", nil)
	var got struct{ Data json.RawMessage }
	if err := json.Unmarshal(w.call(string(query), "").Body, &got); err != nil {
		t.Fatal(err)
	}
	if len(want.Errors) > 0 || len(want.Data) < 10_000 || string(got.Data) != string(want.Data) {
		t.Errorf("%v: %d bytes, want %d", want.Errors, len(got.Data), len(want.Data))
	}
}

// TestUnusedScalars: scalars of the language that a schema does not refer to are not among its types.
func TestUnusedScalars(t *testing.T) {
	w := newWorld(t, 1, nil)
	sdl, err := w.svc.SDL(access.Everything)
	if err != nil {
		t.Fatal(err)
	}
	refers := func(name string) bool { return regexp.MustCompile(`(?m): \[*` + name + `\b`).MatchString(sdl) }
	got := string(w.call(`{ __schema { types { name } } }`, "").Body)
	for _, name := range []string{"String", "Boolean", "Int", "Float", "ID"} {
		if shows := strings.Contains(got, `{"name":"`+name+`"}`); shows != refers(name) {
			t.Errorf("the schema refers to %s: %v, and shows it: %v", name, refers(name), shows)
		}
	}
	if refers("Float") || !refers("Int") {
		t.Error("all of them are there or none")
	}
}
