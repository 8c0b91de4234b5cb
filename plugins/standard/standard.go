// Package standard lists the extensions that the product is built with: the one explicit list.
package standard

import (
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/plugins/fields/bool"
	"github.com/tenon-platform/tenon/plugins/fields/date"
	"github.com/tenon-platform/tenon/plugins/fields/datetime"
	"github.com/tenon-platform/tenon/plugins/fields/decimal"
	"github.com/tenon-platform/tenon/plugins/fields/int"
	"github.com/tenon-platform/tenon/plugins/fields/longtext"
	"github.com/tenon-platform/tenon/plugins/fields/lookup"
	"github.com/tenon-platform/tenon/plugins/fields/master"
	"github.com/tenon-platform/tenon/plugins/fields/money"
	"github.com/tenon-platform/tenon/plugins/fields/percent"
	"github.com/tenon-platform/tenon/plugins/fields/picklist"
	"github.com/tenon-platform/tenon/plugins/fields/text"
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
	)
}
