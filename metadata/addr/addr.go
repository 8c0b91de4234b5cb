// Package addr names pieces of metadata: object.dealer, object.dealer.field.tier,
// object.dealer.rule.credit.message. Findings, plans and histories speak of things by these
// addresses. Where a thing is written down is a diag.Pos; what it is, is in metadata/catalog.
package addr

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Kind is what a step of an address names.
type Kind string

// Kinds of things with names of their own.
const (
	KindPackage  Kind = "package"
	KindObject   Kind = "object"
	KindPicklist Kind = "picklist"
	KindField    Kind = "field"
	KindRule     Kind = "rule"
	KindKey      Kind = "key"
	KindIndex    Kind = "index"
	KindAction   Kind = "action"
	KindOverlap  Kind = "noOverlap"
	KindValue    Kind = "value" // a choice of a picklist, or of a field
	KindSet      Kind = "permissions"
	KindRole     Kind = "role"
	KindSharing  Kind = "share"       // a rule that shares records of an object
	KindLimit    Kind = "restriction" // a rule that withholds records of an object
	KindSame     Kind = "duplicate"   // a rule that finds duplicates of a record
	KindDecision Kind = "table"       // a decision table
	KindTiers    Kind = "tiers"       // a tier table
	KindScoring  Kind = "scoring"     // a scoring model
	KindSLA      Kind = "sla"         // an SLA policy
	KindSegment  Kind = "segment"     // records that belong together
	KindCapture  Kind = "capture"     // what strangers may send
	KindRow      Kind = "row"         // a row of a decision table
	KindApproval Kind = "approval"
	KindNode     Kind = "node" // of an approval
	KindScript   Kind = "script"
	KindFlow     Kind = "flow"
	KindLink     Kind = "connection"
	KindWebhook  Kind = "webhook"
	KindHook     Kind = "hook"
	KindMessage  Kind = "message"
	KindStep     Kind = "step" // of a flow
	KindApp      Kind = "app"
	KindLayout   Kind = "layout" // of an object
	KindView     Kind = "view"   // of an object
)

// parts says which kinds of things each kind has; "" has those that stand alone.
var parts = map[Kind][]Kind{
	"":           {KindPackage, KindObject, KindPicklist, KindSet, KindRole, KindApproval, KindDecision, KindTiers, KindScoring, KindScript, KindFlow, KindLink, KindWebhook, KindHook, KindMessage, KindApp, KindSLA, KindSegment, KindCapture},
	KindObject:   {KindField, KindRule, KindKey, KindIndex, KindAction, KindOverlap, KindSharing, KindLimit, KindSame, KindLayout, KindView},
	KindSet:      {KindObject},
	KindApproval: {KindNode},
	KindFlow:     {KindStep},
	KindAction:   {KindField},
	KindField:    {KindValue},
	KindPicklist: {KindValue},
	KindDecision: {KindField, KindRow},
}

// Address names one piece of metadata, or one property of it. It is immutable, and equal addresses
// are == to each other. The zero Address names nothing.
type Address struct {
	text     string
	kind     Kind // of the thing
	property bool // of the thing, not the thing itself
}

// Package is the address of a package.
func Package(name string) Address { return Address{}.part(KindPackage, name) }

// Object is the address of an object.
func Object(name string) Address { return Address{}.part(KindObject, name) }

// Picklist is the address of a global picklist.
func Picklist(name string) Address { return Address{}.part(KindPicklist, name) }

// Set is the address of a permission set.
func Set(name string) Address { return Address{}.part(KindSet, name) }

// Role is the address of a role.
func Role(name string) Address { return Address{}.part(KindRole, name) }

// Decision is the address of a decision table.
func Decision(name string) Address { return Address{}.part(KindDecision, name) }

// Tiers is the address of a tier table.
func Tiers(name string) Address { return Address{}.part(KindTiers, name) }

// Scoring is the address of a scoring model.
func Scoring(name string) Address { return Address{}.part(KindScoring, name) }

// SLA is the address of an SLA policy.
func SLA(name string) Address { return Address{}.part(KindSLA, name) }

// Segment is the address of a segment.
func Segment(name string) Address { return Address{}.part(KindSegment, name) }

// Capture is the address of a public capture.
func Capture(name string) Address { return Address{}.part(KindCapture, name) }

// Row is the address of a row of a decision table.
func (a Address) Row(name string) Address { return a.part(KindRow, name) }

// Approval is the address of an approval process.
func Approval(key string) Address { return Address{}.part(KindApproval, key) }

// Flow is the address of an automation.
func Flow(key string) Address { return Address{}.part(KindFlow, key) }

// Step is the address of a step of an automation.
func (a Address) Step(id string) Address { return a.part(KindStep, id) }

// Node is the address of a node of an approval process.
func (a Address) Node(id string) Address { return a.part(KindNode, id) }

// Connection is the address of a connection to another system.
func Connection(name string) Address { return Address{}.part(KindLink, name) }

// Webhook is the address of a webhook to another system.
func Webhook(name string) Address { return Address{}.part(KindWebhook, name) }

// Hook is the address of a hook for another system.
func Hook(name string) Address { return Address{}.part(KindHook, name) }

// Message is the address of a message to people.
func Message(name string) Address { return Address{}.part(KindMessage, name) }

// App is the address of an app.
func App(name string) Address { return Address{}.part(KindApp, name) }

// Layout is the address of an object's layout.
func (a Address) Layout(name string) Address { return a.part(KindLayout, name) }

