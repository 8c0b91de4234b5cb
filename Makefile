VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
GO      ?= go
DATA    ?= data
ADDR    ?= 127.0.0.1:8080

# Everything is compiled one way, as it is shipped: without C. What is shipped does not name this machine's paths either;
# TRIM= leaves them, so that what tests have compiled serves.
export CGO_ENABLED := 0
TRIM    ?= -trimpath

.PHONY: help build run ui schemas graphiql test test-command test-others test-access test-modules test-ferretdb test-ui test-ui-long test-race test-long test-mongodb lint conformance browser bench bench-since bench-growth bench-size bench-access bench-process crash model oracle fuzz
help: ## this list
	@grep -E '^[a-z-]+:.*## ' Makefile | sed 's/:.*## /\t/'

# What people see is built where Node is there, and again only when its sources are younger; without Node the binary
# has a small start page instead.
UI      ?= $(shell command -v npm >/dev/null 2>&1 && echo yes)
UI_FROM := $(shell find designer/src designer/build plugins/fields -type f \( -name '*.ts' -o -name '*.tsx' -o -name '*.css' -o -name '*.svg' -o -name '*.mjs' \)) designer/index.html designer/vite.config.ts designer/package.json

designer/node_modules/.package-lock.json: designer/package-lock.json
	cd designer && npm ci --no-audit --no-fund
	touch $@

designer/dist/routes.json: designer/node_modules/.package-lock.json $(UI_FROM)
	cd designer && npm run --silent build

ui: designer/dist/routes.json ## the workspace and the designer, into designer/dist; needs Node

build: $(if $(UI),ui) ## the binary, bin/tenon
	$(GO) build $(if $(UI),-tags ui) $(TRIM) -ldflags '-s -w -X main.version=$(VERSION)' -o bin/tenon ./platform/cmd/tenon

run: build ## build and serve at once, with the standard packages and demo data
	bin/tenon serve --data $(DATA) --addr $(ADDR) --demo

schemas: build ## JSON Schemas for editors, where "$$schema" of the standard packages looks for them
	bin/tenon schema --out plugins/packages/schema

# What vet says is left to make lint. The race detector does not watch SQLite's own code, which is translated from C.
TEST = $(GO) test -vet=off -shuffle=on
RACE = CGO_ENABLED=1 $(TEST) -race -gcflags=modernc.org/...=-race=false

# Where goroutines meet. Of the rest, much is functions without any, and much is called by these.
RACED = /(platform/.*|metadata/(document|load|resolve)|runtime/(code|counter|event|files|gql/socket|graph|ledger|live|publish|record|transfer)|workflow/(approval/process|engine|script)|plugins/stores/sqlite)$$

test: ## all tests, in random order; with the race detector where goroutines meet, of the binary's own with test-race alone
	$(RACE) -timeout 15m $$($(GO) list ./... | grep -v /platform/cmd/ | grep -E '$(RACED)')
	$(TEST) -timeout 15m -short $$($(GO) list ./... | grep -v /platform/cmd/ | grep -vE '$(RACED)')
	$(MAKE) -j2 --output-sync=target test-command test-others

test-command: ## the tests of the binary, without those that start it dozens of times
	$(TEST) -short -timeout 30m ./platform/cmd/tenon

test-others: test-access test-modules

test-access: ## 2,000 cases of access
	$(TEST) -count=1 -run '^TestOracle$$' ./runtime/access

test-modules: ## the tests that bring their own servers: FerretDB, OpenID Connect, mail
	cd plugins/stores/mongo/ferrettest && $(GO) test -mod=mod -short -count=1 -v ./...
	cd platform/oidc/providertest && $(GO) test -count=1 ./...
	cd plugins/connectors/smtp/smtptest && $(GO) test -count=1 ./...

test-ferretdb: $(if $(UI),deploy/conformance/node_modules/.package-lock.json) ## all scenarios of the server on the MongoDB engine, over FerretDB, of which test runs a part; the npm clients need Node
	cd plugins/stores/mongo/ferrettest && $(GO) test -mod=mod -count=1 -timeout 60m -v ./...

test-race: ## all tests with the race detector; more than an hour
	$(RACE) -timeout 3h ./...

graphiql: ## builds the page /graphiql anew, into designer/assets; needs Node
	cd designer/graphiql && npm ci --no-audit --no-fund && node build.mjs

test-long: ## what takes minutes, or a quiet machine: an import of 750,000 rows, a minute of writers under roll-ups, a tenant beside one that floods
	$(GO) test -tags long -count=1 -timeout 60m -v -run '^TestLong' ./platform/cmd/tenon

MONGODB_COMPOSE = docker compose -f deploy/mongodb/compose.yaml
test-mongodb: ## the store suite on a MongoDB replica set that docker starts and removes
	$(MONGODB_COMPOSE) up --wait
	TENON_TEST_MONGODB='mongodb://127.0.0.1:27017/?replicaSet=rs0' $(RACE) -count=1 -v -run TestContract ./plugins/stores/mongo; status=$$?; $(MONGODB_COMPOSE) down; exit $$status

STATICCHECK ?= honnef.co/go/tools/cmd/staticcheck@v0.8.2
lint: ## vet and staticcheck, of what takes long, too
	$(GO) vet -tags long,profile ./...
	$(GO) run $(STATICCHECK) -tags long,profile ./...

deploy/conformance/node_modules/.package-lock.json: deploy/conformance/package-lock.json
	cd deploy/conformance && npm ci --no-audit --no-fund
	touch $@

