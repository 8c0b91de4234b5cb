// Package door lets callers into approvals: it takes their commands and questions, decides who may
// know that an instance exists, and shows instances as the API does. GraphQL and the plain paths
// stand over the same functions. What a command does is workflow/approval's.
package door

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/live"
	"github.com/tenon-platform/tenon/runtime/query"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/approval"
	"github.com/tenon-platform/tenon/workflow/approval/host"
	"github.com/tenon-platform/tenon/workflow/approval/process"
)

// Door serves the approvals of one tenant to its callers.
type Door struct {
	tenant  *live.Tenant
	records *record.Service
	host    *host.Host
	svc     *process.Service
	clock   clock.Clock
}

// New makes a door.
func New(t *live.Tenant, records *record.Service, h *host.Host, svc *process.Service, clk clock.Clock) *Door {
	return &Door{tenant: t, records: records, host: h, svc: svc, clock: clk}
}

// prefix begins the ids of instances that callers start.
const prefix = "apv"

// caller is who asks, as the engine knows people.
type caller struct {
	user    string // number of the user's record; "" for those without one
	name    string
	admin   bool // of the tenant
	locale  string
	profile access.Profile
}

func callerOf(ctx context.Context, p access.Profile) caller {
	c, _ := ident.From(ctx)
	out := caller{name: c.Principal.Name, admin: c.Principal.Admin, locale: c.Locale, profile: p}
	if c.Principal.UserID != 0 {
		out.user = strconv.FormatInt(c.Principal.UserID, 10)
	}
	return out
}

// actor is the caller in a command, as an administrator or as a participant.
func (c caller) actor(admin bool) approval.Actor {
	a := approval.Actor{Type: "user", ID: c.user}
	if admin {
		a.Type = "admin"
	}
	if a.ID == "" {
		a.ID = c.name
	}
	return a
}

// sight is an instance as a caller may see it.
type sight struct {
	st    *approval.State
	def   *approval.Definition // nil when the catalogue lacks what the version names
	world *host.World
	admin bool
}

// look finds an instance that the caller may know of; for everybody else it does not exist.
func (d *Door) look(ctx context.Context, tx store.Tx, who caller, name string) (*sight, error) {
	st, err := d.svc.StateIn(ctx, tx, name)
	if err != nil {
		return nil, err
	}
	world, err := d.host.Around(ctx, tx, st)
	if err != nil {
		return nil, err
	}
	s := &sight{st: st, world: world, admin: who.admin}
	s.def = world.Definition(st.Def.Key, st.Def.Version)
	if !s.admin && s.def != nil {
		s.admin = approval.Administers(st, s.def, world, who.user, d.clock.Now())
	}
	seen := s.admin || st.Involves(who.user, world)
	if err := world.Err(); err != nil {
		return nil, err
	}
	if !seen {
		return nil, process.NoInstance(name)
	}
	return s, nil
}

// splitTask reads the id of a task, "<instance>:<number>".
func splitTask(id string) (instance string, task int, err error) {
	instance, number, ok := strings.Cut(id, ":")
	n, bad := strconv.Atoi(number)
	if !ok || bad != nil || n < 1 {
		return "", 0, errs.New(errs.NotFound, "there is no such task", "没有此任务")
	}
	return instance, n, nil
}

func taskID(instance string, task int) string { return instance + ":" + strconv.Itoa(task) }

// userOut is a user's id as the API shows it.
func (d *Door) userOut(user string) any {
	users := d.tenant.Catalog().Serving(catalog.ServesUser)
	n, err := strconv.ParseInt(user, 10, 64)
	switch {
	case user == "":
		return nil
	case users == nil || err != nil:
		return user
	}
	return string(query.AppendID(nil, users, n))
}

// userIn reads a user's id that a caller gave.
func (d *Door) userIn(id string) string {
	users := d.tenant.Catalog().Serving(catalog.ServesUser)
	if p, n, ok := query.SplitID(id); ok && users != nil && p == users.IDPrefix {
		return strconv.FormatInt(n, 10)
	}
	return "?" + id // nobody: the number of a user is none
}

