package flow

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
)

// batch gives the steps of a flow that takes many records those that a run is about. Whoever names one record
// alone, as a simulation, means a batch of one.
func (r *run) batch() {
	if r.f.Batch == 0 {
		return
	}
	c := &r.st.Cause
	if len(c.Records) == 0 && c.Record != "" {
		c.Records, c.Record = []Written{{Record: c.Record, Verb: c.Verb, Prior: c.Prior, Changed: c.Changed}}, ""
	}
	out := Out{Count: len(c.Records)}
	for _, w := range c.Records {
		out.Records = append(out.Records, w.ID())
	}
	r.st.Outs[catalog.RecordsName] = out
}

// ID is the number of the record.
func (w Written) ID() int64 {
	n, _ := strconv.ParseInt(w.Record[strings.LastIndexByte(w.Record, '_')+1:], 10, 64)
	return n
}

// Written is what is known of one of the records that a run is about; false: it is not among them.
func (c *Cause) Written(id int64) (Written, bool) {
	i := slices.IndexFunc(c.Records, func(w Written) bool { return w.ID() == id })
	if i < 0 {
		return Written{}, false
	}
	return c.Records[i], true
}

// Names are the records that a run is about that is about many.
func (c *Cause) Names() (out []string) {
	for _, w := range c.Records {
		out = append(out, w.Record)
	}
	return out
}

// Batches divides the records that one write starts a flow for: at most so many in one run, and no more than a
// run is given. A record that was written twice is there once, as it was before the first.
func Batches(all []Written, size int) [][]Written {
	var out [][]Written
	var at, bytes int
	for _, w := range once(all) {
		n := len(w.Record) + Size(w.Prior)
		if len(out) == 0 || len(out[at]) == size || bytes+n > MaxPayload {
			out, bytes = append(out, nil), 0
			at = len(out) - 1
		}
		out[at] = append(out[at], w)
		bytes += n
	}
	return out
}

func once(all []Written) (out []Written) {
	seen := map[string]int{}
	for _, w := range all {
		i, again := seen[w.Record]
		if !again {
			seen[w.Record] = len(out)
			out = append(out, w)
			continue
		}
		was := &out[i]
		if w.Verb == "delete" {
			was.Verb = w.Verb
		}
		for name, v := range w.Prior {
			if _, known := was.Prior[name]; !known && was.Prior != nil { // of what was made there is nothing before
				was.Prior[name] = v
			}
		}
		for _, name := range w.Changed {
			if !slices.Contains(was.Changed, name) && was.Prior != nil {
				was.Changed = append(was.Changed, name)
			}
		}
	}
	return out
}
