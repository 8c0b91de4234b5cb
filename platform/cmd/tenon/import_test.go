package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/tenon-platform/tenon/plugins/standard/tenanttest"
)

// fileImport is one import over HTTP.
type fileImport struct {
	s  *server
	id string
}

// importState is an import as the API shows it.
type importState struct {
	ID, Status                                                         string
	Total                                                              int64
	Done, Created, Updated, Unchanged, Failed, Warned, Undone, Refused int64
	Format                                                             struct{ Kind string }
	Error                                                              *struct{ Code string }
	Columns                                                            []importColumn
	Map                                                                struct {
		Columns []struct{ Field, From string }
	}
}

type importColumn struct {
	Name        string
	Suggestions []struct {
		Field string
		Steps []struct{ Do string }
	}
}

// importFinding is one finding as the API shows it.
type importFinding struct {
	Row                           int
	Column, Field, Severity, Code string
	Message                       map[string]string
	Value                         string
}

// answer sends a request that must succeed and decodes its data.
func (s *server) answer(out any, method, path, body string) {
	s.t.Helper()
	status, _, answer := s.call(method, path, body, nil)
	if status != http.StatusOK && status != http.StatusCreated {
		s.t.Fatalf("%s %s answered %d %s", method, path, status, answer)
	}
	decode(s.t, answer, out)
}

// decode reads the data of an answer.
func decode(t *testing.T, answer string, out any) {
	t.Helper()
	if err := json.Unmarshal([]byte(answer), &struct{ Data any }{out}); err != nil {
		t.Fatalf("%v in %s", err, answer)
	}
}

// importOf begins an import of a file.
func (s *server) importOf(object, name, file string) (fileImport, importState) {
	s.t.Helper()
	var st importState
	s.answer(&st, http.MethodPost, "/import?object="+object+"&name="+url.QueryEscape(name), file)
	return fileImport{s, st.ID}, st
}

func (f fileImport) set(configuration string) fileImport {
	f.s.t.Helper()
	f.s.answer(&importState{}, http.MethodPatch, "/import/"+f.id, configuration)
	return f
}

func (f fileImport) state() (st importState) {
	f.s.t.Helper()
	f.s.answer(&st, http.MethodGet, "/import/"+f.id, "")
	return st
}

// progress is the state without the columns and what they suggest.
func (f fileImport) progress() importState {
	f.s.t.Helper()
	var list struct{ Imports []importState }
	f.s.answer(&list, http.MethodGet, "/import?first=100", "")
	for _, st := range list.Imports {
		if st.ID == f.id {
			return st
		}
	}
	f.s.t.Fatalf("there is no import %s", f.id)
	return importState{}
}

// do begins a phase and waits until it has ended.
func (f fileImport) do(phase string) importState {
	f.s.t.Helper()
	f.s.answer(&importState{}, http.MethodPost, "/import/"+f.id+"/"+phase, "")
	return f.wait()
}

func (f fileImport) wait() importState {
	f.s.t.Helper()
	for deadline := time.Now().Add(10 * time.Minute); ; time.Sleep(10 * time.Millisecond) {
		st := f.progress()
		if !slices.Contains([]string{"checking", "running", "reverting", "undoing"}, st.Status) {
			return f.state()
		}
		if time.Now().After(deadline) {
			f.s.t.Fatalf("the import does not end: %+v", st)
		}
	}
}

func (f fileImport) findings() []importFinding {
	f.s.t.Helper()
	var out struct{ Findings []importFinding }
	f.s.answer(&out, http.MethodGet, "/import/"+f.id+"/findings", "")
	return out.Findings
}

// exported is what an export gives.
func (s *server) exported(object, query string) string {
	s.t.Helper()
	status, _, body := s.call(http.MethodGet, "/export/"+object+"?"+query, "", nil)
	if status != http.StatusOK {
		s.t.Fatalf("the export answered %d %s", status, body)
	}
	return body
}

// shop serves the objects of testdata/shop, with nothing else.
func shop(t *testing.T) *server {
	t.Helper()
	data := t.TempDir()
	s := serve(t, data, "--bare")
	must(t, "apply", "--data", data, "testdata/shop")
	return s
}

// killSeed repeats the moments of a run of TestKilledImport, as far as moments can be repeated.
var killSeed = flag.Uint64("kill-seed", 0, "seed of TestKilledImport; 0 takes a random one")

