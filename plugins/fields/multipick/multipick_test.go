package multipick

import (
	"testing"

	"github.com/tenon-platform/tenon/metadata/field/fieldtest"
)

func TestType(t *testing.T) { fieldtest.RunFiles(t, Type{}) }
