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

// Fixed is the part of the GraphQL API that automations are.
func (d *Door) Fixed() graph.Fixed { return graph.Fixed{SDL: schema, Run: d.run} }

// operations are the commands of administrators, by their names in the API.
var operations = map[string]string{"retryFlowRun": "retry", "skipFlowStep": "skip", "rerunFlow": "again", "rerunFlowFrom": "rerun", "cancelFlowRun": "cancel", "compensateFlowRun": "compensate"}

// orderOf reads what an administrator asks for with a run.
func orderOf(kind, run string, in map[string]any, once string) Order {
	return Order{Kind: kind, Run: run, Step: text(in, "step"), Reason: text(in, "reason"), Vars: object(in, "vars"), Out: object(in, "out"), Once: once}
}

func (d *Door) run(ctx context.Context, p access.Profile, field string, args map[string]any) (json.RawMessage, error) {
	out, err := d.answer(ctx, p, field, args)
	if err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

func (d *Door) answer(ctx context.Context, p access.Profile, field string, args map[string]any) (any, error) {
	if err := shaped(args); err != nil {
		return nil, err
	}
	switch field {
	case "flowRuns":
		return d.Runs(ctx, args)
	case "flowRun":
		out, err := d.Show(ctx, text(args, "id"))
		if errs.CodeOf(err) == errs.NotFound {
			return nil, nil // as reading a record that is not there
		}
		return out, err
	case "flowVersions":
		return d.Versions(ctx, text(args, "flow"))
	case "migrateFlowRuns":
		return d.Migrate(ctx, args)
	case "flowCase":
		return d.Case(ctx, text(args, "run"), text(args, "name"))
	case "flowFailures":
		return d.Failures(ctx, text(args, "flow"))
	case "operateFlowRuns":
		return d.OperateAll(ctx, p, text(args, "signature"), args["first"], orderOf(text(args, "do"), "", args, text(args, "idempotencyKey")))
	case "flowSchedules":
		return d.Schedules(ctx)
	case "pauseFlowSchedule", "resumeFlowSchedule":
		return d.PauseSchedule(ctx, text(args, "flow"), text(args, "reason"), field == "pauseFlowSchedule")
	case "publishEvent":
		runs, err := d.Publish(ctx, p, args)
		if runs == nil {
			runs = []string{}
		}
		return map[string]any{"runs": runs}, err
	case "simulateFlow":
		return d.Simulate(ctx, text(args, "flow"), text(args, "record"), texts(args, "records"), object(args, "mocks"))
	}
	var run string
	var err error
	if field == "runFlow" {
		run, err = d.Start(ctx, p, text(args, "flow"), text(args, "record"), text(args, "idempotencyKey"))
	} else {
		run, err = d.Operate(ctx, p, orderOf(operations[field], text(args, "run"), args, text(args, "idempotencyKey")))
	}
	if err != nil {
		return nil, err
	}
	return d.Show(ctx, run)
}
