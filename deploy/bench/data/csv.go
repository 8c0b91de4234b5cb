package data

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// File is a CSV file of one object's rows; the header has the field names.
type File struct {
	Object string // bench_account
	Rows   int
	write  func(w *csv.Writer) error
}

// Files are the rows as CSV, parents first.
func (s *Set) Files() []File {
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	return []File{
		{"bench_account", len(s.Accounts), rowsOf(s.Accounts, "id,name,industry,region,tier,annual_revenue", func(a Account) []string {
			return []string{number(a.ID), a.Name, a.Industry, a.Region, a.Tier, number(a.Revenue)}
		})},
		{"bench_contact", len(s.Contacts), rowsOf(s.Contacts, "id,account_id,name,email,title", func(c Contact) []string {
			return []string{number(c.ID), id(AccountPrefix, c.Account), c.Name, c.Email, c.Title}
		})},
		{"bench_opportunity", len(s.Opportunities), rowsOf(s.Opportunities,
			"id,name,account_id,sales_rep,stage,amount,probability,close_date,opened_at,next_step", func(o Opportunity) []string {
				return []string{number(o.ID), o.Name, id(AccountPrefix, o.Account), o.SalesRep, o.Stage, number(o.Amount),
					number(o.Probability), o.CloseDate, o.OpenedAt, o.NextStep}
			})},
	}
}

// Write writes the file.
func (f File) Write(w io.Writer) error {
	c := csv.NewWriter(w)
	err := f.write(c)
	c.Flush()
	if err = errors.Join(err, c.Error()); err != nil {
		return fmt.Errorf("write %s: %w", f.Object, err)
	}
	return nil
}

func rowsOf[T any](rows []T, head string, line func(T) []string) func(*csv.Writer) error {
	return func(w *csv.Writer) error {
		if err := w.Write(strings.Split(head, ",")); err != nil {
			return err
		}
		for _, r := range rows {
			if err := w.Write(line(r)); err != nil {
				return err
			}
		}
		return nil
	}
}
