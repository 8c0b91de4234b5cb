// Package connectors lists the connectors that the product is built with.
package connectors

import (
	"github.com/tenon-platform/tenon/plugins/connectors/dingtalk"
	"github.com/tenon-platform/tenon/plugins/connectors/feishu"
	"github.com/tenon-platform/tenon/plugins/connectors/http"
	"github.com/tenon-platform/tenon/plugins/connectors/smtp"
	"github.com/tenon-platform/tenon/plugins/connectors/webhook"
	"github.com/tenon-platform/tenon/plugins/connectors/wecom"
	"github.com/tenon-platform/tenon/workflow/connect"
)

// Standard are the connectors.
func Standard() connect.Set {
	return connect.NewSet(http.Connector{}, webhook.Connector{}, smtp.Connector{}, wecom.Connector{}, dingtalk.Connector{}, feishu.Connector{})
}
