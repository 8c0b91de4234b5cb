package table

import (
	"errors"
	"slices"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/runtime/transfer/xlsx"
)

type sheetRows struct {
	file *xlsx.File
	rows *xlsx.Rows
}

func openXLSX(src Source, f Format, lim Limits) (*sheetRows, error) {
	x := xlsx.DefaultLimits()
	x.Row, x.Columns, x.Temp = lim.Row, min(x.Columns, 4*lim.Columns), lim.Temp
	file, err := xlsx.Open(src, src.Size(), x)
	if err != nil {
		return nil, unreadable(err)
	}
	n := 0
	if f.Sheet != "" {
		if n = slices.Index(file.Sheets(), f.Sheet); n < 0 {
			return nil, errors.Join(errs.New(errs.InvalidInput, "the workbook has no sheet %q", "工作簿没有工作表 %q", f.Sheet).On("sheet"), file.Close())
		}
	}
	rows, err := file.Rows(n)
	if err != nil {
		return nil, errors.Join(unreadable(err), file.Close())
	}
	return &sheetRows{file, rows}, nil
}

func (s *sheetRows) next() (Row, error) {
	for {
		cells, n, err := s.rows.Next()
		if err != nil {
			return Row{}, unreadable(err)
		}
		if !blank(cells) {
			return Row{Number: n, Cells: cells}, nil
		}
	}
}

func (s *sheetRows) last() int { return s.rows.Last() }

func (s *sheetRows) Close() error { return errors.Join(s.rows.Close(), s.file.Close()) }

// Sheets are the names of a workbook's sheets.
func Sheets(src Source, lim Limits) ([]string, error) {
	x := xlsx.DefaultLimits()
	x.Temp = lim.Temp
	file, err := xlsx.Open(src, src.Size(), x)
	if err != nil {
		return nil, unreadable(err)
	}
	return file.Sheets(), file.Close()
}
