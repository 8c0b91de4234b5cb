package script

import (
	"bytes"
	"encoding/json"
	"errors"
	"sync"

	"github.com/tenon-platform/tenon/platform/errs"
)

// Recording is all that a run depended on, and what came of it: so that the run can be had again
// without the records that it read.
type Recording struct {
	Name     string          `json:"name"`
	Source   string          `json:"source"`
	Function string          `json:"function"`
	Input    json.RawMessage `json:"input,omitempty"`
	Now      int64           `json:"now"` // milliseconds since the Unix epoch
	Seed     uint64          `json:"seed"`
	Calls    []Recorded      `json:"calls,omitempty"`
	// Cut says that there were more calls than are kept.
	Cut   bool            `json:"cut,omitempty"`
	Value json.RawMessage `json:"value,omitempty"`
	Code  string          `json:"code,omitempty"` // of the error, or of the refusal, that the run ended with
	Log   []LogLine       `json:"log,omitempty"`
}

// Recorded is one call with its answer.
type Recorded struct {
	Name  string          `json:"name"`
	Args  json.RawMessage `json:"args"`
	Value json.RawMessage `json:"value,omitempty"`
	// Code and Message are those of a failure; Final ones ended the run.
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
	Final   bool   `json:"final,omitempty"`
}

// maxRecording bounds the calls of one recording, in bytes.
const maxRecording = 256 << 10

// recorder is a host that keeps what another answers.
type recorder struct {
	Host
	out  *Recording
	size int
}

func (r *recorder) Call(c Call) (json.RawMessage, error) {
	v, err := r.Host.Call(c)
	if r.size += len(c.Args) + len(v); r.size > maxRecording || r.out.Cut {
		r.out.Cut = true
		return v, err
	}
	x := Recorded{Name: c.Name, Args: c.Args, Value: v}
	if err != nil {
		var final *Final
		e := errs.From(err)
		x.Code, x.Message, x.Final = string(e.Code), e.Message.En, errors.As(err, &final) || e.Code == errs.Internal
	}
	r.out.Calls = append(r.out.Calls, x)
	return v, err
}

func (r *Recording) ended(out Result, err error) {
	r.Value, r.Code, r.Log = out.Value, codeOf(err), out.Log
}

func codeOf(err error) string {
	var no *Refused
	if errors.As(err, &no) {
		return no.Code
	}
	return string(errs.CodeOf(err))
}

// recordings keeps the last runs of each tenant, in memory alone: they hold what callers saw.
type recordings struct {
	keep int

	mu sync.Mutex
	by map[string][]*Recording // by tenant; the latest comes last
}

func (r *recordings) add(tenant string, x *Recording) {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := append(r.by[tenant], x)
	r.by[tenant] = all[max(0, len(all)-r.keep):]
}

// Recordings are the last runs of a tenant's script, the latest first.
func (p *Pool) Recordings(tenant, name string) (out []*Recording) {
	p.kept.mu.Lock()
	defer p.kept.mu.Unlock()
	all := p.kept.by[tenant]
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Name == name {
			out = append(out, all[i])
		}
	}
	return out
}

// canonical is JSON in one spelling, so that equal values are equal texts.
func canonical(raw json.RawMessage) string {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return string(raw)
	}
	out, err := json.Marshal(v)
	if err != nil {
		return string(raw)
	}
	return string(out)
}

// forget drops what is kept of a tenant's runs.
func (r *recordings) forget(tenant string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.by, tenant)
}
