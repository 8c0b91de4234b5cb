package graph

import (
	"encoding/json"
	"strconv"

	graphqlerrors "github.com/graph-gophers/graphql-go/errors"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/runtime/gql"
)

// findings are what validation found, without what it says of variables' values: those are
// checked by coerceVariables, for the operation at hand alone.
func findings(found []*graphqlerrors.QueryError, locale string) []*gql.Error {
	var kept []*graphqlerrors.QueryError
	for _, f := range found {
		if f.Rule != "VariablesOfCorrectType" {
			kept = append(kept, f)
		}
	}
	return gql.FromValidation(kept, locale)
}

// fail notes an error at the current path.
func (x *exec) fail(e *errs.Error) {
	path := make([]any, len(x.path))
	for i, s := range x.path {
		if path[i] = s.key; s.key == "" {
			path[i] = s.at
		}
	}
	x.errs = append(x.errs, gql.FromCoded(e, x.locale, path)...)
}

// dataKey begins every answer; what is written into an exec's out stands behind it.
const dataKey = `{"data":`

// finish puts the response together: errors first, so that readers of a stream meet them early.
func (x *exec) finish() gql.Response {
	out := x.out
	if len(x.errs) > 0 {
		out = append(append(x.errorList(), ','), x.out[1:]...)
	}
	out = append(out, `,"extensions":{"cost":{"estimated":`...)
	out = strconv.AppendInt(out, int64(x.cost), 10)
	out = append(out, `,"rows":`...)
	out = strconv.AppendInt(out, int64(x.rows), 10)
	out = x.appendAdvice(out)
	out = append(out, `}}}`...)
	x.plan.bytes.learn(len(out))
	return gql.Response{Body: out, Status: 200, Errors: len(x.errs)}
}

// errorList is the beginning of an answer with errors.
func (x *exec) errorList() []byte {
	list, err := json.Marshal(x.errs)
	if err != nil {
		list = []byte(`[{"message":"something went wrong on our side","extensions":{"code":"INTERNAL"}}]`)
	}
	return append([]byte(`{"errors":`), list...)
}

func appendText(dst []byte, s string) []byte {
	b, err := json.Marshal(s)
	if err != nil { // a string always marshals
		return append(dst, `""`...)
	}
	return append(dst, b...)
}
