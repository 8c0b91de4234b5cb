package diag

import "testing"

type colour string

func (c colour) Words() Text { return Text{En: "red", Zh: "红色"} }

// TestWorded: a word stands in each sentence in its language, the other arguments as they are.
func TestWorded(t *testing.T) {
	got := Textf("%d apples are %s", "%[2]s的苹果 %[1]d 个", 3, colour("x"))
	if got.En != "3 apples are red" || got.Zh != "红色的苹果 3 个" {
		t.Error(got)
	}
}
