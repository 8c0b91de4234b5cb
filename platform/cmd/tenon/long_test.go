//go:build long

package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestLongImport imports 750,000 rows into an object with a unique key, a searched name and
// history. A row costs the same at the beginning, in the middle and at the end, and memory does not
// grow with the file.
func TestLongImport(t *testing.T) {
	const rows, span, most = 750_000, 100_000, 300 << 20
	s := shop(t)
	r, w := io.Pipe()
	go func() {
		_, err := io.WriteString(w, "code,name,grade,credit,visits,since\n")
		for i := 0; i < rows && err == nil; i++ {
			_, err = fmt.Fprintf(w, "c%d,Client %d of the list,%c,%d.50,%d,%04d-%02d-%02d\n", i, i, 'a'+i%2, i%900, i%1000, 2000+i%25, 1+i%12, 1+i%28)
		}
		w.CloseWithError(err)
	}()
	var st importState
	f := fileImport{s, s.stream(t, &st, "/import?object=client&name=clients.csv", r)}
	if st.Total != rows {
		t.Fatalf("%+v", st)
	}
	s.answer(&st, http.MethodPost, "/import/"+f.id+"/run", "")
	m := &meter{t: t, s: s}
	m.read(0)
	for st = f.progress(); st.Status == "running"; st = f.progress() {
		m.read(st.Done)
		time.Sleep(20 * time.Millisecond)
	}
	m.read(st.Done)
	if st.Status != "done" || st.Created != rows {
		t.Fatalf("%+v %+v", st, f.findings())
	}
	first, middle, last := m.cost(0, span), m.cost((rows-span)/2, (rows+span)/2), m.cost(rows-span, rows)
	t.Logf("CPU per row: first %v, middle %v, last %v; %.0f rows/s; peak of memory %d MB", first, middle, last, rows/m.at[len(m.at)-1].wall.Sub(m.at[0].wall).Seconds(), m.peak>>20)
	if low, high := min(first, middle, last), max(first, middle, last); high > low*5/4 {
		t.Errorf("the cost of a row differs by more than 25 %%: %v to %v", low, high)
	}
	if m.peak > most {
		t.Errorf("the server took %d MB", m.peak>>20)
	}
	var c struct{ Clients struct{ TotalCount int } }
	s.query(&c, "{ clients { totalCount } }", nil)
	if c.Clients.TotalCount != rows {
		t.Errorf("%d records are there", c.Clients.TotalCount)
	}
}

// stream uploads what r gives, and gives the id of the import.
func (s *server) stream(t *testing.T, st *importState, path string, r io.Reader) string {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, s.url+path, r)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusCreated {
		t.Fatal(err, res.Status, string(b))
	}
	decode(t, string(b), st)
	return st.ID
}

// meter notes what a server has used after how many rows.
type meter struct {
	t    *testing.T
	s    *server
	at   []reading
	peak int64 // bytes, of resident memory
}

type reading struct {
	rows int64
	cpu  time.Duration
	wall time.Time
}

func (m *meter) read(rows int64) {
	m.t.Helper()
	dir := fmt.Sprintf("/proc/%d/", m.s.process.Pid)
	m.at = append(m.at, reading{rows, cpuTime(m.t, dir+"stat"), time.Now()})
	b, err := os.ReadFile(dir + "status")
	if err != nil {
		m.t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(b), "VmHWM:")
	kb, err := strconv.ParseInt(strings.Fields(after)[0], 10, 64)
	if err != nil {
		m.t.Fatal(err)
	}
	m.peak = kb << 10
}

// cpuTime is what a process has used, as the system counts it, in hundredths of a second.
func cpuTime(t *testing.T, stat string) time.Duration {
	t.Helper()
	b, err := os.ReadFile(stat)
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(b), ") ") // the name before may hold spaces
	fields := strings.Fields(after)
	var sum time.Duration
	for _, f := range fields[11:13] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += time.Duration(n) * 10 * time.Millisecond
	}
	return sum
}

// cost is the CPU time of a row between two counts of rows, as near as they were seen.
func (m *meter) cost(from, to int64) time.Duration {
	near := func(rows int64) reading {
		best := m.at[0]
		for _, r := range m.at {
			if abs(r.rows-rows) < abs(best.rows-rows) {
				best = r
			}
		}
		return best
	}
	a, b := near(from), near(to)
	return (b.cpu - a.cpu) / time.Duration(b.rows-a.rows)
}

func abs(n int64) int64 { return max(n, -n) }

// TestLongReparent lets 100 writers re-parent records under roll-ups for a minute.
func TestLongReparent(t *testing.T) { reparent(t, time.Minute) }