// TestKilledImport kills the server with kill -9 at ten random moments of imports. Each time the
// next start goes on by itself, and in the end exactly the rows of the files are there.
func TestKilledImport(t *testing.T) {
	const rows, kills = 6000, 10
	seed := *killSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("go test -run TestKilledImport -kill-seed %d", seed)
	r := rand.New(rand.NewPCG(seed, seed))
	data := t.TempDir()
	s := serve(t, data, "--bare")
	must(t, "apply", "--data", data, "testdata/shop")
	want := []string{}
	killed := 0
	for files := 0; killed < kills; files++ {
		var file strings.Builder
		file.WriteString("code,name,visits\n")
		for i := range rows {
			line := fmt.Sprintf("f%d-%d,Client %d,%d", files, i, i, r.IntN(1000))
			file.WriteString(line + "\n")
			want = append(want, line)
		}
		f, _ := s.importOf("client", "clients.csv", file.String())
		s.answer(&importState{}, http.MethodPost, "/import/"+f.id+"/run", "")
		for {
			point := r.Int64N(rows)
			st := f.progress()
			for ; st.Status == "running" && st.Done < point; st = f.progress() {
				time.Sleep(2 * time.Millisecond)
			}
			if st.Status == "done" {
				if st.Created != rows || st.Failed != 0 {
					t.Fatalf("the import ended as %+v", st)
				}
				break
			}
			if st.Status != "running" {
				t.Fatalf("the import is %+v", st)
			}
			if killed == kills {
				time.Sleep(5 * time.Millisecond)
				continue
			}
			time.Sleep(time.Duration(r.IntN(20_000)) * time.Microsecond)
			s.kill()
			killed++
			t.Logf("killed behind row %d of file %d", st.Done, files)
			s = serve(t, data)
			f.s = s
		}
	}
	got := strings.Split(strings.TrimSpace(s.exported("client", "format=csv&fields=code,name,visits&header=name&noMark=true")), "\n")
	if got[0] != "code,name,visits" {
		t.Errorf("the export begins with %q", got[0])
	}
	got = got[1:]
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%d rows were imported, %d records are there, or they differ", len(want), len(got))
	}
}

// fiveClients fill the shop with what later imports change.
const fiveClients = `code,name,grade,credit,visits,since,tags
c1,One,a,10.00,1,2024-01-01,x;y
c2,Two,b,20.50,2,2024-02-01,
c3,Three,,30.00,,,z
c4,,a,,4,,
c5,Five,b,50.00,5,2024-05-01,x
`

// everything is what the store holds but for versions, times of changes and history.
func (s *server) everything() string {
	var out strings.Builder
	for _, object := range []string{"client", "purchase", "region"} {
		fields := map[string]string{"client": "id,createdAt,code,name,grade,credit,visits,since,tags,extra,spent,region.name", "purchase": "id,createdAt,amount,client.code", "region": "id,createdAt,name,parent.name"}[object]
		out.WriteString(s.exported(object, "format=jsonl&fields="+fields))
		var bin map[string]struct{ TotalCount int }
		s.query(&bin, "{ bin: "+map[string]string{"client": "clients", "purchase": "purchases", "region": "regions"}[object]+"(filter: {deletedAt: {isNull: false}}) { totalCount } }", nil)
		fmt.Fprintf(&out, "%s in the bin: %d\n", object, bin["bin"].TotalCount)
	}
	var found struct{ Clients struct{ TotalCount int } }
	s.query(&found, `{ clients(search: "five") { totalCount } }`, nil)
	fmt.Fprintf(&out, "found: %d\n", found.Clients.TotalCount)
	return out.String()
}

