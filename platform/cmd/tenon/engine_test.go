package main

import (
	"errors"
	"testing"
)

func TestOpenEngine(t *testing.T) {
	for _, c := range []struct{ flag, env, want string }{
		{"", "", "sqlite"}, {"sqlite", "mongodb://127.0.0.1", "sqlite"}, {"", "mongodb://127.0.0.1", "mongo"},
		{"mongodb://127.0.0.1/crm?replicaSet=rs0", "", "mongo"}, {"http://127.0.0.1", "", ""}, {"mongodb://", "", ""},
	} {
		t.Setenv("TENON_STORE", c.env)
		e, err := openEngine(&common{data: t.TempDir(), store: c.flag})
		if c.want == "" {
			if err == nil {
				t.Errorf("%q was taken", c.flag)
			}
			var u usageError
			if c.flag[:4] == "http" && !errors.As(err, &u) {
				t.Errorf("%q: got %v, want a usage error", c.flag, err)
			}
			continue
		}
		if err != nil || e.Name() != c.want {
			t.Errorf("%q, %q: got %v, %v, want %s", c.flag, c.env, e, err, c.want)
		}
	}
}
