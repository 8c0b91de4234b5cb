package model

// PermissionSet is permissions/<name>.json: what holders of the set may do. Sets only add up: a
// role that has several may do what any of them allows.
type PermissionSet struct {
	Schema  string                      `json:"$schema,omitempty" doc:"JSON Schema of this file, for editors" zh:"本文件的 JSON Schema，供编辑器使用"`
	Name    string                      `json:"name" required:"true" form:"name" doc:"name of the set, as its file" zh:"权限集名称，与文件名一致"`
	Label   Text                        `json:"label" doc:"name for people" zh:"显示名称"`
	Help    Text                        `json:"help,omitempty" doc:"whom the set is for" zh:"权限集用途"`
	Objects map[string]ObjectPermission `json:"objects,omitempty" doc:"what is allowed, by object" zh:"各对象的权限"`
	System  []string                    `json:"system,omitempty" enum:"export,import,manageMetadata,manageUsers,viewAudit,allBrands" doc:"rights that belong to no object" zh:"与对象无关的系统权限"`
	Pos     Positions                   `json:"-"`
}

// ObjectPermission is what a set allows with one object.
type ObjectPermission struct {
	Allow     []string          `json:"allow,omitempty" enum:"read,create,update,delete" doc:"what may be done with records; the last three need read" zh:"允许的操作；后三项以读取为前提"`
	ViewAll   bool              `json:"viewAll,omitempty" doc:"every record may be read, whoever owns it" zh:"可查看全部记录"`
	EditAll   bool              `json:"editAll,omitempty" doc:"every record may be read and changed, whoever owns it" zh:"可查看并修改全部记录"`
	Depth     string            `json:"depth,omitempty" enum:"own,unit,subunits" doc:"whose records may be read: one's own (the default), those of one's organisation unit, or of the units below it too" zh:"可查看谁的记录：本人（默认）、本组织单元、本单元及下级"`
	EditDepth string            `json:"editDepth,omitempty" enum:"own,unit,subunits" doc:"whose records may be changed; own unless given" zh:"可修改谁的记录，默认本人"`
	Fields    map[string]string `json:"fields,omitempty" doc:"fields with a level of their own: none, masked, reveal (masked, and shown on request, which is recorded), read or edit; the others may be edited, secured ones not be seen, and computed ones show no more than what they are computed of: the fields, and the records that lookups lead to" zh:"单独设定的字段：none 不可见、masked 脱敏、reveal 脱敏且可留痕查看、read 只读、edit 可编辑；其余字段可编辑，受保护字段不可见，计算字段不超出其来源（字段以及查找所指向的记录）的可见程度" schema:"{\"additionalProperties\":{\"enum\":[\"none\",\"masked\",\"reveal\",\"read\",\"edit\"]}}"`
	Actions   []string          `json:"actions,omitempty" doc:"record actions that may be started" zh:"可执行的记录操作"`
}

// Role is roles/<name>.json: what users are given.
type Role struct {
	Schema      string    `json:"$schema,omitempty" doc:"JSON Schema of this file, for editors" zh:"本文件的 JSON Schema，供编辑器使用"`
	Name        string    `json:"name" required:"true" form:"name" doc:"name of the role, as its file" zh:"角色名称，与文件名一致"`
	Label       Text      `json:"label" doc:"name for people" zh:"显示名称"`
	Help        Text      `json:"help,omitempty" doc:"whom the role is for" zh:"角色说明"`
	Parent      string    `json:"parent,omitempty" doc:"role above in the hierarchy: who has it reaches the records that holders of this one own" zh:"上级角色：可访问本角色用户所拥有的记录"`
	Permissions []string  `json:"permissions,omitempty" doc:"permission sets of the role" zh:"角色的权限集"`
	Pos         Positions `json:"-"`
}

// Sharing is sharing/<object>.json: who reaches records of an object beyond what its "sharing",
// its owners and their roles give, and who does not whatever else is granted.
type Sharing struct {
	Schema       string            `json:"$schema,omitempty" doc:"JSON Schema of this file, for editors" zh:"本文件的 JSON Schema，供编辑器使用"`
	Object       string            `json:"object" required:"true" form:"name" doc:"object of the records, as the file's name" zh:"对象，与文件名一致"`
	Rules        []SharingRule     `json:"rules,omitempty" doc:"records that meet a condition are shared" zh:"按条件共享"`
	Restrictions []RestrictionRule `json:"restrictions,omitempty" doc:"records that meet a condition are withheld; this wins over everything that grants" zh:"按条件限制，优先于一切授权"`
	Territory    *SharedBy         `json:"territory,omitempty" doc:"users of a territory reach the records there and below" zh:"销售区域内（含下级）的记录对其用户开放"`
	Queue        *SharedBy         `json:"queue,omitempty" doc:"members of a queue reach its records" zh:"队列内的记录对其成员开放"`
	Teams        []RecordTeam      `json:"teams,omitempty" doc:"members of a record's team reach it" zh:"记录团队成员可访问该记录"`
	Belonging    []Belonging       `json:"belonging,omitempty" doc:"users whose own record leads to a record reach what belongs to it, and to all below it in its tree: people of partners, in a portal" zh:"用户记录所指向的记录及其树中下级所属的数据对该用户开放：用于门户中的伙伴人员"`
	Isolation    []string          `json:"isolation,omitempty" doc:"references to brands: who may not work for the brand does not reach the record" zh:"品牌隔离：引用品牌的字段，无该品牌权限的用户不可访问"`
	Pos          Positions         `json:"-"`
}

