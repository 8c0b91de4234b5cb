package auth

import (
	"fmt"

	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
)

// Physical names of the tables of this package.
const (
	loginTable   = "_credential"
	sessionTable = "_session"
	keyTable     = "_token"
	inviteTable  = "_invitation"
)

// SystemTables are the tables that this package keeps in every tenant's store.
func SystemTables() []driver.Table {
	unique := func(name, column string) driver.Index {
		return driver.Index{Name: name, Unique: true, Columns: []driver.IndexColumn{{Column: column}}}
	}
	by := func(name, column string) driver.Index {
		return driver.Index{Name: name, Columns: []driver.IndexColumn{{Column: column}}}
	}
	return []driver.Table{
		{Name: loginTable, Columns: []driver.Column{
			{Name: "login", Type: driver.Text},  // in small letters
			{Name: "user_id", Type: driver.Ref}, // the user record; 0: there is none
			{Name: "hash", Type: driver.Text},   // of the password; empty: it has none yet
			{Name: "admin", Type: driver.Bool},  // may administer the tenant
			{Name: "disabled", Type: driver.Bool},
			{Name: "created", Type: driver.DateTime},
			{Name: "changed", Type: driver.DateTime}, // the password
			{Name: "signed_in", Type: driver.DateTime},
			{Name: "totp", Type: driver.Text},     // the sealed secret; empty: none
			{Name: "totp_on", Type: driver.Bool},  // else enrolment is not complete
			{Name: "totp_step", Type: driver.Int}, // of the last code that was used
			{Name: "recovery", Type: driver.List}, // digests of recovery codes
			{Name: "external", Type: driver.Text}, // who it is to an OpenID provider: issuer and subject; null: nobody
		}, Indexes: []driver.Index{{Name: "_credential_login", Unique: true, Columns: []driver.IndexColumn{{Column: "login", Fold: true}}}, by("_credential_user", "user_id"), unique("_credential_external", "external")}},
		{Name: sessionTable, Columns: []driver.Column{
			{Name: "digest", Type: driver.Text}, // SHA-256 of the token, base64; so in all tables here
			{Name: "login_id", Type: driver.Ref},
			{Name: "created", Type: driver.DateTime},
			{Name: "used", Type: driver.DateTime},
			{Name: "ends", Type: driver.DateTime}, // whatever happens
			{Name: "address", Type: driver.Text},
			{Name: "agent", Type: driver.Text},    // the browser, as it calls itself
			{Name: "external", Type: driver.Bool}, // an OpenID provider has signed the person in
			{Name: "roles", Type: driver.List},    // that the provider gives; null: none
		}, Indexes: []driver.Index{unique("_session_digest", "digest"), by("_session_login", "login_id")}},
		{Name: keyTable, Columns: []driver.Column{
			{Name: "digest", Type: driver.Text},
			{Name: "login", Type: driver.Text},
			{Name: "user_id", Type: driver.Ref},
			{Name: "admin", Type: driver.Bool},
			{Name: "label", Type: driver.Text},
			{Name: "expires", Type: driver.DateTime}, // null: never
			{Name: "budget", Type: driver.Int},       // null: none
			{Name: "scope", Type: driver.JSON},       // ident.Scope; null: none
			{Name: "created", Type: driver.DateTime},
			{Name: "used", Type: driver.DateTime},
		}, Indexes: []driver.Index{unique("_token_digest", "digest"), by("_token_login", "login")}},
		{Name: inviteTable, Columns: []driver.Column{
			{Name: "digest", Type: driver.Text},
			{Name: "login_id", Type: driver.Ref},
			{Name: "expires", Type: driver.DateTime},
		}, Indexes: []driver.Index{unique("_invitation_digest", "digest"), by("_invitation_login", "login_id")}},
		{Name: settingTable, Columns: []driver.Column{{Name: "settings", Type: driver.JSON}}},
	}
}

// statements are the prepared reads of this package.
type statements struct {
	byLogin, byID, byExternal, logins driver.Stmt // logins
	session, sessions                 driver.Stmt
	key, keys                         driver.Stmt
	invitation, settings              driver.Stmt
}

var (
	loginColumns   = []string{"id", "login", "user_id", "hash", "admin", "disabled", "created", "changed", "signed_in", "totp", "totp_on", "totp_step", "recovery"}
	sessionColumns = []string{"id", "login_id", "created", "used", "ends", "address", "agent", "external", "roles"}
	keyColumns     = []string{"id", "login", "label", "expires", "budget", "scope", "created", "used"}
)

func (q *statements) prepare(db *store.DB) error {
	login := cols(loginColumns...)
	for _, p := range []struct {
		st *driver.Stmt
		q  driver.Query
	}{
		{&q.byLogin, driver.Query{Table: loginTable, Select: login, Where: is("login")}},
		{&q.byID, driver.Query{Table: loginTable, Select: login, Where: is("id")}},
		{&q.byExternal, driver.Query{Table: loginTable, Select: login, Where: is("external")}},
		{&q.logins, driver.Query{Table: loginTable, Select: login, Where: driver.Cmp{Op: driver.Gt, L: driver.Col{Name: "login"}, R: driver.Param{N: 0}},
			Order: []driver.Order{{Expr: driver.Col{Name: "login"}}, {Expr: driver.Col{Name: "id"}}}, Limit: driver.Param{N: 1}}},
		{&q.session, driver.Query{Table: sessionTable, Select: cols(sessionColumns...), Where: is("digest")}},
		{&q.sessions, driver.Query{Table: sessionTable, Select: cols(sessionColumns...), Where: is("login_id"),
			Order: []driver.Order{{Expr: driver.Col{Name: "created"}, Desc: true}, {Expr: driver.Col{Name: "id"}}}}},
		{&q.key, driver.Query{Table: keyTable, Select: cols(keyColumns...), Where: is("digest")}},
		{&q.keys, driver.Query{Table: keyTable, Select: cols(keyColumns...), Where: is("login"),
			Order: []driver.Order{{Expr: driver.Col{Name: "id"}}}}},
		{&q.settings, driver.Query{Table: settingTable, Select: cols("settings")}},
		{&q.invitation, driver.Query{Table: inviteTable, Select: cols("id", "login_id", "expires"), Where: is("digest")}},
	} {
		var err error
		if *p.st, err = db.Prepare(&p.q); err != nil {
			return fmt.Errorf("prepare the reads of logins: %w", err)
		}
	}
	return nil
}

func cols(names ...string) (out []driver.Expr) {
	for _, n := range names {
		out = append(out, driver.Col{Name: n})
	}
	return out
}

// is is the condition that a column equals the first argument.
func is(name string) driver.Expr {
	return driver.Cmp{Op: driver.Eq, L: driver.Col{Name: name}, R: driver.Param{N: 0}}
}
