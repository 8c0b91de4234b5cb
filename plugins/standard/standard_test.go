package standard

import "testing"

// TestFields holds that each type is found under the kind that it says.
func TestFields(t *testing.T) {
	r := Fields()
	for _, k := range []string{"text", "longtext", "int", "decimal", "money", "percent", "bool", "date", "datetime", "picklist", "lookup", "master"} {
		if typ := r.Get(k); typ == nil || typ.Kind() != k {
			t.Errorf("kind %s: got %v", k, typ)
		}
	}
	if len(r.Without("text").Kinds()) != len(r.Kinds())-1 || r.Get("text") == nil {
		t.Error("Without changed the registry it was called on, or nothing")
	}
}
