package typescript

import (
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/errs"
)

func TestGenerate(t *testing.T) {
	out, err := Generate(`
schema { query: Query }
scalar Decimal
scalar JSON
enum Grade { a b }
union Any = Client | Region
"A client */ of ours"
type Client { id: ID! "What it\nowes" credit: Decimal grade: Grade tags: [String!] extra: JSON region: Region }
type Region { id: ID! children: [Region]! }
input ClientPatch { credit: Decimal grade: Grade = a name: String! max: Int! = 3 }
type Query { client(id: ID!, n: Int = 3): Client ping: Boolean! }`)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"\nexport declare namespace Schema {\n", "\n  type Decimal = string;\n", "\n  type JSON = unknown;\n", "\n  type Grade = 'a' | 'b';\n", "\n  type Any = Client | Region;\n",
		"  /** A client *\\/ of ours */\n  interface Client {\n    id: string;\n    /** What it owes */\n    credit: Decimal | null;\n    grade: Grade | null;\n    tags: string[] | null;\n    extra: JSON | null;\n    region: Region | null;\n  }\n",
		"    children: (Region | null)[];\n",
		"  interface ClientPatch {\n    credit?: Decimal | null;\n    grade?: Grade | null;\n    name: string;\n    max?: number;\n  }\n",
		"  /** Arguments of Query.client. */\n  interface QueryClientArgs {\n    id: string;\n    n?: number | null;\n  }\n",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the module has no\n%s\nin\n%s", want, out[len(heading)+len(client):])
		}
	}
	if strings.Contains(string(out), "QueryPingArgs") {
		t.Error("a field without arguments has a type for them")
	}
	if _, err := Generate("type {"); err == nil {
		t.Error("a broken schema is taken")
	}
}

// TestCodes holds the codes that the client knows to the platform's.
func TestCodes(t *testing.T) {
	for _, c := range []errs.Code{errs.Unauthenticated, errs.Forbidden, errs.NotFound, errs.InvalidInput, errs.ValidationFail, errs.Duplicate, errs.VersionConflict,
		errs.RecordLocked, errs.LimitExceeded, errs.CostExceeded, errs.Timeout, errs.KeyReused, errs.ScriptFailed, errs.Unavailable, errs.Internal} {
		if !strings.Contains(client, "'"+string(c)+"'") {
			t.Errorf("the client does not know %s", c)
		}
	}
}
