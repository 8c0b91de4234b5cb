package scan

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/graph"
)

//go:embed schema.graphql
var schema string

const (
	// idPrefix is what the ids of scans begin with.
	idPrefix = "scan_"
	maxList  = 100
)

// Fixed is the part of the GraphQL API that scans are.
func (s *Service) Fixed() graph.Fixed { return graph.Fixed{SDL: schema, Run: s.run} }

func (s *Service) run(ctx context.Context, p access.Profile, field string, args map[string]any) (json.RawMessage, error) {
	out, err := s.answer(ctx, p, field, args)
	if err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

func (s *Service) answer(ctx context.Context, p access.Profile, field string, args map[string]any) (any, error) {
	switch field {
	case "scanDuplicates":
		name, _ := args["object"].(string)
		x, err := s.begin(ctx, p, name)
		return s.show(ctx, x, err)
	case "duplicateScans":
		return s.scans(ctx, args)
	}
	id, err := idOf(args["id"])
	if err != nil {
		return nil, err
	}
	if field == "cancelDuplicateScan" {
		x, err := s.cancel(ctx, id)
		return s.show(ctx, x, err)
	}
	x, err := s.find(ctx, id)
	if errs.CodeOf(err) == errs.NotFound {
		return nil, nil
	}
	return s.show(ctx, x, err)
}

func (s *Service) scans(ctx context.Context, args map[string]any) (any, error) {
	name, _ := args["object"].(string)
	before, limit := int64(math.MaxInt64), 20
	if args["before"] != nil {
		var err error
		if before, err = idOf(args["before"]); err != nil {
			return nil, err
		}
	}
	if n := args["first"]; n != nil {
		var err error
		if limit, err = strconv.Atoi(fmt.Sprint(n)); err != nil || limit < 1 || limit > maxList {
			return nil, errs.New(errs.InvalidInput, "first is from 1 to %d", "first 须为 1 到 %d", maxList).On("first")
		}
	}
	found, err := s.list(ctx, name, before, limit)
	out := make([]any, len(found))
	for i, x := range found {
		out[i], _ = s.show(ctx, x, nil)
	}
	return out, err
}

func none() *errs.Error {
	return errs.New(errs.NotFound, "there is no such scan", "没有这个查重任务").On("id")
}

func idOf(v any) (int64, error) {
	text, _ := v.(string)
	rest, ok := strings.CutPrefix(text, idPrefix)
	id, err := strconv.ParseInt(rest, 10, 64)
	if !ok || err != nil || id < 1 {
		return 0, errs.New(errs.InvalidInput, "the id of a scan is a text such as %s17", "查重任务编号应为形如 %s17 的文本", idPrefix).On("id")
	}
	return id, nil
}

// shown is a scan as callers see it.
type shown struct {
	ID         string  `json:"id"`
	Object     string  `json:"object"`
	Status     Status  `json:"status"`
	Total      int64   `json:"total"`
	Records    int64   `json:"records"`
	Cases      int64   `json:"cases"`
	Error      *reason `json:"error"`
	By         *string `json:"by"`
	At         string  `json:"at"`
	FinishedAt *string `json:"finishedAt"`
}

type reason struct {
	Code    errs.Code `json:"code"`
	Message string    `json:"message"`
	ID      *string   `json:"id"`
}

func (s *Service) show(ctx context.Context, x *job, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	c, _ := ident.From(ctx)
	out := shown{ID: idPrefix + strconv.FormatInt(x.id, 10), Object: x.object, Status: x.status, Total: x.state.Total, Records: x.state.Records, Cases: x.state.Cases,
		At: x.created.UTC().Format(time.RFC3339Nano)}
	if t := x.state.Finished; t != nil {
		at := t.UTC().Format(time.RFC3339Nano)
		out.FinishedAt = &at
	}
	if t := x.state.Trouble; t != nil {
		out.Error = &reason{Code: t.Code, Message: t.Message.In(c.Locale)}
		if t.ID != "" {
			out.Error.ID = &t.ID
		}
	}
	if users := s.deps.Tenant.Catalog().Serving(catalog.RoleUser); users != nil && x.owner.Principal.UserID != 0 {
		by := fmt.Sprintf("%s_%d", users.IDPrefix, x.owner.Principal.UserID)
		out.By = &by
	}
	return out, nil
}
