package model

// TierTable is tiers/<name>.json: a ladder of rates, which expressions ask by TIER and TIER_RATE,
// and clients by tier. A tier reaches from its own bound up to that of the next one.
type TierTable struct {
	Schema     string        `json:"$schema,omitempty" doc:"JSON Schema of this file, for editors" zh:"本文件的 JSON Schema，供编辑器使用"`
	Name       string        `json:"name" required:"true" form:"name" doc:"name of the table, as its file" zh:"阶梯表名称，与文件名一致"`
	Label      Text          `json:"label" doc:"name for people" zh:"显示名称"`
	Help       Text          `json:"help,omitempty" doc:"what the table is for" zh:"用途说明"`
	Object     string        `json:"object,omitempty" form:"name" doc:"object that the table is about: who may read its records may ask the table through the API; unless given, those who manage metadata" zh:"阶梯表所属对象：可读取其记录者可通过 API 查询；不填则仅元数据管理者"`
	Permission string        `json:"permission,omitempty" form:"name" doc:"permission on the object that is needed to ask the table through the API" zh:"通过 API 查询所需的对象权限"`
	Mode       string        `json:"mode" required:"true" enum:"incremental,retroactive,fixed,per_unit" doc:"each part at the rate of its tier, the whole at the rate of the tier reached, a lump sum, or an amount per unit" zh:"超额累进、全额累进、定额或按单位"`
	Tiers      []Tier        `json:"tiers,omitempty" doc:"the tiers that hold until the first version, from the lowest up" zh:"首个版本生效前的档位，自低至高"`
	Versions   []TierVersion `json:"versions,omitempty" doc:"tiers that replace all earlier ones from a day on" zh:"自某日起取代此前档位的版本"`
	Pos        Positions     `json:"-"`
}

// TierVersion are the tiers from a day on.
type TierVersion struct {
	From  string `json:"from" required:"true" doc:"first day, such as 2026-01-01, in the tenant's time zone" zh:"生效日（租户时区），如 2026-01-01"`
	Tiers []Tier `json:"tiers" required:"true" doc:"the tiers, from the lowest up" zh:"档位，自低至高"`
}

// Tier is one step of a ladder.
type Tier struct {
	From string `json:"from" required:"true" doc:"what is reached here, this included, as a decimal such as \"1000000\"" zh:"下限（含），十进制文本，如 \"1000000\""`
	Rate string `json:"rate" required:"true" doc:"share, lump sum or amount per unit, as a decimal such as \"0.02\"" zh:"费率、定额或单位金额，十进制文本，如 \"0.02\""`
}