// TestImportUndone takes imports back that created, changed and related records: what is stored is
// as it was before, and only history tells.
func TestImportUndone(t *testing.T) {
	s := shop(t)
	f, _ := s.importOf("client", "a.csv", fiveClients)
	if st := f.do("run"); st.Status != "done" || st.Created != 5 {
		t.Fatalf("%+v %+v", st, f.findings())
	}
	f, _ = s.importOf("purchase", "p.csv", "client,amount\nc1,1.25\nc5,2.00\n")
	f.set(`{"map": {"mode": "create", "columns": [{"field": "client.code", "from": "client"}, {"field": "amount", "from": "amount"}]}}`)
	if st := f.do("run"); st.Created != 2 {
		t.Fatalf("%+v %+v", st, f.findings())
	}
	before := s.everything()
	f, _ = s.importOf("client", "b.csv", "code,name,grade,credit,tags\nc5,Fünf,a,5,\nc2,Two,b,20.50,\nc6,Five and one,a,60,q\nc7,,,,\n")
	f.set(`{"map": {"mode": "upsert", "key": ["code"], "clearEmpty": true, "columns": [{"field": "code", "from": "code"}, {"field": "name", "from": "name"},
		{"field": "grade", "from": "grade"}, {"field": "credit", "from": "credit"}, {"field": "tags", "from": "tags"}]}}`)
	st := f.do("run")
	if st.Status != "done" || st.Created != 2 || st.Updated != 1 || st.Unchanged != 1 {
		t.Fatalf("%+v %+v", st, f.findings())
	}
	p, _ := s.importOf("purchase", "p.csv", "client,amount\nc1,100\nc2,200\n")
	p.set(`{"map": {"mode": "create", "columns": [{"field": "client.code", "from": "client"}, {"field": "amount", "from": "amount"}]}}`)
	if st := p.do("run"); st.Created != 2 {
		t.Fatalf("%+v %+v", st, p.findings())
	}
	during := s.everything()
	for _, change := range []string{`"Fünf"`, `"code":"c6"`, `"code":"c7"`, `"spent":"101.25"`, `"spent":"200.00"`, "found: 1\n"} {
		if !strings.Contains(during, change) {
			t.Errorf("after the imports there is no %s in\n%s", change, during)
		}
	}
	if st := p.do("undo"); st.Status != "undone" || st.Undone != 2 || st.Refused != 0 {
		t.Errorf("%+v %+v", st, p.findings())
	}
	if st := f.do("undo"); st.Status != "undone" || st.Undone != 3 || st.Refused != 0 {
		t.Errorf("%+v %+v", st, f.findings())
	}
	if after := s.everything(); after != before {
		t.Errorf("after the undo\n%s\nbefore the import\n%s", after, before)
	}
	if out := must(t, "reconcile", "--data", s.data, "client"); strings.TrimSpace(out) != "[]" {
		t.Errorf("the roll-ups drift: %s", out)
	}
	var h struct {
		Clients struct {
			Nodes []struct{ History []struct{ Verb string } }
		}
	}
	s.query(&h, `{ clients(filter: {code: {eq: "c5"}}) { nodes { history { verb } } } }`, nil)
	if n := len(h.Clients.Nodes[0].History); n < 3 {
		t.Errorf("history tells of %d changes", n)
	}
	if status, _, body := s.call(http.MethodPost, "/import/"+f.id+"/undo", "", nil); status != http.StatusConflict {
		t.Errorf("a second undo was answered %d %s", status, body)
	}
}

// TestImportUndoneInPart leaves what somebody has changed since, tells it, and can be tried again.
func TestImportUndoneInPart(t *testing.T) {
	s := shop(t)
	f, _ := s.importOf("client", "a.csv", fiveClients)
	f.do("run")
	var c struct {
		Clients struct{ Nodes []struct{ ID string } }
	}
	s.query(&c, `{ clients(filter: {code: {in: ["c2", "c3"]}}, orderBy: [{code: ASC}]) { nodes { id } } }`, nil)
	s.query(&struct{}{}, `mutation($id: ID!) { updateClient(id: $id, patch: {name: "Mine"}) { client { id } } }`, map[string]any{"id": c.Clients.Nodes[0].ID})
	var p struct {
		CreatePurchase struct{ Purchase struct{ ID string } }
	}
	s.query(&p, `mutation($id: ID!) { createPurchase(input: {clientId: $id, amount: 1}) { purchase { id } } }`, map[string]any{"id": c.Clients.Nodes[1].ID})
	st := f.do("undo")
	found := f.findings()
	if st.Undone != 3 || st.Refused != 2 || len(found) != 2 || found[0].Code == found[1].Code || found[0].Message["zh-CN"] == "" {
		t.Errorf("%+v %+v", st, found)
	}
	s.query(&struct{}{}, `mutation($id: ID!) { deletePurchase(id: $id) { purchase { id } } purgePurchase(id: $id) { purchase { id } } }`, map[string]any{"id": p.CreatePurchase.Purchase.ID})
	if st = f.do("undo"); st.Undone != 4 || st.Refused != 1 {
		t.Errorf("the second try: %+v %+v", st, f.findings())
	}
	if got := s.exported("client", "fields=code,name&header=name&noMark=true"); got != "code,name\nc2,Mine\n" {
		t.Errorf("left are %s", got)
	}
}

