package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTenantsKilled: a kill at any commit of creating and of removing a tenant leaves it wholly there
// or wholly gone once the directory has been opened again.
func TestTenantsKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("starts some sixty processes")
	}
	data := t.TempDir()
	must(t, "tenant", "list", "--data", data)
	state := func() string {
		t.Helper()
		var all []tenantView
		if err := json.Unmarshal([]byte(must(t, "tenant", "list", "--data", data, "--json")), &all); err != nil {
			t.Fatal(err)
		}
		for _, v := range all {
			if v.Name == "acme" {
				return v.State
			}
		}
		return ""
	}
	gone := func() bool {
		_, err := os.Stat(filepath.Join(data, "tenants", "acme"))
		return os.IsNotExist(err)
	}
	killed := func(at string, args ...string) bool {
		cmd := process(t, append(args, "--data", data)...)
		cmd.Env = append(cmd.Env, "TENON_CRASH_AT="+at)
		out, err := cmd.CombinedOutput()
		if err == nil {
			return false
		}
		if !strings.Contains(err.Error(), "killed") {
			t.Fatalf("%v at %s: %v %s", args, at, err, out)
		}
		return true
	}
	for _, of := range []string{"", "tenant/"} {
		n, kills, made := 1, 0, 0
		for ; n < 60; n++ {
			when := []string{"before", "after"}[n%2]
			if !killed(fmt.Sprintf("%s%d:%s", of, n, when), "tenant", "create", "acme", "--packages", map[string]string{"": "-", "tenant/": "platform-base"}[of]) {
				break
			}
			kills++
			switch state() {
			case "":
				if !gone() {
					t.Errorf("killed %s %s%d: the directory is left", when, of, n)
				}
			case "active":
				made++
				must(t, "history", "--data", data, "--tenant", "acme")
				must(t, "tenant", "remove", "--data", data, "--yes", "acme")
			default:
				t.Errorf("killed %s %s%d: the tenant is %s", when, of, n, state())
			}
		}
		if kills < 3 || n == 60 {
			t.Errorf("%d kills at commits of %q", kills, of)
		}
		t.Logf("creating: %d kills at commits of %q, %d of them after the tenant was whole", kills, of, made)
		must(t, "tenant", "remove", "--data", data, "--yes", "acme")
	}
	kills := 0
	for n := 1; n < 60; n++ {
		must(t, "tenant", "create", "--data", data, "acme", "--packages", "-")
		if !killed(fmt.Sprintf("%d:%s", n, []string{"before", "after"}[n%2]), "tenant", "remove", "--yes", "acme") {
			break
		}
		kills++
		switch state() {
		case "":
			if !gone() {
				t.Errorf("removing, killed at %d: the directory is left", n)
			}
		case "active":
			must(t, "history", "--data", data, "--tenant", "acme")
			must(t, "tenant", "remove", "--data", data, "--yes", "acme")
		default:
			t.Errorf("removing, killed at %d: the tenant is %s", n, state())
		}
	}
	if kills < 2 {
		t.Errorf("%d kills while removing", kills)
	}
}
