package pieces

import (
	"encoding/json"
	"fmt"
	"testing"
)

// TestPieces holds what is taken apart to what encoding/json reads.
func TestPieces(t *testing.T) {
	for _, text := range []string{`{}`, ` {"a" : "x\"}" , "b":[1,{"c":"]"}], "d":null}`, `{"":true,"\\":-1.5e3}`, `{"a":{"b":{}},"c":[]}`, "\t{\"a\":\n1\n}\r\n", `{"一":"二"}`} {
		var want map[string]json.RawMessage
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatal(err)
		}
		got := map[string]json.RawMessage{}
		Members([]byte(text), func(key, val []byte) bool {
			var name string
			if err := json.Unmarshal(key, &name); err != nil {
				t.Fatal(err)
			}
			got[name] = val
			return true
		})
		if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) || First([]byte(text)) != '{' {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{`[]`, `[1]`, ` [ "a,]" , [2,[3]] ,{"x":[]}, null,true ] `} {
		var want, got []json.RawMessage
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatal(err)
		}
		Elements([]byte(text), func(val []byte) { got = append(got, val) })
		if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) || First([]byte(text)) != '[' {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{``, `1`, `"{"`, `null`} { // neither
		Members([]byte(text), func([]byte, []byte) bool { t.Errorf("%q has members", text); return true })
		Elements([]byte(text), func([]byte) { t.Errorf("%q has elements", text) })
	}
	n := 0
	Members([]byte(`{"a":1,"b":2}`), func([]byte, []byte) bool { n++; return false })
	if n != 1 {
		t.Errorf("%d members were told after the last that was wanted", n)
	}
}