conformance: build deploy/conformance/node_modules/.package-lock.json ## the GraphQL doors against their specifications; needs Node
	cd deploy/conformance && node run.mjs ../../bin/tenon

test-ui-long: build ## row 50,000 of 200,000, in Chromium; some minutes
	cd designer && ROWS=200000 npm run --silent e2e ../bin/tenon story2

test-ui: ui ## the types, style, size and components of what people see; needs Node
	cd designer && npm run --silent check && npm run --silent budget && npm test

browser: build ## what browsers show and people do there, in Chromium, and whether GraphiQL's assets are current; needs Node
	cd designer/graphiql && npm ci --no-audit --no-fund && node build.mjs --check
	cd deploy/browser && npm ci --no-audit --no-fund && node run.mjs ../../bin/tenon
	cd designer && npm run --silent e2e ../bin/tenon

bench: ## Tenon against a hand-written server, with a table of ratios; BENCH='-scale 0.1 -ops q1,q2' for less
	$(GO) run ./deploy/bench $(BENCH)

bench-since: ## Tenon beside itself at an earlier commit; BENCH='-commit REV'
	$(GO) run ./deploy/bench since $(BENCH)

bench-growth: ## how the cost of reads grows from ten thousand to a million rows
	$(GO) run ./deploy/bench growth $(BENCH)

bench-size: ## what publishing, starting and keeping 500 objects of 60 fields costs
	$(GO) run ./deploy/bench size $(BENCH)

bench-process: ## approvals, automations, timers, restarts and inboxes, beside dbos-transact-golang on SQLite; BENCH='-only steps -dbos none' for less
	$(GO) run ./deploy/bench process $(BENCH)

bench-access: ## what access costs: 60 objects of 30 fields, 200 roles, 10,000 users, 108,000 policies, a private object of a million rows
	$(GO) test -count=1 -timeout 30m -run 'TestWarmCost|TestListCost|TestChangesHoldInALargeTenant' -v -bench 'Warm|Cold|Field' ./runtime/access -rows 1000000

crash: ## kills the process, and lets power fail, around every commit of all reference scenarios of processes, and carries each on; some minutes
	TENON_LIVES=all $(GO) test -count=1 -timeout 90m -v -run '^TestKilled(Call|Telling)?$$|^TestPowerFailure$$' ./platform/cmd/tenon

SEEDS ?= 10000
model: ## random lives of approvals, by the reducer and through the API, which must agree; SEEDS=500 for fewer
	TENON_SEEDS=$(SEEDS) $(GO) test -count=1 -timeout 60m -run '^TestRandomLives$$|^TestPlantedBugs$$' ./workflow/approval
	TENON_SEEDS=$(SEEDS) $(GO) test -count=1 -timeout 90m -v -run '^TestModel' ./platform/cmd/tenon

ORACLE ?= -cases 2000
oracle: ## every way to records against plain rules of access, on both engines; ORACLE='-cases 10000 -seed 7' for others
	$(GO) test -count=1 -timeout 60m -v -run 'TestNothingTellsOfRecordsOfPackages|TestUpsertsTellNothingOfRecordsOfPackages' ./platform/cmd/tenon
	$(GO) test -count=1 -timeout 60m -v -run 'TestOracle' ./runtime/access $(ORACLE)
	cd plugins/stores/mongo/ferrettest && $(GO) test -mod=mod -count=1 -timeout 60m -v -run 'TestAccess$$' -cases 200 .

FUZZTIME ?= 5m
fuzz: ## the fuzz targets, each for FUZZTIME
	$(GO) test -run '^$$' -fuzz FuzzCompile -fuzztime $(FUZZTIME) ./metadata/expr
	$(GO) test -run '^$$' -fuzz FuzzLoad -fuzztime $(FUZZTIME) ./metadata/load
	$(GO) test -run '^$$' -fuzz FuzzParse -fuzztime $(FUZZTIME) ./metadata/document
	$(GO) test -run '^$$' -fuzz FuzzParse -fuzztime $(FUZZTIME) ./metadata/addr
	$(GO) test -run '^$$' -fuzz FuzzNames -fuzztime $(FUZZTIME) ./metadata/addr
	$(GO) test -run '^$$' -fuzz FuzzEachKey -fuzztime $(FUZZTIME) ./runtime/gql
	$(GO) test -run '^$$' -fuzz FuzzVariables -fuzztime $(FUZZTIME) ./runtime/gql
	$(GO) test -run '^$$' -fuzz FuzzPlan -fuzztime $(FUZZTIME) ./runtime/graph
	$(GO) test -run '^$$' -fuzz FuzzCursor -fuzztime $(FUZZTIME) ./runtime/query
	$(GO) test -run '^$$' -fuzz FuzzFiles -fuzztime $(FUZZTIME) ./metadata/load
	$(GO) test -run '^$$' -fuzz FuzzForm -fuzztime $(FUZZTIME) ./metadata/model
	$(GO) test -run '^$$' -fuzz FuzzUnpack -fuzztime $(FUZZTIME) ./runtime/publish
	$(GO) test -run '^$$' -fuzz FuzzApply -fuzztime $(FUZZTIME) ./workflow/approval
	$(GO) test -run '^$$' -fuzz FuzzParse -fuzztime $(FUZZTIME) ./workflow/approval
	$(GO) test -run '^$$' -fuzz FuzzOnce -fuzztime $(FUZZTIME) ./metadata/normalise
	$(GO) test -run '^$$' -fuzz FuzzAuth -fuzztime $(FUZZTIME) ./platform/cmd/tenon
	$(GO) test -run '^$$' -fuzz FuzzRead -fuzztime $(FUZZTIME) ./workflow/script/wire