// TestImportAtomic writes all rows or none.
func TestImportAtomic(t *testing.T) {
	s := shop(t)
	rows := func(n int, last string) string {
		var b strings.Builder
		b.WriteString("code,visits\n")
		for i := range n {
			fmt.Fprintf(&b, "c%d,%d\n", i, i)
		}
		return b.String() + last
	}
	many := fewer(2500, 60)
	for _, bad := range []string{"c9999,-1\n", "c7,1\n", ",1\n", "c9999,many\n"} {
		f, _ := s.importOf("client", "a.csv", rows(many, bad))
		f.set(`{"atomic": true}`)
		st := f.do("run")
		if found := f.findings(); st.Status != "failed" || st.Error == nil || st.Error.Code != "VALIDATION_FAILED" || len(found) != 1 || found[0].Row != many+2 {
			t.Errorf("with the row %q: %+v %+v", bad, st, found)
		}
		if got := s.exported("client", "fields=code&header=name&noMark=true"); got != "code\n" {
			t.Errorf("with the row %q there are %.100s", bad, got)
		}
	}
	f, _ := s.importOf("client", "a.csv", rows(many, ""))
	if st := f.set(`{"atomic": true}`).do("run"); st.Status != "done" || st.Created != int64(many) {
		t.Errorf("%+v", st)
	}
}

// TestImportSuggests proposes a mapping for a file as a Chinese office writes it: GB18030, labels
// for names, labels of choices, dates with slashes, amounts with commas.
func TestImportSuggests(t *testing.T) {
	s := shop(t)
	text := "编号,名称,等级,信用额,拜访次数,起始日\nK1,王芳,甲,\"12,345.60\",３,2024/3/1\nK2,李雷,乙,\"1,000\",4,2024年12月31日\n"
	f, st := s.importOf("client", "客户.csv", gb18030(t, text))
	got := map[string]string{}
	for _, c := range st.Columns {
		if len(c.Suggestions) > 0 {
			got[c.Name] = c.Suggestions[0].Field
		}
	}
	want := map[string]string{"编号": "code", "名称": "name", "等级": "grade", "信用额": "credit", "拜访次数": "visits", "起始日": "since"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("suggested %v, want %v", got, want)
	}
	if st := f.do("run"); st.Created != 2 {
		t.Errorf("%+v %+v", st, f.findings())
	}
	if got := s.exported("client", "format=jsonl&fields=code,name,grade,credit,visits,since"); got != `{"code":"K1","name":"王芳","grade":"a","credit":"12345.60","visits":3,"since":"2024-03-01"}
{"code":"K2","name":"李雷","grade":"b","credit":"1000.00","visits":4,"since":"2024-12-31"}
` {
		t.Errorf("imported %s", got)
	}
}

// TestImportDryRun tells what is wrong with which row, and writes nothing.
func TestImportDryRun(t *testing.T) {
	s := shop(t)
	f, _ := s.importOf("client", "a.csv", "code,name,grade,credit,visits,since\n"+
		"c1,One,a,10,1,2024-01-01\n"+ // good
		"c2,Two,zz,10,1,2024-01-01\n"+ // no such choice
		"c3,Three,a,ten,-4,2024-13-01\n"+ // three cells
		"c1,Again,a,10,1,2024-01-01\n"+ // the code of row 2
		",Nobody,a,10,1,2024-01-01\n"+ // a required field
		"c6,,a,5000,1,2024-01-01\n") // a rule
	st := f.do("check")
	if st.Status != "checked" || st.Created != 1 || st.Failed != 5 {
		t.Errorf("%+v", st)
	}
	var got []string
	for _, x := range f.findings() {
		got = append(got, fmt.Sprintf("%d %s %s", x.Row, x.Column, x.Value))
		if x.Message["en"] == "" || x.Message["zh-CN"] == "" || x.Code == "" {
			t.Errorf("%+v", x)
		}
	}
	want := []string{"3 grade zz", "4 credit ten", "4 visits -4", "4 since 2024-13-01", "5 code c1", "6 code ", "7 credit 5000"}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("findings %q, want %q", got, want)
	}
	if got := s.exported("client", "fields=code&header=name&noMark=true"); got != "code\n" {
		t.Errorf("the dry run has left %s", got)
	}
	if _, _, body := s.call(http.MethodGet, "/import/"+f.id+"/findings.csv", "", nil); strings.Count(body, "\n") != 8 || !strings.Contains(body, "zz") {
		t.Errorf("findings.csv: %s", body)
	}
	t.Run("taken", func(t *testing.T) {
		tenanttest.Needs(t, "unique")
		if st := f.do("run"); st.Status != "done" || st.Created != 1 || st.Failed != 5 {
			t.Errorf("the run: %+v", st)
		}
	})
}

