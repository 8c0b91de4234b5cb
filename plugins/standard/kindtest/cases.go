// Package kindtest is a table of what every kind of field takes and refuses, and a test of it at
// the record runtime that any store engine can run. The table is also run over HTTP, by the tests
// of platform/cmd/tenon. What one kind does in detail is tested in its own folder.
package kindtest

import (
	"fmt"
	"sort"
	"strings"

	"github.com/tenon-platform/tenon/platform/errs"
)

// Case is one kind. Values are JSON as clients send it and as the API shows it.
type Case struct {
	Settings  string // further members of the declaration, each after a comma
	In, Out   string
	Other     string // another value, shown as OtherOut
	OtherOut  string
	Selection string // of kinds that are objects in GraphQL
	Bad       []Bad
}

// Bad is a value that is refused, and with which code. Over GraphQL a value that does not even fit
// the schema is INVALID_INPUT, whatever the code here.
type Bad struct {
	In   string
	Code errs.Code
}

const (
	shape = errs.InvalidInput   // of the wrong JSON type, or text that cannot be read
	rule  = errs.ValidationFail // out of bounds, too long, not a choice
)

// Computed are the kinds that take no input, and those that need objects of their own or, as files
// do, something that was uploaded before.
var Computed = []string{"autonumber", "file", "formula", "master", "rollup", "tree_path"}