// Answer is what a command is answered with.
type Answer struct {
	Instance string
	Replayed bool
	Tried    map[string]any // of a dry run: what the instance would be
}

// give gives a command to an instance, or tries it.
func (d *Door) give(ctx context.Context, who caller, instance string, c approval.Command, in map[string]any) (Answer, error) {
	if dry, _ := in["dryRun"].(bool); !dry {
		a, err := d.svc.Do(ctx, instance, c, text(in, "idempotencyKey"))
		return Answer{Instance: instance, Replayed: a.Replayed}, err
	}
	out := Answer{Instance: instance}
	err := d.svc.Try(ctx, instance, c, func(ctx context.Context, tx store.Tx) error {
		s, err := d.look(ctx, tx, who, instance)
		if err != nil {
			return err
		}
		out.Tried = d.show(ctx, who, s)
		return s.world.Err()
	})
	return out, err
}

// Submit starts an instance of a process on a record.
func (d *Door) Submit(ctx context.Context, p access.Profile, in map[string]any) (Answer, error) {
	who := callerOf(ctx, p)
	if who.user == "" {
		return Answer{}, errs.New(errs.Forbidden, "only users with a record of their own submit", "只有拥有用户记录的人可以提交")
	}
	if catalog.IsTaskKey(text(in, "process")) {
		return Answer{}, errs.New(errs.DefinitionUnavailable, "process %s is not published", "流程 %s 未发布", text(in, "process"))
	}
	name := fmt.Sprintf("%s_%d", prefix, d.records.NewID())
	key := text(in, "idempotencyKey")
	if err := checkKey(key); err != nil {
		return Answer{}, err
	}
	c := approval.Command{Kind: "submit", Actor: who.actor(false), Process: text(in, "process"), Record: text(in, "record"), Comment: text(in, "comment"), Next: d.people(in["next"])}
	if key != "" { // a repeated submission must be about the same instance
		name = fmt.Sprintf("%s_%s", prefix, digest(who.user, c.Process, c.Record, key))
	}
	return d.give(host.Starting(ctx, c.Process, p), who, name, c, in)
}

// adminOnly are the commands that only administrators of the process give.
var adminOnly = map[string]bool{"suspend": true, "resume": true, "terminate": true, "jump": true, "reassign": true, "retryIncident": true, "migrate": true}

// eitherWay are the commands that administrators may give for others.
var eitherWay = map[string]bool{"urge": true, "transfer": true, "removeSign": true, "cc": true, "comment": true}

// Do carries out a command on an instance or one of its tasks.
func (d *Door) Do(ctx context.Context, p access.Profile, kind string, in map[string]any) (Answer, error) {
	if kind == "submit" {
		return d.Submit(ctx, p, in)
	}
	if err := checkKey(text(in, "idempotencyKey")); err != nil {
		return Answer{}, err
	}
	who := callerOf(ctx, p)
	c := approval.Command{Kind: kind}
	instance := text(in, "instance")
	if id := text(in, "task"); id != "" {
		var err error
		if instance, c.Task, err = splitTask(id); err != nil {
			return Answer{}, err
		}
	}
	var s *sight
	err := d.tenant.Store.View(ctx, func(tx store.Tx) (err error) {
		s, err = d.look(ctx, tx, who, instance)
		return err
	})
	if err != nil {
		return Answer{}, err
	}
	mine := false
	if t := s.st.Task(c.Task); t != nil {
		mine = t.Assignee == who.user && who.user != ""
	}
	c.Actor = who.actor(s.admin && (adminOnly[kind] || eitherWay[kind] && !mine))
	if err := d.fill(&c, s, in); err != nil {
		return Answer{}, err
	}
	a, err := d.give(ctx, who, instance, c, in)
	return a, d.speak(s, &c, err)
}

