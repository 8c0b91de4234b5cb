package main

import (
	"errors"
	"strings"

	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
)

// translator picks one of two sentences by the user's language.
type translator func(en, zh string) string

// newTranslator follows TENON_LANG, else the POSIX locale variables.
func newTranslator(getenv func(string) string) translator {
	zh := false
	for _, v := range []string{"TENON_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if l := getenv(v); l != "" {
			zh = strings.HasPrefix(l, "zh")
			break
		}
	}
	return func(e, z string) string {
		if zh {
			return z
		}
		return e
	}
}

func (t translator) text(x diag.Text) string { return t(x.En, x.Zh) }

// explain says in the user's language what went wrong.
func (e *env) explain(err error) string {
	var c *errs.Error
	if errors.As(err, &c) {
		s := string(c.Code) + ": " + e.tr.text(c.Message)
		if c.Code == errs.Internal && c.Cause != nil {
			s += ": " + c.Cause.Error()
		}
		return s
	}
	return err.Error()
}
