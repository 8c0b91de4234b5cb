package mapping

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/load"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/resolve"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/plugins/standard"
	"github.com/tenon-platform/tenon/runtime/access"
)

const client = `{"name": "client", "label": {"en": "Client", "zh-CN": "客户"}, "nameField": "name", "fields": [
	{"name": "code", "type": "text", "label": {"en": "Client code", "zh-CN": "客户编码"}, "unique": true},
	{"name": "name", "type": "text", "label": {"en": "Name", "zh-CN": "名称"}, "required": true},
	{"name": "grade", "type": "picklist", "label": {"en": "Grade", "zh-CN": "等级"}, "values": [{"code": "a", "label": {"en": "Gold", "zh-CN": "金牌"}},
		{"code": "b", "label": {"en": "Silver", "zh-CN": "银牌"}}, {"code": "c", "label": {"en": "Old", "zh-CN": "金牌"}, "inactive": true}, {"code": "d", "label": {"en": "Twin"}}, {"code": "e", "label": {"en": "Twin"}}]},
	{"name": "colors", "type": "multipick", "values": [{"code": "r", "label": {"en": "Red", "zh-CN": "红"}}, {"code": "g", "label": {"en": "Green", "zh-CN": "绿"}}]},
	{"name": "active", "type": "bool", "label": {"en": "Active", "zh-CN": "是否启用"}},
	{"name": "since", "type": "date", "label": {"en": "Since", "zh-CN": "合作日期"}},
	{"name": "seen_at", "type": "datetime", "label": {"en": "Last seen", "zh-CN": "最近联系时间"}},
	{"name": "credit", "type": "money", "label": {"en": "Credit limit", "zh-CN": "信用额度"}},
	{"name": "spot", "type": "geo"},
	{"name": "note", "type": "text", "readOnly": true},
	{"name": "parent_id", "type": "lookup", "to": "client", "label": {"en": "Parent", "zh-CN": "上级"}},
	{"name": "region_id", "type": "lookup", "to": "region", "label": {"en": "Region", "zh-CN": "区域"}}],
	"keys": [{"fields": ["region_id", "name"]}]}`

const region = `{"name": "region", "label": {"en": "Region", "zh-CN": "区域"}, "nameField": "name", "fields": [
	{"name": "name", "type": "text", "label": {"en": "Name", "zh-CN": "名称"}, "unique": true},
	{"name": "area", "type": "text"}, {"name": "number", "type": "int"}], "keys": [{"fields": ["area", "number"]}]}`

func target(t testing.TB) Target {
	t.Helper()
	pkg, found := load.Package(fstest.MapFS{
		"tenon.json":                 {Data: []byte(`{"name": "shop", "version": "1.0.0", "label": {"en": "Shop"}}`)},
		"objects/client/object.json": {Data: []byte(client)}, "objects/region/object.json": {Data: []byte(region)},
	}, "shop", standard.Fields())
	if found.HasErrors() {
		t.Fatal(found.Err())
	}
	cat, found := resolve.Resolve(resolve.Input{Packages: []*model.Package{pkg}, Fields: standard.Fields(), Zone: "Asia/Shanghai", Revision: 1})
	if found.HasErrors() {
		t.Fatal(found.Err())
	}
	return Target{Object: cat.Object("client"), Profile: access.Everything, Zone: time.FixedZone("", 8*3600)}
}

