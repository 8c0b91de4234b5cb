// Package ferrettest runs the conformance suite of stores against the MongoDB engine over an
// embedded FerretDB. It is a module of its own, so that the product does not depend on FerretDB.
package ferrettest
