package transfer

import (
	"context"
	"encoding/csv"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/tenon-platform/tenon/platform/httpd"
	"github.com/tenon-platform/tenon/runtime/transfer/mapping"
	"github.com/tenon-platform/tenon/runtime/transfer/table"
)

// importView is an import as HTTP shows it.
type importView struct {
	ID      string       `json:"id"`
	Object  string       `json:"object"`
	Status  Status       `json:"status"`
	Owner   string       `json:"owner"`
	Created time.Time    `json:"createdAt"`
	Changed time.Time    `json:"changedAt"`
	Name    string       `json:"name"`
	Size    int64        `json:"size"`
	Format  table.Format `json:"format"`
	Atomic  bool         `json:"atomic"`
	Total   int64        `json:"total"` // rows, as far as known; 0: unknown
	State
	// The rest is shown of a single import.
	Sheets  []string          `json:"sheets,omitempty"`
	Columns []columnView      `json:"columns,omitempty"`
	Map     *mapping.Settings `json:"map,omitempty"`
}

// columnView is a column of the file.
type columnView struct {
	Name        string               `json:"name"`
	Sample      []string             `json:"sample"`
	Suggestions []mapping.Suggestion `json:"suggestions"`
}

func viewOf(job *Job) importView {
	v := importView{ID: strconv.FormatInt(job.ID, 10), Object: job.Object, Status: job.Status, Owner: job.Owner.Name, Created: job.Created, Changed: job.Changed,
		Name: job.Spec.Name, Size: job.Spec.Size, Format: job.Spec.Format, Atomic: job.Spec.Atomic, Total: job.Spec.Total, State: job.State}
	v.Fresh, v.UndoFrom, v.Then = false, 0, "" // how it works inside
	return v
}

func (s *Service) fullView(ctx context.Context, job *Job) importView {
	v := viewOf(job)
	v.Sheets, v.Map = job.Spec.Sheets, job.Spec.Map
	suggested := s.Suggestions(ctx, job)
	for i, name := range job.Spec.Header {
		c := columnView{Name: name, Sample: []string{}, Suggestions: suggested[i]}
		for _, row := range job.Spec.Sample {
			cell := ""
			if i < len(row) {
				cell = row[i]
			}
			c.Sample = append(c.Sample, cell)
		}
		if c.Suggestions == nil {
			c.Suggestions = []mapping.Suggestion{}
		}
		v.Columns = append(v.Columns, c)
	}
	return v
}

// onImport answers with an import after something was done with it.
func (s *Service) onImport(do func(ctx context.Context, id int64, r *httpd.Request) (*Job, error)) handler {
	return func(ctx context.Context, r *httpd.Request) (*httpd.Response, error) {
		id, err := importID(r)
		if err != nil {
			return nil, err
		}
		job, err := do(ctx, id, r)
		if err != nil {
			return nil, err
		}
		return data(s.fullView(ctx, job))
	}
}

func (s *Service) httpUpload(ctx context.Context, r *httpd.Request) (*httpd.Response, error) {
	job, err := s.Upload(ctx, r.QueryParam("object"), r.QueryParam("name"), r.Stream)
	if err != nil {
		return nil, err
	}
	res, err := data(s.fullView(ctx, job))
	if err == nil {
		res.Status = http.StatusCreated
		res.Header = map[string]string{"Location": "/import/" + strconv.FormatInt(job.ID, 10)}
	}
	return res, err
}

// maxList bounds how many imports or findings one answer lists.
const maxList = 1000

func (s *Service) httpImports(ctx context.Context, r *httpd.Request) (*httpd.Response, error) {
	before, err := number(r, "before", 0, 1<<31)
	if err != nil {
		return nil, err
	}
	first, err := number(r, "first", 50, maxList)
	if err != nil {
		return nil, err
	}
	jobs, err := s.Imports(ctx, r.QueryParam("object"), before, int(first))
	if err != nil {
		return nil, err
	}
	out := make([]importView, len(jobs))
	for i, j := range jobs {
		out[i] = viewOf(j)
	}
	return data(map[string]any{"imports": out})
}

func (s *Service) httpConfigure(ctx context.Context, id int64, r *httpd.Request) (*Job, error) {
	var c Configuration
	if err := body(r, &c); err != nil {
		return nil, err
	}
	return s.Configure(ctx, id, c)
}

func (s *Service) httpDelete(ctx context.Context, r *httpd.Request) (*httpd.Response, error) {
	id, err := importID(r)
	if err == nil {
		err = s.Delete(ctx, id)
	}
	if err != nil {
		return nil, err
	}
	return data(nil)
}

func (s *Service) httpFindings(ctx context.Context, r *httpd.Request) (*httpd.Response, error) {
	id, err := importID(r)
	if err != nil {
		return nil, err
	}
	after, err := number(r, "after", 0, 1<<32)
	if err != nil {
		return nil, err
	}
	first, err := number(r, "first", 100, maxList)
	if err != nil {
		return nil, err
	}
	found, last, err := s.Findings(ctx, id, after, int(first))
	if err != nil {
		return nil, err
	}
	if found == nil {
		found = []Finding{}
	}
	return data(map[string]any{"findings": found, "last": last})
}

func (s *Service) httpFindingsCSV(ctx context.Context, r *httpd.Request) (*httpd.Response, error) {
	id, err := importID(r)
	if err != nil {
		return nil, err
	}
	job, err := s.Import(ctx, id)
	if err != nil {
		return nil, err
	}
	name := "findings-" + strconv.FormatInt(job.ID, 10) + ".csv"
	return streamed(ctx, mediaTypes[CSV], name, func(ctx context.Context, w io.Writer) error { return s.writeFindings(ctx, id, w) }), nil
}

// findingsPage is how many findings are read at a time.
const findingsPage = 1000

// writeFindings writes all findings of an import as CSV that spreadsheets read.
func (s *Service) writeFindings(ctx context.Context, id int64, w io.Writer) error {
	if _, err := io.WriteString(w, "\xef\xbb\xbf"); err != nil {
		return err
	}
	c := csv.NewWriter(w)
	if err := c.Write([]string{"row", "column", "field", "severity", "code", "message", "说明", "value"}); err != nil {
		return err
	}
	for n := int64(0); ; {
		found, last, err := s.Findings(ctx, id, n, findingsPage)
		if err != nil {
			return err
		}
		for _, f := range found {
			err := c.Write([]string{strconv.Itoa(f.Row), table.Guard(f.Column), f.Field, f.Severity.String(), string(f.Code),
				table.Guard(f.Message.En), table.Guard(f.Message.Zh), table.Guard(f.Value)})
			if err != nil {
				return err
			}
		}
		if n = last; len(found) < findingsPage {
			c.Flush()
			return c.Error()
		}
	}
}

func (s *Service) httpFile(ctx context.Context, r *httpd.Request) (*httpd.Response, error) {
	id, err := importID(r)
	if err != nil {
		return nil, err
	}
	job, f, err := s.File(ctx, id)
	if err != nil {
		return nil, err
	}
	name := job.Spec.Name
	if name == "" {
		name = "import-" + strconv.FormatInt(id, 10) + "." + job.Spec.Format.Kind
	}
	return &httpd.Response{Status: http.StatusOK, ContentType: "application/octet-stream", Header: attachment(name),
		Stream: struct {
			io.Reader
			io.Closer
		}{io.NewSectionReader(f, 0, f.Size()), f}}, nil
}
