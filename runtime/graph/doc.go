// Package graph serves a tenant's GraphQL API: it generates the schema from the catalogue as the
// caller may see it, turns operations into compiled plans of prepared store statements (one per
// level and object, whatever the number of rows), and writes rows as JSON while they are read.
//
// An operation's life: Service.Execute finds its document in the cache, or parses it, validates it
// against the schema and keeps it; coerces the variables; finds the plan for their shape, or
// compiles it; binds the values; runs the levels on one snapshot; and splices their rows together.
//
// It knows no transport (see httpgraph) and carries out no writes of its own (see runtime/record).
package graph
