VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
GO      ?= go

.PHONY: test
test: ## all tests, with the race detector and in random order
	$(GO) test -race -shuffle=on -timeout 15m ./...
