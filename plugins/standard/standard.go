// Package standard lists the extensions that the product is built with: the one explicit list.
package standard

import (
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/plugins/fields/autonumber"
	"github.com/tenon-platform/tenon/plugins/fields/bool"
	"github.com/tenon-platform/tenon/plugins/fields/code"
	"github.com/tenon-platform/tenon/plugins/fields/date"
	"github.com/tenon-platform/tenon/plugins/fields/datetime"
	"github.com/tenon-platform/tenon/plugins/fields/decimal"
	"github.com/tenon-platform/tenon/plugins/fields/email"
	"github.com/tenon-platform/tenon/plugins/fields/file"
	"github.com/tenon-platform/tenon/plugins/fields/formula"
	"github.com/tenon-platform/tenon/plugins/fields/geo"
	"github.com/tenon-platform/tenon/plugins/fields/int"
	"github.com/tenon-platform/tenon/plugins/fields/json"
	"github.com/tenon-platform/tenon/plugins/fields/longtext"
	"github.com/tenon-platform/tenon/plugins/fields/lookup"
	"github.com/tenon-platform/tenon/plugins/fields/master"
	"github.com/tenon-platform/tenon/plugins/fields/money"
	"github.com/tenon-platform/tenon/plugins/fields/multilookup"
	"github.com/tenon-platform/tenon/plugins/fields/multipick"
	"github.com/tenon-platform/tenon/plugins/fields/percent"
	"github.com/tenon-platform/tenon/plugins/fields/phone"
	"github.com/tenon-platform/tenon/plugins/fields/picklist"
	"github.com/tenon-platform/tenon/plugins/fields/ref"
	"github.com/tenon-platform/tenon/plugins/fields/richtext"
	"github.com/tenon-platform/tenon/plugins/fields/rollup"
	"github.com/tenon-platform/tenon/plugins/fields/tags"
	"github.com/tenon-platform/tenon/plugins/fields/text"
	"github.com/tenon-platform/tenon/plugins/fields/timeofday"
	"github.com/tenon-platform/tenon/plugins/fields/treepath"
	"github.com/tenon-platform/tenon/plugins/fields/url"
)

// Fields are the standard field types.
func Fields() field.Registry {
	return field.NewRegistry(
		text.Type{},
		longtext.Type{},
		int.Type{},
		decimal.Type{},
		money.Type{},
		percent.Type{},
		bool.Type{},
		date.Type{},
		datetime.Type{},
		picklist.Type{},
		lookup.Type{},
		master.Type{},
		formula.Type{},
		rollup.Type{},
		autonumber.Type{},
		code.Type{},
		json.Type{},
		ref.Type{},
		multilookup.Type{},
		treepath.Type{},
		multipick.Type{},
		tags.Type{},
		email.Type{},
		phone.Type{},
		url.Type{},
		timeofday.Type{},
		richtext.Type{},
		geo.Type{},
		file.Type{},
	)
}
