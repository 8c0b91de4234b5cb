package standard

import (
	"context"
	"encoding/base64"
	"maps"
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/resolve"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/seal"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/plugins/connectors"
	"github.com/tenon-platform/tenon/plugins/connectors/fake"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/action"
	"github.com/tenon-platform/tenon/runtime/graph"
	"github.com/tenon-platform/tenon/runtime/live"
	"github.com/tenon-platform/tenon/runtime/packtest"
	"github.com/tenon-platform/tenon/runtime/publish"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/approval/door"
	"github.com/tenon-platform/tenon/workflow/approval/host"
	"github.com/tenon-platform/tenon/workflow/connect"
	remotedoor "github.com/tenon-platform/tenon/workflow/connect/door"
	flowdoor "github.com/tenon-platform/tenon/workflow/flow/door"
	flowhost "github.com/tenon-platform/tenon/workflow/flow/host"
	"github.com/tenon-platform/tenon/workflow/notice"
	"github.com/tenon-platform/tenon/workflow/segment"
	"github.com/tenon-platform/tenon/workflow/sla"
	"github.com/tenon-platform/tenon/workflow/stage"
)

// Processes are what runs over time on the tenants of packages' own cases.
func Processes() *packtest.Processes {
	return &packtest.Processes{Tables: slices.Concat(door.SystemTables(), flowdoor.SystemTables(), remotedoor.SystemTables(), notice.SystemTables()), Freeze: []func(*store.DB) publish.Activated{host.Freeze, flowhost.Freeze, segment.Plan},
		Open: func(t *live.Tenant, records *record.Service, actions *action.Service, clk clock.Clock, judged func(*catalog.Flow, bool), out *packtest.Outside) ([]graph.Fixed, func(context.Context) (int, error), error) {
			remote, notices, err := pretend(t, records, actions, clk, out)
			if err != nil {
				return nil, nil, err
			}
			d, err := door.Open(door.Deps{Tenant: t, Records: records, Actions: actions, Resolve: Resolving(), Notices: notices, Clock: clk, Owner: "test"})
			if err != nil {
				return nil, nil, err
			}
			autos, err := flowdoor.Open(flowdoor.Deps{Tenant: t, Records: records, Actions: actions, Access: access.NewService(t), Approvals: d, Remote: remote, Resolve: Resolving(), Clock: clk, Owner: "test", Judged: judged})
			if err != nil {
				return nil, nil, err
			}
			remote.RunFlows(autos)
			out.Listen(func(ctx context.Context, hook string, body []byte) error {
				c, _ := ident.From(ctx)
				_, err := remote.Take(ctx, hook, c.Principal.UserID, body)
				return err
			})
			clocks, err := sla.Open(sla.Deps{Tenant: t, Records: records, Flows: autos, Clock: clk, Owner: "test"})
			if err != nil {
				return nil, nil, err
			}
			stage.Keep(records)
			groups, err := segment.Open(segment.Deps{Tenant: t, Records: records, Clock: clk, Owner: "test"})
			if err != nil {
				return nil, nil, err
			}
			return []graph.Fixed{d.Fixed(), autos.Fixed(), notices.Fixed(), groups.Fixed()}, func(ctx context.Context) (int, error) {
				return Settle(ctx, records.RefreshDays, d.Drain, autos.Drain, remote.Drain, clocks.Drain, groups.Drain)
			}, nil
		}}
}

// pretend are connections that send nothing: every system takes everything, unless out says otherwise.
func pretend(t *live.Tenant, records *record.Service, actions *action.Service, clk clock.Clock, out *packtest.Outside) (*remotedoor.Door, *notice.Service, error) {
	key, err := seal.Parse("test:" + base64.StdEncoding.EncodeToString(make([]byte, 32)))
	if err != nil {
		return nil, nil, err
	}
	all := connect.Set{}
	for name := range connectors.Standard() {
		all[name] = &fake.Connector{Name: name, Answer: answering(out)}
	}
	remote, err := remotedoor.Open(remotedoor.Deps{Tenant: t, Records: records, Actions: actions, Access: access.NewService(t), Keys: key, Connectors: all, Clock: clk, Owner: "test", Jitter: func() float64 { return 0 }})
	if err != nil {
		return nil, nil, err
	}
	notices, err := notice.Open(notice.Deps{Tenant: t, Records: records, Post: remote.Post, Clock: clk})
	return remote, notices, err
}

// Settle lets everything run that is due, also what comes of what ran; it reports how many jobs there were.
func Settle(ctx context.Context, drains ...func(context.Context) (int, error)) (int, error) {
	total := 0
	for {
		ran := 0
		for _, drain := range drains {
			n, err := drain(ctx)
			if err != nil {
				return total, err
			}
			ran += n
		}
		if total += ran; ran == 0 {
			return total, nil
		}
	}
}

// Resolving is what catalogues are resolved with.
func Resolving() resolve.Input {
	return resolve.Input{Fields: Fields(), Engines: Engines().Signatures()}
}

// answering lets a case say what other systems answer. What it does not say is a sample: 200, and the
// name of each value that is kept of an answer.
func answering(out *packtest.Outside) func(c *model.Connection, m connect.Message) (connect.Receipt, error) {
	return func(c *model.Connection, m connect.Message) (connect.Receipt, error) {
		a := out.Call(c.Name, packtest.Sent{To: m.To, Subject: m.Subject, Body: m.Body, Values: m.Typed})
		if a.Fault != "" {
			return connect.Receipt{}, &connect.Fault{Kind: connect.Kind(a.Fault), Status: a.Status}
		}
		r := connect.Receipt{Status: a.Status, Values: map[string]string{}}
		if r.Status == 0 {
			r.Status = 200
		}
		if c.Request != nil {
			for name := range c.Request.Result {
				r.Values[name] = name
			}
		}
		maps.Copy(r.Values, a.Values)
		return r, nil
	}
}
