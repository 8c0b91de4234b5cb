package tenant

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/value"
)

// operatorRows are the ids of rows by login.
func (r *Registry) operatorRows(ctx context.Context, tx store.Tx) (map[string]int64, error) {
	rows, err := tx.Query(ctx, r.ops, nil)
	if err != nil {
		return nil, err
	}
	out := map[string]int64{}
	for rows.Next() {
		out[strings.Clone(rows.Value(1).Text())] = rows.Value(0).Int()
	}
	return out, errors.Join(rows.Err(), rows.Close())
}

// Operators gives the logins of the default tenant that operate the installation.
func (r *Registry) Operators(ctx context.Context) ([]string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.load(ctx); err != nil {
		return nil, err
	}
	return slices.Clone(r.operators), nil
}

// Operates says whether a login of the default tenant operates the installation.
func (r *Registry) Operates(ctx context.Context, login string) (bool, error) {
	all, err := r.Operators(ctx)
	return slices.Contains(all, key(login)), err
}

// SetOperator lets a login of the default tenant operate the installation, or no longer.
func (r *Registry) SetOperator(ctx context.Context, login string, on bool, note Note) error {
	login = key(login)
	return r.change(ctx, func(tx store.Tx, _ map[int64]*Tenant) error {
		have, err := r.operatorRows(ctx, tx)
		if err != nil {
			return err
		}
		id, is := have[login]
		switch {
		case is == on:
			return nil
		case on:
			if id, err = tx.NextSequence(ctx, operatorTable, 1); err == nil {
				err = tx.Insert(ctx, operatorTable, []string{"id", "login"}, []value.Value{value.Ref(id), value.Text(login)})
			}
		default:
			_, err = tx.Delete(ctx, operatorTable, id)
		}
		if err != nil {
			return err
		}
		return noted(ctx, tx, note)
	})
}

// key is a login's name as logins are compared.
func key(login string) string { return strings.ToLower(strings.TrimSpace(login)) }
