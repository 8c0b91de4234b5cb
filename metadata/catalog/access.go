package catalog

import (
	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
)

// What everybody may do with every record of an object: the values of Object.Sharing. An object
// that says nothing is private.
const (
	SharingPrivate   = "private"
	SharingRead      = "read"
	SharingReadWrite = "readWrite"
	SharingParent    = "parent" // what one may do with the master
)

// Platform roles of objects that access is decided by: the values of Object.Serves.
const (
	ServesUser           = "user"
	ServesRoleAssignment = "role_assignment"
	ServesOrgUnit        = "org_unit"
	ServesTeam           = "team"
	ServesTeamMember     = "team_member"
	ServesQueue          = "queue"
	ServesQueueMember    = "queue_member"
	ServesTerritory      = "territory"
	ServesTerritoryUser  = "territory_user"
	ServesBrand          = "brand"
	ServesBrandUser      = "brand_user"
	ServesShare          = "share"

	// Approvals count time by the records of these.
	ServesCalendar          = "calendar"
	ServesCalendarException = "calendar_exception"
)

// Depth says whose records a permission reaches.
type Depth uint8

const (
	Own      Depth = iota // the caller's, and those of users below in the hierarchy of roles
	Unit                  // and those of users of the caller's organisation unit
	Subunits              // and of the units below it
)

// Level is what a permission set lets one do with a field.
type Level uint8

const (
	Hidden Level = iota
	Masked
	Revealable // masked, and shown on request
	Readable
	Editable
)

// PermissionSet is a resolved permission set.
type PermissionSet struct {
	Name, Package string
	Label         model.Text
	Objects       []*ObjectPermission // in the order of the objects
	System        []string
}

// Addr is the set's address.
func (s *PermissionSet) Addr() addr.Address { return addr.Set(s.Name) }

// On is what the set allows with an object; nil when it does not mention it.
func (s *PermissionSet) On(o *Object) *ObjectPermission {
	for _, p := range s.Objects {
		if p.Object == o {
			return p
		}
	}
	return nil
}

// ObjectPermission is what a set allows with one object.
type ObjectPermission struct {
	Object                       *Object
	Read, Create, Update, Delete bool
	ViewAll, EditAll             bool
	Depth, EditDepth             Depth
	Fields                       []Level         // by Field.Place
	Named                        map[*Field]bool // of which the set says so itself
	Actions                      []string
}

// Role is a resolved role.
type Role struct {
	Place         int // in Catalog.Roles
	Name, Package string
	Label         model.Text
	Parent        *Role // above in the hierarchy; may be nil
	Sets          []*PermissionSet
}

// Addr is the role's address.
func (r *Role) Addr() addr.Address { return addr.Role(r.Name) }

// Below says whether the role is top, or below it in the hierarchy.
func (r *Role) Below(top *Role) bool {
	for ; r != nil; r = r.Parent {
		if r == top {
			return true
		}
	}
	return false
}

// Role finds a role by its name; nil when there is none.
func (c *Catalog) Role(name string) *Role {
	for _, r := range c.Roles {
		if r.Name == name {
			return r
		}
	}
	return nil
}

// Set finds a permission set by its name; nil when there is none.
func (c *Catalog) Set(name string) *PermissionSet {
	for _, s := range c.Sets {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// Sharing is who reaches records of an object beyond their owners, and who does not.
type Sharing struct {
	Rules        []*SharingRule
	Restrictions []*Restriction
	Territory    *SharedBy
	Queue        *SharedBy
	Teams        []*RecordTeam
	Belonging    []*Belonging
	Isolation    []*Field
}

// SharingRule shares the records that meet a condition.
type SharingRule struct {
	Place  int // in Catalog.SharingRules
	Object *Object
	Name   string
	Label  model.Text
	Where  *expr.Program // nil: every record
	To     Audience
	Edit   bool
}

// Restriction withholds the records that meet a condition.
type Restriction struct {
	Place  int // in Catalog.Restrictions
	Object *Object
	Name   string
	Label  model.Text
	Where  *expr.Program
	From   *Audience // nil: everybody
	Except []Audience
	Edit   bool // changes are forbidden; else the record is hidden
}

// Audience is some users: by a role, or by the code of a record.
type Audience struct {
	Role  *Role
	Of    string // else what the code is of: a platform role of objects
	Code  string
	Below bool // with what is below
}

// SharedBy shares a record with the users that a field leads to.
type SharedBy struct {
	Field *Field
	Edit  bool
}

// Bound is a reference of the user's record by which users reach records.
type Bound struct {
	Place int // in Catalog.Bounds
	User  *Field
	Path  *Field // tree path of the object that it leads to; nil: that is no tree
}

// Belonging shares the records that belong to what a user's record leads to.
type Belonging struct {
	Bound *Bound
	Field *Field // leads to the same object, or is the id of that object
	Edit  bool
}

// RecordTeam is where the members of a record's team are.
type RecordTeam struct {
	Place  int // in Catalog.Teams
	Of     *Object
	Object *Object
	Record *Field
	User   *Field
	Level  *Field // nil: all may read alone
}