// Cases are the kinds that take input, by name. Lookups point to the records 1 and 2 of "target".
func Cases() map[string]Case {
	choices := `, "values": [{"code": "a", "label": {"en": "A", "zh-CN": "甲"}}, {"code": "b", "label": {"en": "B", "zh-CN": "乙"}}]`
	return map[string]Case{
		"text": {Settings: `, "maxLength": 5`, In: `"héllo"`, Out: `"héllo"`, Other: `"名"`, OtherOut: `"名"`,
			Bad: []Bad{{`"toolong"`, rule}, {`7`, shape}, {`[]`, shape}, {`"a\u0000b"`, shape}}},
		"code": {Settings: `, "prefix": "SP-", "alphabet": "0123456789", "length": 10, "checksum": true`, In: `" sp-79927398713"`, Out: `"SP-79927398713"`, Other: `"SP-0000000000 0"`, OtherOut: `"SP-00000000000"`,
			Bad: []Bad{{`"SP-79927398710"`, rule}, {`"SP-7992739871"`, rule}, {`7`, shape}, {`[]`, shape}}},
		"longtext": {In: `"a\nb"`, Out: `"a\nb"`, Other: `"c"`, OtherOut: `"c"`, Bad: []Bad{{`7`, shape}, {`{}`, shape}, {`"\u0007"`, shape}}},
		"richtext": {In: `"<b>x</b><script>y</script>"`, Out: `"<b>x</b>"`, Other: `"x"`, OtherOut: `"x"`, Bad: []Bad{{`7`, shape}}},
		"int":      {Settings: `, "min": 0, "max": 9`, In: `7`, Out: `7`, Other: `0`, OtherOut: `0`, Bad: []Bad{{`10`, rule}, {`-1`, rule}, {`1.5`, shape}, {`"x"`, shape}, {`true`, shape}}},
		"decimal": {Settings: `, "scale": 3`, In: `"1.5"`, Out: `"1.500"`, Other: `-2`, OtherOut: `"-2.000"`,
			Bad: []Bad{{`"x"`, shape}, {`true`, shape}, {`"1e99"`, shape}, {`"99999999999999999999999999999999"`, rule}}},
		"money":   {In: `"12.345"`, Out: `"12.35"`, Other: `0.1`, OtherOut: `"0.10"`, Bad: []Bad{{`"ten"`, shape}, {`true`, shape}, {`"99999999999999999999"`, rule}}},
		"percent": {In: `"0.1234"`, Out: `"0.1234"`, Other: `"1"`, OtherOut: `"1.0000"`, Bad: []Bad{{`"x"`, shape}, {`{}`, shape}}},
		"bool":    {In: `true`, Out: `true`, Other: `false`, OtherOut: `false`, Bad: []Bad{{`"perhaps"`, shape}, {`7.5`, shape}}},
		"date":    {In: `"2026-02-28"`, Out: `"2026-02-28"`, Other: `"2024-02-29"`, OtherOut: `"2024-02-29"`, Bad: []Bad{{`"2026-02-30"`, shape}, {`"yesterday"`, shape}, {`7`, shape}}},
		"datetime": {In: `"2026-02-28T08:00:00+08:00"`, Out: `"2026-02-28T00:00:00Z"`, Other: `"2026-02-28T00:00:00.5Z"`, OtherOut: `"2026-02-28T00:00:00.5Z"`,
			Bad: []Bad{{`"2026-02-28"`, shape}, {`"x"`, shape}, {`7`, shape}}},
		"time":     {In: `"09:30"`, Out: `"09:30:00"`, Other: `"23:59:59"`, OtherOut: `"23:59:59"`, Bad: []Bad{{`"25:00"`, shape}, {`7`, shape}}},
		"picklist": {Settings: choices, In: `"a"`, Out: `"a"`, Other: `"b"`, OtherOut: `"b"`, Bad: []Bad{{`"z"`, rule}, {`7`, shape}}},
		"multipick": {Settings: choices, In: `["b", "a", "b"]`, Out: `["b","a"]`, Other: `["a"]`, OtherOut: `["a"]`,
			Bad: []Bad{{`["c"]`, rule}, {`7`, shape}}},
		"tags": {In: `[" x ", "y", "x"]`, Out: `["x","y"]`, Other: `["z"]`, OtherOut: `["z"]`,
			Bad: []Bad{{`[""]`, rule}, {`7`, shape}, {`["` + strings.Repeat("x", 65) + `"]`, rule}}},
		"lookup": {Settings: `, "to": "target"`, In: `"target_1"`, Out: `"target_1"`, Other: `"target_2"`, OtherOut: `"target_2"`,
			Bad: []Bad{{`"thing_1"`, shape}, {`"x"`, shape}, {`true`, shape}, {`"target_99"`, rule}}},
		"multilookup": {Settings: `, "to": "target", "inverse": "many_things"`, In: `["target_1", "target_1"]`, Out: `["target_1"]`, Other: `["target_2", "target_1"]`, OtherOut: `["target_2","target_1"]`,
			Bad: []Bad{{`["thing_1"]`, shape}, {`true`, shape}}},
		"ref": {Settings: `, "to": ["target", "thing"]`, In: `"target_1"`, Out: `"target_1"`, Other: `"target_2"`, OtherOut: `"target_2"`,
			Bad: []Bad{{`"client_1"`, shape}, {`"target_x"`, shape}, {`7`, shape}, {`"nothing"`, shape}}},
		"email": {In: `" a@b.cn "`, Out: `"a@b.cn"`, Other: `"x.y@example.org"`, OtherOut: `"x.y@example.org"`, Bad: []Bad{{`"a@b"`, rule}, {`"a b@c.cn"`, rule}, {`7`, shape}}},
		"phone": {In: `"+86 138-0013-8000 转 12"`, Out: `"+86 138-0013-8000 转 12"`, Other: `"010-1234567"`, OtherOut: `"010-1234567"`,
			Bad: []Bad{{`"call me"`, rule}, {`"1"`, rule}, {`7`, shape}}},
		"url": {In: `"https://example.org/x?y=1"`, Out: `"https://example.org/x?y=1"`, Other: `"http://a.cn"`, OtherOut: `"http://a.cn"`,
			Bad: []Bad{{`"javascript:alert(1)"`, rule}, {`"example.org"`, rule}, {`7`, shape}}},
		"geo": {In: `{"lat": 31.2, "lng": 121.5}`, Out: `{"lat":31.2,"lng":121.5}`, Other: `{"lat": -90, "lng": 0}`, OtherOut: `{"lat":-90,"lng":0}`, Selection: `{ lat lng }`,
			Bad: []Bad{{`{"lat": 91, "lng": 0}`, rule}, {`{"lat": 1}`, shape}, {`"here"`, shape}, {`{"lat": "NaN", "lng": 0}`, rule}}},
		"json": {Settings: `, "schema": {"type": "object", "required": ["a"]}`, In: `{"a": [true]}`, Out: `{"a":[true]}`, Other: `{"a": null, "b": 1.50}`, OtherOut: `{"a":null,"b":1.50}`,
			Bad: []Bad{{`{}`, rule}, {`[]`, rule}, {strings.Repeat(`{"a":`, 40) + `1` + strings.Repeat(`}`, 40), rule}}},
	}
}

// Field is the name of a kind's field in the object "thing".
func Field(kind string) string { return "f_" + kind }

// Package is a package, path → text, with the object "thing", which has a field of each kind of
// Cases, and the object "target".
func Package() map[string]string {
	cases := Cases()
	kinds := make([]string, 0, len(cases))
	for k := range cases {
		kinds = append(kinds, k)
	}
	sort.Strings(kinds)
	var fields []string
	for _, k := range kinds {
		fields = append(fields, fmt.Sprintf(`{"name": %q, "type": %q, "label": {"en": %[2]q, "zh-CN": %[2]q}%s}`, Field(k), k, cases[k].Settings))
	}
	return map[string]string{
		"tenon.json":                 `{"name": "kinds", "version": "1.0.0", "label": {"en": "Kinds", "zh-CN": "类型"}}`,
		"objects/target/object.json": `{"name": "target", "label": {"en": "Target", "zh-CN": "目标"}, "fields": [{"name": "name", "type": "text"}]}`,
		"objects/thing/object.json":  `{"name": "thing", "label": {"en": "Thing", "zh-CN": "物品"}, "fields": [` + strings.Join(fields, ",\n") + `]}`,
	}
}
