package model

// Duplicates is duplicates/<object>.json: what tells that two records of an object are likely to
// be the same, and what is done when one is written beside the other.
type Duplicates struct {
	Schema string          `json:"$schema,omitempty" doc:"JSON Schema of this file, for editors" zh:"本文件的 JSON Schema，供编辑器使用"`
	Object string          `json:"object" required:"true" form:"name" doc:"object of the records, as the file's name" zh:"对象，与文件名一致"`
	Rules  []DuplicateRule `json:"rules" required:"true" doc:"the rules; records are the same when one of them says so" zh:"规则，任一成立即视为重复"`
	Stage  string          `json:"stage,omitempty" doc:"picklist whose choices are in the order in which records move on: of records that are merged, or collide below merged ones, the one that is further on stays" zh:"按推进顺序排列的选项字段：合并或其下级冲突时，保留进展更靠后的记录"`
	Pos    Positions       `json:"-"`
}

// DuplicateRule compares records that share the value of a key.
type DuplicateRule struct {
	Name      string           `json:"name" required:"true" form:"name" doc:"name of the rule" zh:"规则名称"`
	Label     Text             `json:"label,omitempty" doc:"name for people" zh:"显示名称"`
	Keys      []string         `json:"keys" required:"true" doc:"expressions over the record, kept and indexed with it: only records that share the value of one are compared" zh:"记录的分块键表达式，随记录存储并建立索引；仅比较至少一个键值相同的记录" schema:"{\"minItems\":1,\"maxItems\":8}"`
	Where     string           `json:"where,omitempty" doc:"condition: only records that meet it are compared" zh:"条件表达式：仅比较满足条件的记录"`
	Match     []DuplicateMatch `json:"match" required:"true" doc:"how alike the records are, field by field" zh:"逐字段的匹配方式" schema:"{\"minItems\":1,\"maxItems\":16}"`
	Threshold int              `json:"threshold,omitempty" doc:"how alike they must be in all, in per cent: the mean of the fields by their weights; 100 unless given" zh:"总体相似度阈值（百分比，按权重平均），默认 100" schema:"{\"minimum\":0,\"maximum\":100}"`
	Action    string           `json:"action" required:"true" enum:"warn,block,queue" doc:"warn tells who writes, block refuses the write, queue keeps a case for stewards" zh:"warn 提示写入者，block 拒绝写入，queue 记录待处理的疑似重复"`
	Message   Text             `json:"message,omitempty" doc:"what to say" zh:"提示信息"`
}

// DuplicateMatch compares one field of two records. A field without a value is like no other.
type DuplicateMatch struct {
	Field     string `json:"field" required:"true" doc:"field that is compared" zh:"比较的字段" schema:"{\"minLength\":1}"`
	Normalise string `json:"normalise,omitempty" enum:"text,phone,email,company,name" doc:"how its values are brought into one form before" zh:"比较前的标准化方式"`
	Method    string `json:"method,omitempty" enum:"exact,prefix,dice,levenshtein,jaro_winkler" doc:"how it is compared; exact unless given" zh:"比较方法，默认 exact"`
	Length    int    `json:"length,omitempty" doc:"characters that a prefix has" zh:"前缀长度（字符数）" schema:"{\"minimum\":1,\"maximum\":100}"`
	Weight    int    `json:"weight,omitempty" doc:"weight of the field among the others; 1 unless given" zh:"权重，默认 1" schema:"{\"minimum\":0,\"maximum\":1000}"`
	AtLeast   int    `json:"atLeast,omitempty" doc:"how alike the field itself must be, in per cent, whatever the others are" zh:"该字段自身须达到的相似度（百分比）" schema:"{\"minimum\":0,\"maximum\":100}"`
}