// View is the address of an object's list view.
func (a Address) View(name string) Address { return a.part(KindView, name) }

// Script is the address of a script.
func Script(name string) Address { return Address{}.part(KindScript, name) }

// Object is the address of what a permission set allows with an object.
func (a Address) Object(name string) Address { return a.part(KindObject, name) }

// Sharing is the address of a rule that shares records of an object.
func (a Address) Sharing(name string) Address { return a.part(KindSharing, name) }

// Restriction is the address of a rule that withholds records of an object.
func (a Address) Restriction(name string) Address { return a.part(KindLimit, name) }

// Field is the address of a field of an object.
func (a Address) Field(name string) Address { return a.part(KindField, name) }

// Rule is the address of a validation rule of an object.
func (a Address) Rule(name string) Address { return a.part(KindRule, name) }

// Key is the address of a unique key of an object.
func (a Address) Key(name string) Address { return a.part(KindKey, name) }

// Index is the address of an index of an object.
func (a Address) Index(name string) Address { return a.part(KindIndex, name) }

// Duplicate is the address of a rule that finds duplicates of an object's records.
func (a Address) Duplicate(name string) Address { return a.part(KindSame, name) }

// Overlap is the address of a constraint that holds records of an object apart in time.
func (a Address) Overlap(name string) Address { return a.part(KindOverlap, name) }

// Action is the address of an action on an object's records.
func (a Address) Action(name string) Address { return a.part(KindAction, name) }

// Value is the address of a choice of a picklist or of a field.
func (a Address) Value(code string) Address { return a.part(KindValue, code) }

// part is a thing that belongs to another. That a thing has no parts of a kind is a mistake of the
// program, and panics.
func (a Address) part(kind Kind, name string) Address {
	if a.property || !slices.Contains(parts[a.kind], kind) {
		panic(fmt.Sprintf("addr: %q has no %s", a.text, kind))
	}
	step := string(kind) + "." + quote(name)
	if a.text != "" {
		step = a.text + "." + step
	}
	return Address{text: step, kind: kind}
}

// Property is the address of a property of a thing: its label, or one of its settings. Of a
// property, it is one inside of it: label.en. That nothing has a property is a mistake of the
// program, and panics.
func (a Address) Property(name string) Address {
	if a.kind == "" {
		panic(fmt.Sprintf("addr: the property %q of nothing", name))
	}
	text := quote(name)
	if !a.property && slices.Contains(parts[a.kind], Kind(name)) {
		text = strconv.Quote(name) // it is not the kind of a part
	}
	return Address{text: a.text + "." + text, kind: a.kind, property: true}
}

// String is the address as people and files write it.
func (a Address) String() string { return a.text }

// IsZero says whether the address names nothing.
func (a Address) IsZero() bool { return a.text == "" }

// Kind is the kind of the thing that is named, or whose property is.
func (a Address) Kind() Kind { return a.kind }

// MarshalText writes the address as String does.
func (a Address) MarshalText() ([]byte, error) { return []byte(a.text), nil }

// UnmarshalText reads what MarshalText writes.
func (a *Address) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*a = Address{}
		return nil
	}
	p, err := Parse(string(b))
	if err == nil {
		*a = p
	}
	return err
}

// Parse reads an address.
func Parse(s string) (Address, error) {
	steps, err := split(s)
	if err != nil {
		return Address{}, fmt.Errorf("read the address %q: %w", s, err)
	}
	var a Address
	for i := 0; i < len(steps); i++ {
		step := steps[i]
		switch {
		case !a.property && !step.quoted && slices.Contains(parts[a.kind], Kind(step.text)):
			if i++; i == len(steps) {
				return Address{}, fmt.Errorf("read the address %q: the name of the %s is missing", s, step.text)
			}
			a = a.part(Kind(step.text), steps[i].text)
		case a.kind == "":
			return Address{}, fmt.Errorf("read the address %q: %q is none of %v", s, step.text, parts[""])
		default:
			a = a.Property(step.text)
		}
	}
	return a, nil
}

// quote writes a name that has other characters than names usually have in quotes, so that it can
// be told from what stands beside it: findings are about bad names, too.
func quote(name string) string {
	odd := func(r rune) bool {
		return r != '_' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) || r == unicode.ReplacementChar
	}
	if name == "" || strings.ContainsFunc(name, odd) {
		return strconv.Quote(name)
	}
	return name
}

// step is what stands between two dots of an address.
type step struct {
	text   string
	quoted bool
}

// split gives the steps of an address, without their quotes.
func split(s string) (steps []step, err error) {
	for rest := s; ; rest = rest[1:] {
		x, n := step{quoted: strings.HasPrefix(rest, `"`)}, strings.IndexByte(rest, '.')
		if x.quoted {
			quoted, err := strconv.QuotedPrefix(rest)
			if err == nil {
				x.text, err = strconv.Unquote(quoted)
			}
			if err != nil {
				return nil, fmt.Errorf("the quotes in %q have no end", rest)
			}
			n = len(quoted)
		} else {
			if n < 0 {
				n = len(rest)
			}
			if x.text = rest[:n]; quote(x.text) != x.text {
				return nil, fmt.Errorf("%q must be in quotes", x.text)
			}
		}
		steps = append(steps, x)
		if rest = rest[n:]; rest == "" {
			return steps, nil
		}
		if rest[0] != '.' {
			return nil, fmt.Errorf("a dot must follow %q", x.text)
		}
	}
}
