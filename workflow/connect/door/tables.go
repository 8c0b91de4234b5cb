package door

import (
	"context"
	"errors"
	"fmt"

	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// Physical names of the system tables.
const (
	secrets    = "_secret"
	tokens     = "_secret_token"
	states     = "_connection"
	deliveries = "_delivery"
	hooks      = "_hook"
	heard      = "_hook_message"
)

// SystemTables are the tables that this package keeps in every tenant's store.
func SystemTables() []driver.Table {
	text := func(n string) driver.Column { return driver.Column{Name: n, Type: driver.Text} }
	at := func(n string) driver.Column { return driver.Column{Name: n, Type: driver.DateTime} }
	num := func(n string) driver.Column { return driver.Column{Name: n, Type: driver.Int} }
	yes := func(n string) driver.Column { return driver.Column{Name: n, Type: driver.Bool} }
	doc := func(n string) driver.Column { return driver.Column{Name: n, Type: driver.JSON} }
	ref := func(n string) driver.Column { return driver.Column{Name: n, Type: driver.Ref} }
	index := func(name string, unique bool, cols ...string) driver.Index {
		ix := driver.Index{Name: name, Unique: unique}
		for _, c := range cols {
			ix.Columns = append(ix.Columns, driver.IndexColumn{Column: c})
		}
		return ix
	}
	return []driver.Table{
		{Name: secrets, Columns: []driver.Column{text("name"), text("sealed"), at("set"), text("by")}, Indexes: []driver.Index{index("_secret_name", true, "name")}},
		{Name: tokens, Columns: []driver.Column{text("name"), text("sealed")}, Indexes: []driver.Index{index("_secret_token_name", true, "name")}},
		{Name: states, Columns: []driver.Column{text("name"), yes("disabled"), at("failing"), at("probed"), text("fault"), text("detail")}, Indexes: []driver.Index{index("_connection_name", true, "name")}},
		// letter is what is sent; log the last attempts.
		{Name: deliveries, Columns: []driver.Column{text("message"), text("connection"), text("source"), text("type"), text("record"), text("recipient"), text("subject"), text("order"), doc("letter"),
			text("status"), num("tries"), at("created"), at("next"), at("ended"), doc("log")},
			Indexes: []driver.Index{index("_delivery_message", true, "message"), index("_delivery_ended", false, "status", "ended")}},
		{Name: hooks, Columns: []driver.Column{text("name"), text("digest"), ref("user_id"), at("opened"), at("used")}, Indexes: []driver.Index{index("_hook_name", true, "name"), index("_hook_digest", true, "digest")}},
		{Name: heard, Columns: []driver.Column{text("hook"), text("message"), text("record"), at("at")}, Indexes: []driver.Index{index("_hook_message_id", true, "hook", "message"), index("_hook_message_at", false, "at")}},
	}
}

func col(n string) driver.Expr { return driver.Col{Name: n} }
func is(n string, p int) driver.Expr {
	return driver.Cmp{Op: driver.Eq, L: col(n), R: driver.Param{N: p}}
}
func all(args ...driver.Expr) driver.Expr { return driver.And{Args: args} }

// The columns that are read, in the order of their readers.
var (
	secretColumns   = []string{"name", "sealed", "set", "by"}
	stateColumns    = []string{"id", "name", "disabled", "failing", "probed", "fault", "detail"}
	deliveryColumns = []string{"id", "message", "connection", "source", "type", "record", "recipient", "subject", "order", "letter", "status", "tries", "created", "next", "ended", "log"}
	hookColumns     = []string{"id", "name", "user_id", "opened", "used"}
)

// queries are what this package reads.
func queries() map[string]*driver.Query {
	pick := func(table string, where driver.Expr, names ...string) *driver.Query {
		q := &driver.Query{Table: table, Where: where, Order: []driver.Order{{Expr: col("id")}}}
		for _, n := range names {
			q.Select = append(q.Select, col(n))
		}
		return q
	}
	return map[string]*driver.Query{
		"secret":     pick(secrets, is("name", 0), "id", "sealed"),
		"secrets":    pick(secrets, nil, secretColumns...),
		"token":      pick(tokens, is("name", 0), "id", "sealed"),
		"state":      pick(states, is("name", 0), stateColumns...),
		"states":     pick(states, nil, stateColumns...),
		"delivery":   pick(deliveries, is("id", 0), deliveryColumns...),
		"message":    pick(deliveries, is("message", 0), "id"),
		"hook":       pick(hooks, is("digest", 0), hookColumns...),
		"hook named": pick(hooks, is("name", 0), hookColumns...),
		"hooks":      pick(hooks, nil, hookColumns...),
		"heard":      pick(heard, all(is("hook", 0), is("message", 1)), "record"),
	}
}

// rows runs a prepared query and gives each row to read.
func (d *Door) rows(ctx context.Context, tx store.Tx, stmt string, read func(driver.Rows), args ...value.Value) error {
	rows, err := tx.Query(ctx, d.stmts[stmt], args)
	if err != nil {
		return fmt.Errorf("connect: %s: %w", stmt, err)
	}
	for rows.Next() {
		read(rows)
	}
	return errors.Join(rows.Err(), rows.Close())
}

// put changes the row of a name, or makes one.
func (d *Door) put(ctx context.Context, tx store.Tx, table, stmt, name string, cols []string, vals []value.Value) error {
	var id int64
	if err := d.rows(ctx, tx, stmt, func(r driver.Rows) { id = r.Value(0).Int() }, value.Text(name)); err != nil {
		return err
	}
	if id != 0 {
		_, err := tx.Update(ctx, table, id, cols, vals)
		return err
	}
	id, err := tx.NextSequence(ctx, table, 1)
	if err != nil {
		return err
	}
	return tx.Insert(ctx, table, append([]string{"id", "name"}, cols...), append([]value.Value{value.Ref(id), value.Text(name)}, vals...))
}