// fill reads the arguments of a command.
func (d *Door) fill(c *approval.Command, s *sight, in map[string]any) error {
	c.Comment, c.Reason, c.Signature, c.IfFormHash = text(in, "comment"), text(in, "reason"), text(in, "signature"), text(in, "ifFormHash")
	c.To, c.Resume, c.Timers = text(in, "to"), text(in, "resume"), text(in, "timers")
	c.Incident, c.Version = number(in["incident"]), number(in["version"])
	c.Reresolve, _ = in["reresolve"].(bool)
	if _, ok := in["ifRevision"]; ok {
		n := int64(number(in["ifRevision"]))
		c.IfRev = &n
	}
	if u := text(in, "user"); u != "" {
		c.User = d.userIn(u)
	}
	c.Users, c.Next = d.users(in["users"]), d.people(in["next"])
	if m, ok := in["nodeMap"].(map[string]any); ok {
		c.NodeMap = map[string]string{}
		for from, to := range m {
			c.NodeMap[from] = fmt.Sprint(to)
		}
	}
	for _, key := range []string{"sign", "addSignAfter"} {
		if m, ok := in[key].(map[string]any); ok {
			binding, _ := m["binding"].(bool)
			c.Sign = &approval.AddSign{Type: text(m, "type"), Users: d.users(m["users"]), Method: text(m, "method"), Binding: binding}
			if key == "addSignAfter" {
				c.Sign.Type = "after"
			}
		}
	}
	data, given := in["data"].(map[string]any)
	if !given {
		return nil
	}
	c.Data = map[string]any{}
	o := d.tenant.Catalog().Object(s.st.Object)
	for name, v := range data {
		if o == nil || o.ByAPIName[name] == nil {
			return errs.New(errs.FieldNotEditable, "%s cannot be edited here", "此处不能编辑 %s", name).On(name)
		}
		c.Data[o.ByAPIName[name].Name] = v
	}
	return nil
}

// speak gives fields and users in an error the names that the API knows them by.
func (d *Door) speak(s *sight, cmd *approval.Command, err error) error {
	var e *errs.Error
	if !errors.As(err, &e) {
		return err
	}
	c := *e
	if o := d.tenant.Catalog().Object(s.st.Object); o != nil && o.Field(c.Field) != nil {
		c.Field = o.Field(c.Field).APIName
	}
	people := append([]string{cmd.User}, cmd.Users...)
	if cmd.Sign != nil {
		people = append(people, cmd.Sign.Users...)
	}
	c.Details = maps.Clone(e.Details)
	for _, key := range []string{"decidedBy", "claimedBy"} {
		if by, ok := c.Details[key].(string); ok {
			people = append(people, by)
			c.Details[key] = d.userOut(by)
		}
	}
	for _, p := range people {
		shown, ok := d.userOut(strings.TrimPrefix(p, "?")).(string)
		if ok {
			c.Message.En, c.Message.Zh = strings.ReplaceAll(c.Message.En, p, shown), strings.ReplaceAll(c.Message.Zh, p, shown)
		}
	}
	return &c
}

// Begin submits a record on behalf of an automation, in its transaction.
func (d *Door) Begin(ctx context.Context, tx store.Tx, s process.Submission) error {
	c := approval.Command{Kind: "submit", Actor: approval.Actor{Type: "user", ID: strconv.FormatInt(s.Submitter, 10)}, Process: s.Process, Record: s.Record, Run: s.Run, Lane: s.Lane}
	return d.svc.Begin(host.Starting(ctx, s.Process, s.Profile), tx, s.Instance, c)
}

// Forgo ends an instance whose end an automation has waited for, in its transaction. One that has ended stays.
func (d *Door) Forgo(ctx context.Context, tx store.Tx, instance string) error {
	return d.svc.Later(ctx, tx, instance, process.Ended())
}

// Listen lets others hear of what happens with approvals; see process.Service.
func (d *Door) Listen(hear func(context.Context, store.Tx, process.Happening) error) {
	d.svc.Listen(hear)
}
