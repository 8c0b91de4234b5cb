package mongo_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"
)

// wire is a server that speaks just enough of the protocol to be taken for the primary of a
// replica set. It keeps the registry of tables, records every other command, and answers with
// what the test scripts.
type wire struct {
	t    *testing.T
	addr string

	mu       sync.Mutex
	setName  string
	version  int
	meta     bson.D
	tables   map[string]bson.Raw
	commands []bson.Raw
	answers  map[string][]bson.D // by command, or "command collection": used up one by one
	always   map[string]bson.D   // the same, for good
}

func newWire(t *testing.T) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{t: t, addr: l.Addr().String(), setName: "rs", version: 21, tables: map[string]bson.Raw{},
		answers: map[string][]bson.D{}, always: map[string]bson.D{},
		meta: bson.D{{Key: "_id", Value: "schema"}, {Key: "format", Value: 1}, {Key: "version", Value: int64(0)}, {Key: "writes", Value: int64(0)}}}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go w.serve(c)
		}
	}()
	return w
}

// set changes what the server is.
func (w *wire) set(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

func (w *wire) uri() string { return "mongodb://" + w.addr + "/?serverSelectionTimeoutMS=3000" }

func (w *wire) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	for {
		var head [16]byte
		if _, err := io.ReadFull(c, head[:]); err != nil {
			return
		}
		body := make([]byte, binary.LittleEndian.Uint32(head[:])-16)
		if _, err := io.ReadFull(c, body); err != nil {
			return
		}
		id, op := binary.LittleEndian.Uint32(head[4:]), binary.LittleEndian.Uint32(head[12:])
		var answer []byte
		switch op {
		case 2013: // OP_MSG
			answer = append([]byte{0, 0, 0, 0, 0}, w.reply(message(body[4:]))...)
		case 2004: // OP_QUERY, of the handshake; it is answered by OP_REPLY
			op = 1
			answer = binary.LittleEndian.AppendUint32(nil, 8)
			answer = append(append(answer, make([]byte, 12)...), 1, 0, 0, 0)
			answer = append(answer, w.reply(legacy(body))...)
		default:
			return
		}
		out := binary.LittleEndian.AppendUint32(nil, uint32(16+len(answer)))
		out = binary.LittleEndian.AppendUint32(out, 0)
		out = binary.LittleEndian.AppendUint32(out, id)
		out = binary.LittleEndian.AppendUint32(out, op)
		if _, err := c.Write(append(out, answer...)); err != nil {
			return
		}
	}
}

func legacy(body []byte) bson.Raw {
	rest := body[4:]
	rest = rest[slices.Index(rest, 0)+1+8:]
	return bson.Raw(rest[:binary.LittleEndian.Uint32(rest)])
}

// message puts the sequences of a message back into its document.
func message(sections []byte) bson.Raw {
	var doc bson.D
	var sequences bson.D
	for len(sections) > 0 {
		kind, rest := sections[0], sections[1:]
		n := binary.LittleEndian.Uint32(rest)
		if kind == 0 {
			if err := bson.Unmarshal(rest[:n], &doc); err != nil {
				panic(err)
			}
		} else {
			name, docs := sequence(rest[4:n])
			sequences = append(sequences, bson.E{Key: name, Value: docs})
		}
		sections = rest[n:]
	}
	// The sequence stands where a reader expects it: after the command.
	raw, err := bson.Marshal(append(append(bson.D{doc[0]}, sequences...), doc[1:]...))
	if err != nil {
		panic(err)
	}
	return raw
}

func sequence(b []byte) (string, bson.A) {
	end := slices.Index(b, 0)
	docs := bson.A{}
	for rest := b[end+1:]; len(rest) > 0; {
		n := binary.LittleEndian.Uint32(rest)
		docs = append(docs, bson.Raw(rest[:n]))
		rest = rest[n:]
	}
	return string(b[:end]), docs
}

func (w *wire) reply(cmd bson.Raw) []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	b, err := bson.Marshal(w.answer(cmd))
	if err != nil {
		panic(err)
	}
	return b
}

var ok = bson.D{{Key: "ok", Value: 1}}

func (w *wire) answer(cmd bson.Raw) bson.D {
	elems, err := cmd.Elements()
	if err != nil {
		panic(err)
	}
	name := elems[0].Key()
	target, _ := elems[0].Value().StringValueOK()
	switch strings.ToLower(name) {
	case "hello", "ismaster":
		return w.hello()
	case "ping", "endsessions", "killcursors":
		return ok
	}
	w.commands = append(w.commands, cmd)
	for _, key := range []string{name + " " + target, name} {
		if q := w.answers[key]; len(q) > 0 {
			w.answers[key] = q[1:]
			return q[0]
		}
		if a, ok := w.always[key]; ok {
			return a
		}
	}
	switch {
	case strings.HasPrefix(target, "_tenon_"):
		return w.registry(name, target, cmd)
	case name == "find" || name == "aggregate":
		return found()
	case name == "insert" || name == "update" || name == "delete":
		return bson.D{{Key: "ok", Value: 1}, {Key: "n", Value: 1}, {Key: "nModified", Value: 1}}
	case name == "findAndModify":
		return bson.D{{Key: "ok", Value: 1}, {Key: "value", Value: nil}}
	}
	return ok
}

