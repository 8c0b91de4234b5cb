package door

import (
	"context"
	_ "embed"
	"encoding/json"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/graph"
)

//go:embed schema.graphql
var schema string

// Fixed is the part of the GraphQL API that approvals are.
func (d *Door) Fixed() graph.Fixed { return graph.Fixed{SDL: schema, Run: d.run} }

func (d *Door) run(ctx context.Context, p access.Profile, field string, args map[string]any) (json.RawMessage, error) {
	var out any
	var err error
	switch field {
	case "myTasks":
		out, err = d.MyTasks(ctx, p, args)
	case "instance":
		out, err = d.Instance(ctx, p, text(args, "id"))
		if errs.CodeOf(err) == errs.NotFound {
			out, err = nil, nil // as reading a record that is not there
		}
	case "approvals":
		out, err = d.Of(ctx, p, text(args, "record"))
	case "replayApproval":
		out, err = d.Replay(ctx, p, args)
	case "audit":
		out, err = d.Audit(ctx, p, args)
	case "snapshots":
		out, err = d.Snapshots(ctx, p, text(args, "instance"))
	default:
		var a Answer
		if a, err = d.Do(ctx, p, field, args); err == nil {
			out, err = d.after(ctx, p, a)
		}
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

// after shows the instance behind a command. Who handed the only part in it on still sees it.
func (d *Door) after(ctx context.Context, p access.Profile, a Answer) (any, error) {
	if a.Tried != nil {
		return a.Tried, nil
	}
	return d.Instance(ctx, p, a.Instance)
}
