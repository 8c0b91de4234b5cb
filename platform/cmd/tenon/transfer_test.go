package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/transfer"
	"github.com/tenon-platform/tenon/runtime/transfer/mapping"
)

// moved runs an import of a file as somebody, and gives it as it ended.
func (in *instance) moved(t *testing.T, ctx context.Context, object, file string, as mapping.Settings) (*transfer.Job, []transfer.Finding, error) {
	t.Helper()
	job, err := in.moves.Upload(ctx, object, object+".csv", strings.NewReader(file))
	if err != nil {
		return nil, nil, err
	}
	if job, err = in.moves.Configure(ctx, job.ID, transfer.Configuration{Map: &as}); err != nil {
		return nil, nil, err
	}
	if _, err = in.moves.Run(ctx, job.ID); err != nil {
		return nil, nil, err
	}
	if job, err = in.moves.Wait(ctx, job.ID); err != nil {
		t.Fatal(err)
	}
	found, _, err := in.moves.Findings(ctx, job.ID, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	return job, found, nil
}

func (in *instance) exported(ctx context.Context, e transfer.Export) (string, error) {
	x, err := in.moves.Export(ctx, e)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	err = x.Write(ctx, &out)
	return out.String(), err
}

// TestMovesUnderPermissions imports and exports as people who may not do everything.
func TestMovesUnderPermissions(t *testing.T) {
	in := opened(t, clock.System{})
	admin := signedIn(ident.Principal{Name: "admin", Admin: true})
	if err := in.installStandard(admin, nil, true); err != nil {
		t.Fatal(err)
	}
	in.moves.Start()
	rep, guest := in.demoUser(t, "xu.jing"), in.demoUser(t, "du.pengfei")
	asRep, asGuest := signedIn(rep), signedIn(guest)
	for _, role := range []string{"data_exporter", "data_importer"} {
		in.ask(t, admin, fmt.Sprintf(`mutation { createSysRoleAssignment(input: {userId: "sys_user_%d", role: %q}) { warnings { rule } } }`, rep.UserID, role), nil)
	}
	create := func(name, owner string) string {
		t.Helper()
		var made struct {
			CreateAccount struct{ Account struct{ ID string } }
		}
		in.ask(t, admin, fmt.Sprintf(`mutation { createAccount(input: {name: %q, ownerId: %s}) { account { id } } }`, name, owner), &made)
		return made.CreateAccount.Account.ID
	}
	mine, foreign := create("Mine Ltd", fmt.Sprintf(`"sys_user_%d"`, rep.UserID)), create("Foreign Ltd", "null")

	t.Run("export", func(t *testing.T) {
		var seen struct{ Accounts struct{ TotalCount int } }
		in.ask(t, asRep, `{ accounts { totalCount } }`, &seen)
		out, err := in.exported(asRep, transfer.Export{Object: "account", Fields: []string{"id", "name"}})
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(out, "\n") - 1; n != seen.Accounts.TotalCount {
			t.Errorf("%d accounts exported, %d are seen", n, seen.Accounts.TotalCount)
		}
		if !strings.Contains(out, mine) || strings.Contains(out, foreign) {
			t.Errorf("exported:\n%s", out)
		}
		if out, err := in.exported(admin, transfer.Export{Object: "account", Fields: []string{"id"}}); err != nil || !strings.Contains(out, foreign) {
			t.Errorf("an administrator's export: %v\n%s", err, out)
		}
		if out, err := in.exported(asGuest, transfer.Export{Object: "account"}); err == nil {
			t.Errorf("a user without roles exports %s", out)
		}
		if out, err := in.exported(asRep, transfer.Export{Object: "contact", Fields: []string{"birthday"}}); err == nil {
			t.Errorf("a hidden field is exported: %s", out)
		}
		out, err = in.exported(asRep, transfer.Export{Object: "contact", Header: "name"})
		if head, _, _ := strings.Cut(out, "\n"); err != nil || strings.Contains(head, "birthday") || !strings.Contains(head, "name") {
			t.Errorf("columns of an export: %v %s", err, head)
		}
	})

	rename := mapping.Settings{Mode: mapping.Update, Key: []string{"id"}, Columns: []mapping.Column{{From: "id", Field: "id"}, {From: "name", Field: "name"}}}
	t.Run("import", func(t *testing.T) {
		job, found, err := in.moved(t, asRep, "account", "id,name\n"+mine+",Mine 2\n"+foreign+",Taken\n", rename)
		if err != nil {
			t.Fatal(err)
		}
		if job.Status != transfer.Done || job.State.Updated != 1 || job.State.Failed != 1 || len(found) != 1 || found[0].Code != "NOT_FOUND" {
			t.Errorf("%s, %+v, %+v", job.Status, job.State, found)
		}
		if body := in.ask(t, admin, fmt.Sprintf(`{ accounts(filter: {id: {in: [%q, %q]}}, orderBy: [{id: ASC}]) { nodes { name } } }`, mine, foreign), nil); !strings.Contains(body, "Mine 2") || !strings.Contains(body, "Foreign Ltd") {
			t.Errorf("after the import: %s", body)
		}
		if _, _, err := in.moved(t, asGuest, "account", "name\nX\n", mapping.Settings{Mode: mapping.Create, Columns: []mapping.Column{{From: "name", Field: "name"}}}); err == nil {
			t.Error("a user without roles imports accounts")
		}
		if _, _, err := in.moved(t, asRep, "sys_counter", "name\nX\n", mapping.Settings{Mode: mapping.Create}); err == nil {
			t.Error("an object that is not shown is imported to")
		}
	})

	t.Run("of somebody else", func(t *testing.T) {
		job, _, err := in.moved(t, admin, "account", "id,name\n"+foreign+",Renamed\n", rename)
		if err != nil || job.State.Updated != 1 {
			t.Fatal(err, job)
		}
		if _, err := in.moves.Import(asRep, job.ID); err == nil {
			t.Error("somebody else's import is shown")
		}
		if _, err := in.moves.Undo(asRep, job.ID); err == nil {
			t.Error("somebody else's import is undone")
		}
	})

	// What an administrator sets going is done with an administrator's permissions, and no other.
	t.Run("the one who begins it answers for it", func(t *testing.T) {
		job, err := in.moves.Upload(asRep, "account", "a.csv", strings.NewReader("id,name\n"+foreign+",Helped\n"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err = in.moves.Configure(asRep, job.ID, transfer.Configuration{Map: &rename}); err != nil {
			t.Fatal(err)
		}
		if _, err = in.moves.Run(admin, job.ID); err != nil {
			t.Fatal(err)
		}
		if job, err = in.moves.Wait(admin, job.ID); err != nil || job.State.Updated != 1 {
			t.Fatal(err, job.State)
		}
		if _, err = in.moves.Undo(asRep, job.ID); err != nil {
			t.Fatal(err)
		}
		if job, err = in.moves.Wait(asRep, job.ID); err != nil || job.State.Undone != 0 || job.State.Refused != 1 {
			t.Errorf("a user takes back what only an administrator may write: %v %+v", err, job.State)
		}
	})
}