// SharingRule shares the records that meet a condition.
type SharingRule struct {
	Name   string   `json:"name" required:"true" doc:"name of the rule" zh:"规则名称" schema:"{\"minLength\":1}"`
	Label  Text     `json:"label,omitempty" doc:"name for people" zh:"显示名称"`
	Where  string   `json:"where,omitempty" doc:"condition over the record; every record unless given" zh:"记录条件表达式，默认全部记录"`
	To     Audience `json:"to" required:"true" doc:"with whom" zh:"共享对象"`
	Access string   `json:"access,omitempty" enum:"read,edit" doc:"what they may do: read unless given" zh:"权限，默认 read"`
}

// RestrictionRule withholds the records that meet a condition.
type RestrictionRule struct {
	Name   string     `json:"name" required:"true" doc:"name of the rule" zh:"规则名称" schema:"{\"minLength\":1}"`
	Label  Text       `json:"label,omitempty" doc:"name for people" zh:"显示名称"`
	Where  string     `json:"where" required:"true" doc:"condition over the record" zh:"记录条件表达式"`
	From   *Audience  `json:"from,omitempty" doc:"from whom; everybody unless given" zh:"限制对象，默认所有人"`
	Except []Audience `json:"except,omitempty" doc:"but not from these" zh:"例外"`
	Deny   string     `json:"deny,omitempty" enum:"read,edit" doc:"read (the default) hides the record, edit forbids changes" zh:"read（默认）不可见，edit 不可修改"`
}

// Audience is some users: exactly one of its keys is given. Units, teams and territories are
// records, named by their code.
type Audience struct {
	Role              string `json:"role,omitempty" doc:"who has the role" zh:"拥有该角色的用户"`
	RoleAndBelow      string `json:"roleAndBelow,omitempty" doc:"who has the role, or one below it" zh:"拥有该角色或其下级角色的用户"`
	Unit              string `json:"unit,omitempty" doc:"who belongs to the organisation unit of this code" zh:"该编码组织单元的用户"`
	UnitAndBelow      string `json:"unitAndBelow,omitempty" doc:"who belongs to the organisation unit of this code, or to one below it" zh:"该编码组织单元及下级的用户"`
	Team              string `json:"team,omitempty" doc:"members of the team of this code" zh:"该编码团队的成员"`
	Territory         string `json:"territory,omitempty" doc:"users of the territory of this code" zh:"该编码销售区域的用户"`
	TerritoryAndBelow string `json:"territoryAndBelow,omitempty" doc:"users of the territory of this code, or of one below it" zh:"该编码销售区域及下级的用户"`
}

// Belonging shares the records that belong to a record to which the user's own leads.
type Belonging struct {
	User   string `json:"user" required:"true" doc:"reference of the user's record, such as dealer_id; its object may be a tree" zh:"用户记录的引用字段，如 dealer_id；其对象可为树" schema:"{\"minLength\":1}"`
	Field  string `json:"field" required:"true" doc:"reference of the shared records to the same object; id for the records of that object themselves" zh:"被共享记录中指向同一对象的引用字段；id 表示该对象的记录本身" schema:"{\"minLength\":1}"`
	Access string `json:"access,omitempty" enum:"read,edit" doc:"what they may do: read unless given" zh:"权限，默认 read"`
}

// SharedBy shares a record with the users that one of its fields leads to.
type SharedBy struct {
	Field  string `json:"field" required:"true" doc:"field of the record" zh:"记录的字段" schema:"{\"minLength\":1}"`
	Access string `json:"access,omitempty" enum:"read,edit" doc:"what they may do: read unless given" zh:"权限，默认 read"`
}

// RecordTeam is an object whose records name the members of another record's team.
type RecordTeam struct {
	Object string `json:"object" required:"true" doc:"object whose records name the members" zh:"记录团队成员的对象" schema:"{\"minLength\":1}"`
	Record string `json:"record" required:"true" doc:"its reference to the record" zh:"指向记录的字段" schema:"{\"minLength\":1}"`
	User   string `json:"user" required:"true" doc:"its reference to the user" zh:"指向用户的字段" schema:"{\"minLength\":1}"`
	Level  string `json:"level,omitempty" doc:"its field that is \"edit\" where the member may change the record; all may read alone unless given" zh:"取值为 edit 时成员可修改的字段；默认仅可读"`
}
