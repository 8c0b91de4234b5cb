// Package geo is the field type "geo": a point by latitude and longitude.
package geo

import (
	"fmt"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/field/fieldkit"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/spec"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"strconv"
)

// Type is the field type.
type Type struct{}

var _ field.Type = Type{}

func (Type) Kind() string   { return "geo" }
func (Type) Doc() diag.Text { return diag.Text{En: "A point on the earth.", Zh: "地理坐标。"} }

// settings: there are none.
type settings struct{}

func (Type) Spec() *spec.Spec { return spec.Of[settings]() }

func (Type) New(decl model.Field, env field.Env) field.Field {
	var s settings
	if !fieldkit.Settings(decl, env, &s) {
		return nil
	}
	return point{}
}

// point is stored as {"lat":…,"lng":…} in degrees (WGS 84).
type point struct{}

func (point) Column() driver.Column { return driver.Column{Type: driver.JSON} }

func (point) Shape() field.Shape {
	return field.Shape{Output: "GeoPoint", Input: "GeoPointInput", Filter: "GeoFilter", Defs: map[string]string{
		"GeoPoint":      "type GeoPoint {\n  lat: Float!\n  lng: Float!\n}",
		"GeoPointInput": "input GeoPointInput {\n  lat: Float!\n  lng: Float!\n}",
	}, Operators: []field.Operator{fieldkit.IsNull()}}
}

func (point) Coerce(in any) (value.Value, *errs.Error) {
	if in == nil || in == "" {
		return value.Null, nil
	}
	m, ok := in.(map[string]any)
	if !ok || len(m) != 2 {
		return value.Null, fieldkit.Invalid("a point has lat and lng", "坐标须含 lat 与 lng")
	}
	lat, ok1 := degrees(m["lat"], 90)
	lng, ok2 := degrees(m["lng"], 180)
	if !ok1 || !ok2 {
		return value.Null, fieldkit.Refused("lat is from -90 to 90 and lng from -180 to 180", "lat 须在 -90 至 90 之间，lng 须在 -180 至 180 之间")
	}
	return value.JSON(`{"lat":` + lat + `,"lng":` + lng + `}`), nil
}

// degrees reads a coordinate.
func degrees(in any, most float64) (string, bool) {
	f, err := strconv.ParseFloat(fmt.Sprint(in), 64)
	if err != nil || !(f >= -most && f <= most) {
		return "", false
	}
	return strconv.FormatFloat(f, 'f', -1, 64), true
}

func (point) AppendJSON(dst []byte, v value.Value) []byte {
	if v.IsNull() {
		return append(dst, "null"...)
	}
	return append(dst, v.Text()...)
}
