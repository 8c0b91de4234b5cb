package model

import "encoding/json"

// Capture is captures/<name>.json: what people who are not signed in may send, and which action of an
// object takes it. Records of the object that serves "capture_form" give it tokens, by which pages
// reach it at /capture/<token>, and say in whose name it happens.
type Capture struct {
	Schema  string                     `json:"$schema,omitempty" doc:"JSON Schema of this file, for editors" zh:"本文件的 JSON Schema，供编辑器使用"`
	Name    string                     `json:"name" required:"true" form:"name" doc:"name of the capture, as its file" zh:"采集名称，与文件名一致"`
	Label   Text                       `json:"label" doc:"name for people" zh:"显示名称"`
	Help    Text                       `json:"help,omitempty" doc:"what is sent, and what becomes of it" zh:"采集内容与去向说明"`
	Object  string                     `json:"object" required:"true" form:"name" doc:"object of the action" zh:"操作所属对象"`
	Action  string                     `json:"action" required:"true" form:"name" doc:"action on the object as a whole that takes what is sent" zh:"接收内容的对象级操作"`
	Fields  []CaptureField             `json:"fields" required:"true" doc:"what may be sent" zh:"可提交的字段" schema:"{\"minItems\":1,\"maxItems\":100}"`
	Set     map[string]json.RawMessage `json:"set,omitempty" doc:"inputs of the action that are always the same" zh:"操作的固定输入"`
	Context map[string]string          `json:"context,omitempty" doc:"inputs of the action for what the platform knows: utm_source, utm_medium, utm_campaign, utm_content and utm_term, page, referrer, visitor, key, or evidence, which is when, from where and to which texts somebody agreed" zh:"平台可提供的信息对应的操作输入：utm_source 等五项、page、referrer、visitor、key，以及 evidence（同意的时间、来源与所示文本）"`
	Answer  []string                   `json:"answer,omitempty" doc:"results of the action that are told" zh:"返回给提交者的操作结果"`
	Pos     Positions                  `json:"-"`
}

// CaptureField is one thing that may be sent.
type CaptureField struct {
	Name     string `json:"name" required:"true" form:"name" doc:"name that it is sent by" zh:"提交时的名称"`
	Label    Text   `json:"label,omitempty" doc:"name for people; that of the input unless given" zh:"显示名称，默认为输入的名称"`
	Input    string `json:"input" required:"true" form:"name" doc:"input of the action that gets it" zh:"对应的操作输入"`
	Required bool   `json:"required,omitempty" doc:"nothing is taken without it" zh:"必填"`
	Text     Text   `json:"text,omitempty" doc:"text that somebody agrees to by it, kept as evidence" zh:"所同意的文本，作为证据保存"`
}