func (w *wire) hello() bson.D {
	d := bson.D{{Key: "ok", Value: 1}, {Key: "helloOk", Value: true}, {Key: "ismaster", Value: true}, {Key: "isWritablePrimary", Value: true},
		{Key: "maxBsonObjectSize", Value: 16 << 20}, {Key: "maxMessageSizeBytes", Value: 48000000}, {Key: "maxWriteBatchSize", Value: 100000},
		{Key: "minWireVersion", Value: 0}, {Key: "maxWireVersion", Value: w.version}, {Key: "logicalSessionTimeoutMinutes", Value: 30}}
	if w.setName != "" {
		d = append(d, bson.E{Key: "setName", Value: w.setName}, bson.E{Key: "setVersion", Value: 1}, bson.E{Key: "me", Value: w.addr},
			bson.E{Key: "hosts", Value: bson.A{w.addr}}, bson.E{Key: "primary", Value: w.addr})
	}
	return d
}

// registry answers for the engine's own collections.
func (w *wire) registry(name, target string, cmd bson.Raw) bson.D {
	switch name + " " + target {
	case "find _tenon_meta":
		return found(w.meta)
	case "findAndModify _tenon_meta":
		return bson.D{{Key: "ok", Value: 1}, {Key: "value", Value: w.meta}}
	case "find _tenon_tables":
		var docs []any
		for _, t := range w.tables {
			docs = append(docs, t)
		}
		return found(docs...)
	case "update _tenon_tables":
		w.each(cmd, "updates", func(u bson.Raw) { w.tables[u.Lookup("q", "_id").StringValue()] = u.Lookup("u").Document() })
	case "delete _tenon_tables":
		w.each(cmd, "deletes", func(d bson.Raw) { delete(w.tables, d.Lookup("q", "_id").StringValue()) })
	case "update _tenon_meta":
		if v, err := cmd.LookupErr("updates", "0", "u", "$inc", "version"); err == nil {
			w.meta[2].Value = w.meta[2].Value.(int64) + v.Int64()
		}
	case "findAndModify _tenon_sequences":
		return bson.D{{Key: "ok", Value: 1}, {Key: "value", Value: bson.D{{Key: "value", Value: int64(7)}}}}
	}
	return bson.D{{Key: "ok", Value: 1}, {Key: "n", Value: 1}, {Key: "nModified", Value: 1}}
}

func (w *wire) each(cmd bson.Raw, key string, fn func(bson.Raw)) {
	vals, err := cmd.Lookup(key).Array().Values()
	if err != nil {
		panic(err)
	}
	for _, v := range vals {
		fn(v.Document())
	}
}

// clusterTime is the snapshot of every answer.
var clusterTime = primitive.Timestamp{T: 100, I: 7}

// found is the answer of a find or aggregate that has these documents.
func found(docs ...any) bson.D {
	return bson.D{{Key: "ok", Value: 1}, {Key: "cursor", Value: bson.D{{Key: "id", Value: int64(0)}, {Key: "ns", Value: "d.c"},
		{Key: "firstBatch", Value: append(bson.A{}, docs...)}, {Key: "atClusterTime", Value: clusterTime}}}}
}

// failed is an answer with an error code and labels.
func failed(code int, message string, labels ...string) bson.D {
	d := bson.D{{Key: "ok", Value: 0}, {Key: "code", Value: code}, {Key: "errmsg", Value: message}}
	if len(labels) > 0 {
		d = append(d, bson.E{Key: "errorLabels", Value: labels})
	}
	return d
}

// script gives the next answers to a command, or to "command collection".
func (w *wire) script(command string, answers ...bson.D) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers[command] = append(w.answers[command], answers...)
}

// take gives the commands so far and forgets them; only those on the collections, if any are named.
func (w *wire) take(collections ...string) []bson.Raw {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []bson.Raw
	for _, c := range w.commands {
		target, _ := c.Index(0).Value().StringValueOK()
		if len(collections) == 0 || slices.Contains(collections, target) {
			out = append(out, c)
		}
	}
	w.commands = nil
	return out
}

// show gives the parts of a command as relaxed JSON, "-" where there is none.
func show(cmd bson.Raw, keys ...string) string {
	var parts []string
	for _, k := range keys {
		v, err := cmd.LookupErr(strings.Split(k, ".")...)
		if err != nil {
			parts = append(parts, "-")
			continue
		}
		b, err := bson.MarshalExtJSON(bson.D{{Key: "v", Value: v}}, false, false)
		if err != nil {
			panic(err)
		}
		parts = append(parts, strings.TrimSuffix(strings.TrimPrefix(string(b), `{"v":`), "}"))
	}
	return strings.Join(parts, " ")
}

// names are the first fields of commands, with what they are called on.
func names(cmds []bson.Raw) []string {
	out := make([]string, len(cmds))
	for i, c := range cmds {
		e := c.Index(0)
		out[i] = e.Key()
		if s, ok := e.Value().StringValueOK(); ok {
			out[i] = fmt.Sprintf("%s %s", e.Key(), s)
		}
	}
	return out
}

var errStop = errors.New("stop")