// cell maps one column to a field and shows what becomes of a cell.
func cell(t *testing.T, to Target, field, text string, steps ...Step) string {
	t.Helper()
	p, err := Compile([]string{"X"}, Settings{Mode: Create, Columns: []Column{{Field: field, From: "X", Steps: steps}}}, to)
	if err != nil {
		return err.Error()
	}
	op, bad := p.Op([]string{text})
	if len(bad) > 0 {
		return fmt.Sprintf("%s %q: %s", bad[0].Column, bad[0].Value, bad[0].Err.Message.En)
	}
	b, err := json.Marshal(op.Input)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestCells(t *testing.T) {
	to := target(t)
	other := "b"
	for _, c := range []struct {
		field, text string
		steps       []Step
		want        string
	}{
		{"code", " C 1 ", nil, `{"code":" C 1 "}`},
		{"code", " C 1 ", []Step{{Do: "trim"}, {Do: "lower"}}, `{"code":"c 1"}`},
		{"code", " ", nil, `{}`},
		{"code", " ", []Step{{Do: "default", Value: "none"}}, `{"code":"none"}`},
		{"code", "x", []Step{{Do: "default", Value: "none"}, {Do: "upper"}}, `{"code":"X"}`},
		{"code", "x", []Step{{Do: "constant", Value: "k"}}, `{"code":"k"}`},
		{"name", "van  Dyck,Ada", []Step{{Do: "split", By: ",", Take: -1}}, `{"name":"Ada"}`},
		{"name", "Ada  van  Dyck", []Step{{Do: "split", By: " ", Take: 2, Rest: true}}, `{"name":"van Dyck"}`},
		{"name", "Ada", []Step{{Do: "split", By: " ", Take: 2}}, `{}`},
		{"grade", "a", nil, `{"grade":"a"}`},
		{"grade", " 银牌", nil, `{"grade":"b"}`},
		{"grade", "GOLD", nil, `{"grade":"a"}`},
		{"grade", "金牌", nil, `{"grade":"a"}`}, // the other choice of this name is no longer in use
		{"grade", "Old", nil, `{"grade":"c"}`},
		{"grade", "twin", nil, `X "twin": "twin" is the name of several choices; give the code`},
		{"grade", "bronze", nil, `{"grade":"bronze"}`}, // the field says what the choices are
		{"grade", "1st", []Step{{Do: "map", Values: map[string]string{"1ST": "Gold"}}}, `{"grade":"a"}`},
		{"grade", "9th", []Step{{Do: "map", Values: map[string]string{"1st": "Gold"}, Else: &other}}, `{"grade":"b"}`},
		{"colors", "Red; 绿", nil, `{"colors":["r","g"]}`},
		{"active", "是", nil, `{"active":true}`},
		{"active", "N", nil, `{"active":false}`},
		{"active", "maybe", nil, `{"active":"maybe"}`},
		{"since", "2026-3-1", nil, `{"since":"2026-03-01"}`},
		{"since", "2026年3月1日", nil, `{"since":"2026-03-01"}`},
		{"since", "20260301", nil, `{"since":"2026-03-01"}`},
		{"since", "2026-03-01T00:00:00", nil, `{"since":"2026-03-01"}`},
		{"since", "2026-03-01T09:30:00", nil, `X "2026-03-01T09:30:00": "2026-03-01T09:30:00" has a time of day; the field holds days`},
		{"since", "1/3/2026", nil, `{"since":"1/3/2026"}`},
		{"since", "1/3/2026", []Step{{Do: "date", Formats: []string{"DD.MM.YYYY", "DD/MM/YYYY"}}}, `{"since":"2026-03-01"}`},
		{"since", "1/3/26", []Step{{Do: "date", Formats: []string{"MM/DD/YY"}}}, `{"since":"2026-01-03"}`},
		{"since", "31/2/2026", []Step{{Do: "date", Formats: []string{"DD/MM/YYYY"}}}, `X "31/2/2026": "31/2/2026" does not look like DD/MM/YYYY`},
		{"seen_at", "2026/3/1 9:30", nil, `{"seenAt":"2026-03-01T09:30:00+08:00"}`},
		{"seenAt", "2026-03-01T09:30:00Z", nil, `{"seenAt":"2026-03-01T09:30:00Z"}`},
		{"seenAt", "2026-03-01", nil, `{"seenAt":"2026-03-01T00:00:00+08:00"}`},
		{"seenAt", "03/01/2026 09:30 PM", []Step{{Do: "date", Formats: []string{"MM/DD/YYYY hh:mm A"}}}, `{"seenAt":"2026-03-01T21:30:00+08:00"}`},
		{"credit", "１２.5 ", nil, `{"credit":"12.5"}`},
		{"credit", "1,234.50", nil, `{"credit":"1,234.50"}`},
		{"credit", "¥ 1,234,567.50", []Step{{Do: "number", Group: ","}}, `{"credit":"1234567.50"}`},
		{"credit", "(1.234,5)", []Step{{Do: "number", Decimal: ",", Group: "."}}, `{"credit":"-1234.5"}`},
		{"credit", "1 234,5 €", []Step{{Do: "number", Decimal: ",", Group: " "}}, `{"credit":"1234.5"}`},
		{"credit", "1,2.5", []Step{{Do: "number", Group: ","}}, `X "1,2.5": "1,2.5" is no number with "." before the decimals`},
		{"credit", "", []Step{{Do: "number", Group: ","}}, `{}`},
		{"spot", `{"lat": 31.2, "lng": 121}`, nil, `{"spot":{"lat":31.2,"lng":121}}`},
		{"region_id", "region_7", nil, `{"regionId":"region_7"}`},
		{"region", "region_7", nil, `{"regionId":"region_7"}`},
		{"region_id.name", "East", nil, `{"region":{"connect":{"name":"East"}}}`},
		{"region.external_id", "e1", nil, `{"region":{"connect":{"externalId":"e1"}}}`},
		{"region.id", " 7 ", nil, `{"region":{"connect":{"id":"7"}}}`},
	} {
		if got := cell(t, to, c.field, c.text, c.steps...); got != c.want {
			t.Errorf("%s %q %v: %s, want %s", c.field, c.text, c.steps, got, c.want)
		}
	}
}

func TestRows(t *testing.T) {
	to := target(t)
	head := []string{"Code", "Area", "No", "Region", "Name", "ID"}
	for _, c := range []struct {
		name string
		s    Settings
		row  []string
		want string
	}{
		{"composite reference", Settings{Mode: Create, Columns: []Column{{Field: "region.area", From: "Area"}, {Field: "region.number", From: "No"}}},
			[]string{"", "E", "4"}, `0 0 map[] map[region:map[connect:map[area:E number:4]]] false`},
		{"upsert", Settings{Mode: Upsert, Key: []string{"code"}, Columns: []Column{{Field: "code", From: "Code"}, {Field: "name", From: "Name"}}},
			[]string{"C", "", "", "", "N"}, `2 0 map[code:C] map[name:N] false`},
		{"update", Settings{Mode: Update, Key: []string{"code"}, Columns: []Column{{Field: "code", From: "Code"}, {Field: "name", From: "Name"}}},
			[]string{"C"}, `2 0 map[code:C] map[] true`},
		{"key with a reference", Settings{Mode: Upsert, Key: []string{"name", "region_id"}, Columns: []Column{{Field: "name", From: "Name"}, {Field: "region.name", From: "Region"}}},
			[]string{"", "", "", "East", "N"}, `2 0 map[name:N regionId:map[connect:map[name:East]]] map[] false`},
		{"no key value", Settings{Mode: Upsert, Key: []string{"code"}, Columns: []Column{{Field: "code", From: "Code"}}}, []string{" "}, `Code: code must have a value to find a record by`},
		{"update by id", Settings{Mode: Update, Key: []string{"id"}, Columns: []Column{{Field: "id", From: "ID"}, {Field: "name", From: "Name"}}},
			[]string{"", "", "", "", "N", "client_9"}, `1 9 map[] map[name:N] false`},
		{"a bad id", Settings{Mode: Update, Key: []string{"id"}, Columns: []Column{{Field: "id", From: "ID"}}}, []string{"", "", "", "", "", "x"}, `ID: "x" is no id of client`},
		{"upsert without an id", Settings{Mode: Upsert, Key: []string{"id"}, Columns: []Column{{Field: "id", From: "ID"}, {Field: "name", From: "Name"}}},
			[]string{"", "", "", "", "N"}, `0 0 map[] map[name:N] false`},
		{"cleared", Settings{Mode: Create, ClearEmpty: true, Columns: []Column{{Field: "code", From: "Code"}, {Field: "region.name", From: "Region"}}}, nil, `0 0 map[] map[code:<nil> regionId:<nil>] false`},
	} {
		p, err := Compile(head, c.s, to)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		op, bad := p.Op(c.row)
		got := fmt.Sprint(op.Verb, op.ID, op.Key, op.Input, op.Existing)
		if len(bad) > 0 {
			got = bad[0].Column + ": " + bad[0].Err.Message.En
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// hidden is a profile that may not read credit, not write grade, and nothing of regions.
type hidden struct{ access.Profile }

func (hidden) Can(o *catalog.Object, op access.Op) bool {
	return o.Name != "region" && op != access.Delete
}
func (hidden) CanRead(f *catalog.Field) bool  { return f.Name != "credit" }
func (hidden) CanWrite(f *catalog.Field) bool { return f.Name != "credit" && f.Name != "grade" }

func TestRefusedMappings(t *testing.T) {
	to := target(t)
	limited := to
	limited.Profile = hidden{access.Everything}
	for want, c := range map[string]struct {
		to Target
		s  Settings
	}{
		"no column is mapped":               {to, Settings{Mode: Create}},
		"the mode is":                       {to, Settings{Mode: "merge", Columns: []Column{{Field: "code", From: "A"}}}},
		`the file has no column "Z"`:        {to, Settings{Mode: Create, Columns: []Column{{Field: "code", From: "Z"}}}},
		"or give a constant":                {to, Settings{Mode: Create, Columns: []Column{{Field: "code"}}}},
		"has no field cod":                  {to, Settings{Mode: Create, Columns: []Column{{Field: "cod", From: "A"}}}},
		"note cannot be written":            {to, Settings{Mode: Create, Columns: []Column{{Field: "note", From: "A"}}}},
		"version cannot be written":         {to, Settings{Mode: Create, Columns: []Column{{Field: "version", From: "A"}}}},
		"code is mapped twice":              {to, Settings{Mode: Create, Columns: []Column{{Field: "code", From: "A"}, {Field: "code", From: "B"}}}},
		"regionId is mapped twice":          {to, Settings{Mode: Create, Columns: []Column{{Field: "region_id", From: "A"}, {Field: "region.name", From: "B"}}}},
		"found by its id or by all fields":  {to, Settings{Mode: Create, Columns: []Column{{Field: "region.area", From: "A"}}}},
		"region has no field size":          {to, Settings{Mode: Create, Columns: []Column{{Field: "region.size", From: "A"}}}},
		"client has no field code.x":        {to, Settings{Mode: Create, Columns: []Column{{Field: "code.x", From: "A"}}}},
		"new records are given their ids":   {to, Settings{Mode: Create, Columns: []Column{{Field: "id", From: "A"}}}},
		"need no key":                       {to, Settings{Mode: Create, Key: []string{"code"}, Columns: []Column{{Field: "code", From: "A"}}}},
		"name the key":                      {to, Settings{Mode: Upsert, Columns: []Column{{Field: "code", From: "A"}}}},
		"no column is mapped to code":       {to, Settings{Mode: Upsert, Key: []string{"code"}, Columns: []Column{{Field: "name", From: "A"}}}},
		"no column is mapped to id":         {to, Settings{Mode: Update, Key: []string{"id"}, Columns: []Column{{Field: "name", From: "A"}}}},
		"these fields are no unique key":    {to, Settings{Mode: Upsert, Key: []string{"name"}, Columns: []Column{{Field: "name", From: "A"}}}},
		"ids can only be mapped when":       {to, Settings{Mode: Upsert, Key: []string{"code"}, Columns: []Column{{Field: "code", From: "A"}, {Field: "id", From: "B"}}}},
		`there is no step "twist"`:          {to, Settings{Mode: Create, Columns: []Column{{Field: "code", From: "A", Steps: []Step{{Do: "twist"}}}}}},
		"split needs by and take":           {to, Settings{Mode: Create, Columns: []Column{{Field: "code", From: "A", Steps: []Step{{Do: "split"}}}}}},
		"is no format of a date":            {to, Settings{Mode: Create, Columns: []Column{{Field: "since", From: "A", Steps: []Step{{Do: "date", Formats: []string{"##"}}}}}}},
		"two different signs":               {to, Settings{Mode: Create, Columns: []Column{{Field: "credit", From: "A", Steps: []Step{{Do: "number", Group: "."}}}}}},
		"grade cannot be written":           {limited, Settings{Mode: Create, Columns: []Column{{Field: "grade", From: "A"}}}},
		"client has no field credit":        {limited, Settings{Mode: Create, Columns: []Column{{Field: "credit", From: "A"}}}},
		"region has no field name":          {limited, Settings{Mode: Create, Columns: []Column{{Field: "region.name", From: "A"}}}},
		"client has no field region_id.x.y": {to, Settings{Mode: Create, Columns: []Column{{Field: "region_id.x.y", From: "A"}, {Field: "nothing.x", From: "A"}}}},
	} {
		_, err := Compile([]string{"A", "B"}, c.s, c.to)
		if err == nil {
			t.Errorf("%s: nothing is refused", want)
			continue
		}
		e, says := errs.From(err), ""
		for _, x := range append([]*errs.Error{e}, e.More...) {
			says += x.Message.En + "\n"
			if x.Field == "" || x.Message.Zh == "" {
				t.Errorf("%s: %+v", want, x)
			}
		}
		if !strings.Contains(says, want) && !strings.HasPrefix(want, "client has no field region_id.x.y") {
			t.Errorf("%s: %s", want, says)
		}
	}
}

func TestExplain(t *testing.T) {
	p, err := Compile([]string{"Code", "Region"}, Settings{Mode: Create, Columns: []Column{{Field: "code", From: "Code"}, {Field: "region.name", From: "Region"}}}, target(t))
	if err != nil {
		t.Fatal(err)
	}
	e := errs.New(errs.NotFound, "no region", "无").On("region")
	e.More = []*errs.Error{errs.New(errs.ValidationFail, "required", "必填").On("regionId"), errs.New(errs.Duplicate, "taken", "重复").On("code"), errs.New(errs.ValidationFail, "rule", "规则")}
	got := fmt.Sprint(p.Explain(e, []string{"C", "East"}))
	if want := `[{Region East NOT_FOUND: no region} {Code C DUPLICATE: taken} {  VALIDATION_FAILED: rule}]`; got != want {
		t.Error(got)
	}
}

func TestIdentities(t *testing.T) {
	p, err := Compile([]string{"Code", "Region", "Name", "Parent"}, Settings{Mode: Create, Columns: []Column{{Field: "code", From: "Code"}, {Field: "region.name", From: "Region"},
		{Field: "name", From: "Name"}, {Field: "parent.code", From: "Parent"}}}, target(t))
	if err != nil {
		t.Fatal(err)
	}
	ids := func(cells ...string) map[string]uint64 {
		op, bad := p.Op(cells)
		if len(bad) > 0 {
			t.Fatal(bad)
		}
		out := map[string]uint64{}
		for _, i := range p.Identities(&op) {
			out[strings.Join(i.Fields, "+")] = i.Hash
		}
		if _, to := p.Refers(&op); len(to) > 0 {
			out["parent"] = to[0]
		}
		return out
	}
	a, b := ids("A", "East", "N"), ids("B", "East", "N", "A")
	if len(a) != 2 || a["code"] == b["code"] || a["regionId+name"] != b["regionId+name"] || b["parent"] != a["code"] {
		t.Error(a, b)
	}
	if c := ids("", "", "N"); len(c) != 0 {
		t.Error(c)
	}
}

func TestSuggest(t *testing.T) {
	to := target(t)
	head := []string{"客户 编码", "NAME", "等级", "Start (since)", "credit_limit", "Region", "Parent Code", "?", "note"}
	rows := [][]string{{"C1", "Ada", "金牌", "31/12/2025", "1,234.50", "East", "C0", "x", "y"}, {"C2", "Bo", "Silver", "1/2/2026", "7", "West", "", "", ""}}
	all := Suggest(head, rows, to)
	b, err := json.Marshal(Propose(head, all))
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"field":"code","from":"客户 编码"},{"field":"name","from":"NAME"},{"field":"grade","from":"等级"},` +
		`{"field":"since","from":"Start (since)","steps":[{"do":"date","formats":["DD.MM.YYYY","DD/MM/YYYY","DD-MM-YYYY"]}]},` +
		`{"field":"credit","from":"credit_limit","steps":[{"do":"number","group":","}]},{"field":"region.name","from":"Region"},{"field":"parent.code","from":"Parent Code"}]`
	if string(b) != want {
		t.Errorf("%s", b)
	}
	if s := all[3]; len(s) == 0 || s[0].Field != "since" || fmt.Sprint(s[0].Steps[0].Formats) != "[DD.MM.YYYY DD/MM/YYYY DD-MM-YYYY]" {
		t.Errorf("%+v", s)
	}
	limited := to
	limited.Profile = hidden{access.Everything}
	for i, list := range Suggest(head, rows, limited) {
		for _, s := range list {
			if s.Field == "credit" || s.Field == "grade" || strings.HasPrefix(s.Field, "region.") {
				t.Errorf("%s is suggested %s", head[i], s.Field)
			}
		}
	}
	if _, err := Compile(head, Settings{Mode: Create, Columns: Propose(head, all)}, to); err != nil {
		t.Error(err)
	}
}

// FuzzMap: whatever a mapping says and a cell holds, a row is made or refused with a code.
func FuzzMap(f *testing.F) {
	f.Add(`[{"field": "since", "from": "A", "steps": [{"do": "date", "formats": ["DD.MM.YY hh:mm A Z"]}]}]`, "1.2.26")
	f.Add(`[{"field": "credit", "from": "A", "steps": [{"do": "number", "decimal": ",", "group": "."}, {"do": "map", "values": {"1": "2"}}]}]`, "(1.234,5)")
	f.Add(`[{"field": "name", "from": "A", "steps": [{"do": "split", "by": " ", "take": -2, "rest": true}]}, {"field": "region.area", "from": "A"}, {"field": "region.number", "from": "B"}]`, "a b c")
	f.Add(`[{"field": "colors", "from": "A"}, {"field": "spot", "from": "A"}, {"field": "seen_at", "from": "A"}, {"field": "parent.code", "from": "A"}]`, `{"lat": 1}`)
	to := target(f)
	f.Fuzz(func(t *testing.T, columns, text string) {
		Suggest([]string{text, columns}, [][]string{{text, columns}}, to)
		var s Settings
		if json.Unmarshal([]byte(columns), &s.Columns) != nil {
			return
		}
		for _, s.Mode = range []Mode{Create, Upsert} {
			if s.Mode == Upsert {
				s.Key = []string{"code"}
			}
			p, err := Compile([]string{"A", "B"}, s, to)
			if err != nil {
				if errs.From(err).Code == errs.Internal {
					t.Fatal(err)
				}
				continue
			}
			op, bad := p.Op([]string{text})
			if len(bad) == 0 {
				p.Identities(&op)
				p.Refers(&op)
			}
			for _, b := range bad {
				if b.Err.Message.En == "" || b.Err.Message.Zh == "" {
					t.Errorf("%+v", b)
				}
			}
		}
	})
}