// TestImportRoundTrip exports in every format what another server then imports as it was, with
// nothing set by hand.
func TestImportRoundTrip(t *testing.T) {
	from, to := shop(t), shop(t)
	f, _ := from.importOf("region", "r.csv", "externalId,name\nnorth,North\nsouth,\"South, \"\"deep\"\"\"\n")
	if st := f.do("run"); st.Created != 2 {
		t.Fatalf("%+v %+v", st, f.findings())
	}
	var regions struct {
		Regions struct{ Nodes []struct{ ID string } }
	}
	from.query(&regions, "{ regions(orderBy: [{name: ASC}]) { nodes { id } } }", nil)
	ids := strings.NewReplacer("NORTH", strconv.Quote(regions.Regions.Nodes[0].ID), "SOUTH", strconv.Quote(regions.Regions.Nodes[1].ID))
	for i, line := range []struct{ name, rest string }{
		{"plain", `grade: a, credit: "10.50", visits: 7, since: "2024-02-29", tags: ["x", "y z", "a;b"], regionId: NORTH`},
		{"=1+1", `extra: {a: [1, "b", null], c: {d: true}}`},
		{"+86 21 6888", `credit: "99999999999999.99"`},
		{"-cmd|' /C calc'!A0", `visits: 0`},
		{"@SUM(A1)", `tags: []`},
		{"'quoted", `credit: "-0.01"`},
		{"'=x", `regionId: SOUTH`},
		{"a,b;c|d", `since: "1899-12-31"`},
		{"two \"quotes\"", `since: "9999-12-31"`},
		{"上海 🎉", `since: "1900-02-28"`},
		{"007", `visits: 2147483647`},
		{"1e5", `grade: b`},
		{"TRUE", `grade: b`},
		{"2024-01-01", `grade: b`},
		{"_x0041_ & <tag>", `grade: b`},
	} {
		from.query(&struct{}{}, fmt.Sprintf(`mutation($n: String) { createClient(input: {code: "00%d", name: $n, %s}) { client { id } } }`, i, ids.Replace(line.rest)), map[string]any{"n": line.name})
	}
	fields := "externalId,code,name,grade,credit,visits,since,tags,extra,region.externalId"
	want := from.exported("client", "format=jsonl&fields="+fields)
	f, _ = to.importOf("region", "r.jsonl", from.exported("region", "format=jsonl&fields=externalId,name"))
	if st := f.do("run"); st.Created != 2 {
		t.Fatalf("%+v %+v", st, f.findings())
	}
	for _, query := range []string{"format=csv", "format=csv&delimiter=;&header=name", "format=csv&labels=true&locale=zh-CN", "format=xlsx", "format=xlsx&locale=zh-CN&labels=true", "format=jsonl"} {
		t.Run(query, func(t *testing.T) {
			to.t = t
			file := from.exported("client", query+"&fields="+fields)
			f, _ := to.importOf("client", "clients", file)
			if st := f.do("run"); st.Status != "done" || st.Created != 15 || st.Failed != 0 {
				t.Errorf("%+v %+v %s", st, f.findings(), st.Map)
			}
			got := to.exported("client", "format=jsonl&fields="+fields)
			for i, line := range strings.Split(want, "\n") {
				if lines := strings.Split(got, "\n"); i >= len(lines) || lines[i] != line {
					t.Errorf("line %d\n%s\nwant\n%s", i, lines[min(i, len(lines)-1)], line)
				}
			}
			if st := f.do("undo"); st.Undone != 15 {
				t.Errorf("%+v %+v", st, f.findings())
			}
		})
	}
}

// TestExportGuard writes no cell that a spreadsheet would take for a formula.
func TestExportGuard(t *testing.T) {
	s := shop(t)
	for i, name := range []string{`=HYPERLINK("http://x")`, "+1+cmd", "-1+cmd", "@SUM(A1)", "-5", "+86 21"} {
		s.query(&struct{}{}, fmt.Sprintf(`mutation($n: String) { createClient(input: {code: "c%d", name: $n}) { client { id } } }`, i), map[string]any{"n": name})
	}
	got := s.exported("client", "fields=name&header=name&noMark=true")
	if want := "name\n\"'=HYPERLINK(\"\"http://x\"\")\"\n'+1+cmd\n'-1+cmd\n'@SUM(A1)\n-5\n+86 21\n"; got != want {
		t.Errorf("exported\n%q\nwant\n%q", got, want)
	}
	if got := s.exported("client", "fields=name&header=name&noMark=true&raw=true"); regexp.MustCompile(`(?m)^"?'`).MatchString(got) {
		t.Errorf("raw: %s", got)
	}
}

// gb18030 is a text as a Chinese office saves it.
func gb18030(t *testing.T, s string) string {
	t.Helper()
	b, err := simplifiedchinese.GB18030.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
