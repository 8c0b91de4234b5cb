package expr

import (
	"encoding/json"
	"testing"
)

func TestTree(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"true", `{"op":"true"}`},
		{"1.50 + -2", `{"op":"+","args":[{"op":"number","text":"1.50"},{"op":"neg","args":[{"op":"number","text":"2"}]}]}`},
		{"'a' in ('a', 'b')", `{"op":"in","args":[{"op":"text","text":"a"},{"op":"list","args":[{"op":"text","text":"a"},{"op":"text","text":"b"}]}]}`},
		{"not (1 between 0 and 2) and null is not null", `{"op":"and","args":[{"op":"not","args":[{"op":"between","args":[{"op":"number","text":"1"},{"op":"number","text":"0"},{"op":"number","text":"2"}]}]},{"op":"isnull","args":[{"op":"null"}],"not":true}]}`},
		{"today() not in this_year", `{"op":"in","args":[{"op":"call","text":"TODAY"},{"op":"period","text":"THIS_YEAR"}],"not":true}`},
		{"if(1 == 2, dec('3'), 4)", `{"op":"call","text":"IF","args":[{"op":"==","args":[{"op":"number","text":"1"},{"op":"number","text":"2"}]},{"op":"number","text":"3"},{"op":"number","text":"4"}]}`},
	} {
		p, problems := Compile(c.src, Options{Zone: "UTC"})
		if len(problems) > 0 {
			t.Fatalf("%s: %v", c.src, problems[0].Summary.En)
		}
		got, err := json.Marshal(p.Tree())
		if err != nil || string(got) != c.want {
			t.Errorf("%s:\n got %s\nwant %s (%v)", c.src, got, c.want, err)
		}
	}
}
