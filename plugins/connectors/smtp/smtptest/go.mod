module github.com/tenon-platform/tenon/plugins/connectors/smtp/smtptest

go 1.26.0

require (
	github.com/emersion/go-sasl v0.0.0-20241020182733-b788ff22d5a6
	github.com/emersion/go-smtp v0.25.1
	github.com/tenon-platform/tenon v0.0.0
)

require (
	github.com/cockroachdb/apd/v3 v3.2.3 // indirect
	golang.org/x/oauth2 v0.36.0 // indirect
	golang.org/x/text v0.44.0 // indirect
)

replace github.com/tenon-platform/tenon => ../../../..
