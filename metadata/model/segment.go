package model

// Segment is segments/<name>.json: records of an object that belong together. Which they are stands in a field
// of theirs, by which they are listed, asked for in conditions, and whose changes start flows. With a
// condition membership follows it; without, whoever may write the field says who belongs.
type Segment struct {
	Schema  string    `json:"$schema,omitempty" doc:"JSON Schema of this file, for editors" zh:"本文件的 JSON Schema，供编辑器使用"`
	Name    string    `json:"name" required:"true" form:"name" doc:"name of the segment, as its file" zh:"细分群体名称，与文件名一致"`
	Label   Text      `json:"label" doc:"name for people" zh:"显示名称"`
	Help    Text      `json:"help,omitempty" doc:"who belongs to it" zh:"群体说明"`
	Object  string    `json:"object" required:"true" form:"name" doc:"object of its records" zh:"记录所属对象"`
	Field   string    `json:"field" required:"true" form:"name" doc:"field of type bool that tells of each record whether it belongs" zh:"表示记录是否属于该群体的布尔字段"`
	When    string    `json:"when,omitempty" doc:"condition by which records belong; unless given, whoever may write the field says so" zh:"归属条件；不填则由可写该字段者决定"`
	Refresh string    `json:"refresh,omitempty" doc:"time of the day at which all records are looked at again, as 02:00, which it is unless given" zh:"每日重新判断全部记录的时刻，如 02:00（默认）"`
	Pos     Positions `json:"-"`
}
