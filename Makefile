# Skerry. `make` alone lists the targets.
GO      ?= go
VERSION ?= v0.1.0
CLAIM   ?=
PLATFORM ?=
FUZZTIME ?= 20s
# The packages with golden files: those whose tests import rendertest.
GOLDEN  := {{$$p := .ImportPath}}{{range .TestImports}}{{if eq . "github.com/skerry-dev/skerry/functions/internal/render/rendertest"}}{{$$p}}{{end}}{{end}}{{range .XTestImports}}{{if eq . "github.com/skerry-dev/skerry/functions/internal/render/rendertest"}}{{$$p}}{{end}}{{end}}
TOOL    := $(GO) run ./test/tools/cmd/tool

export CGO_ENABLED ?= 0

.DEFAULT_GOAL := help
.PHONY: help
help: ## List the targets.
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## Order a cluster on a management cluster of this machine's own, without a cloud.
	@$(GO) run ./test/demo

.PHONY: demo-down
demo-down: ## Remove what `make demo` has brought up.
	@$(GO) run ./test/demo down

.PHONY: render
render: ## Render the examples through the Crossplane CLI, or CLAIM=path against PLATFORM=path.
	@$(GO) run ./test/render/cmd/render $(if $(CLAIM),-claim $(CLAIM)) $(if $(PLATFORM),-platform $(PLATFORM))

.PHONY: test
# The first run builds tools, which takes longer than Go's default of ten minutes.
test: ## Run every test: unit, golden, sequences, properties, schemas, render.
	$(GO) test -timeout 40m ./...

# Memory is cheaper here than processors: what runs for long collects garbage less often.
SELDOM := GOGC=300
E2E := $(SELDOM) SKERRY_E2E=1 $(GO) test ./test/e2e -count=1 -timeout 75m -parallel 4 -v
FAULTS := TestFaults|TestChaos|TestQuota

.PHONY: e2e
# RUN as it is written: in a regular expression $ is no variable.
e2e: ## Run the end-to-end tests on management clusters of their own, RUN=regexp for some, SKIP=regexp for others.
	$(E2E) $(if $(value RUN),-run '$(value RUN)',-skip '$(FAULTS)$(if $(value SKIP),|$(value SKIP))')

.PHONY: faults
faults: ## Run the end-to-end tests in which things break.
	$(E2E) -run '$(FAULTS)'

.PHONY: maturity
# A story whose tests fail is one that doesn't hold: the page says so.
maturity: ## Run the tests of the user stories, and write docs/maturity.md.
	-$(GO) test -json ./functions/kubernetescluster ./test/alerts ./test/jobs -run 'TestStory|TestRules|TestSnapshots' > .cache/stories.json
	$(GO) run ./test/maturity -results .cache/stories.json -update
	-SKERRY_E2E=1 $(GO) test -json ./test/e2e -count=1 -timeout 75m -parallel 4 -run 'TestLevels|TestNamespaced$$|TestTeamsApart|TestLife|TestUpkeep|TestRestore|TestNotices' > .cache/e2e.json
	$(GO) run ./test/maturity -results .cache/e2e.json -update

.PHONY: short
short: ## Run the tests that need no tools, in about a minute.
	$(GO) test -short ./...

.PHONY: fuzz
fuzz: ## Fuzz decode, plan and render, and the flavor parser, for FUZZTIME each.
	$(GO) test ./functions/kubernetescluster -run '^$$' -fuzz FuzzRunFunction -fuzztime $(FUZZTIME)
	$(GO) test ./functions/storage -run '^$$' -fuzz FuzzRunFunction -fuzztime $(FUZZTIME)
	$(GO) test ./functions/internal/catalog -run '^$$' -fuzz FuzzMerge -fuzztime $(FUZZTIME)
	$(GO) test ./functions/internal/plan/scs -run '^$$' -fuzz FuzzParse -fuzztime $(FUZZTIME)

.PHONY: bench
bench: ## Measure allocations, and a call over gRPC beside an echo of the same size.
	$(GO) test ./functions/kubernetescluster ./functions/storage -run '^$$' -bench RunFunction -benchmem
	$(GO) run ./test/bench

.PHONY: bench-e2e
bench-e2e: ## Measure CLAIMS=1,5,10 claims on a management cluster, or many with HOLLOW=1.
	$(SELDOM) $(GO) run ./test/bench/endtoend $(if $(HOLLOW),-hollow) $(if $(CLAIMS),-claims $(CLAIMS)) $(if $(STEADY),-steady $(STEADY))

.PHONY: lint
# A cache of its own: what another copy of the project has left, with the paths that it
# had, must not be reported here.
lint: ## Check the code with golangci-lint.
	GOLANGCI_LINT_CACHE=$(CURDIR)/.cache/golangci-lint $(TOOL) run golangci-lint -- run ./...

.PHONY: generate
generate: ## Write XRDs, schemas, deepcopy code, the API reference and tables.
	$(GO) run ./apis/generate
	$(GO) test -short $$($(GO) list -f '$(GOLDEN)' ./functions/...) -args -update
	$(GO) run ./test/tables -update

.PHONY: check
check: ## Fail when a generated file differs from its source.
	$(GO) run ./apis/generate -check
	$(GO) run ./test/tables
	$(GO) run ./test/maturity
	$(GO) mod tidy -diff

.PHONY: xpkg
xpkg: ## Build the packages of VERSION into .cache/xpkg.
	$(GO) run ./package/build -out .cache/xpkg -version $(VERSION) -revision $(shell git rev-parse HEAD 2>/dev/null)

.PHONY: charts
charts: ## Build Skerry's own Helm charts into .cache/charts-built.
	$(GO) run ./package/charts/build -out .cache/charts-built

.PHONY: chart-values
chart-values: ## Download the charts of the add-ons, whose values the tests then check.
	$(TOOL) charts

.PHONY: crds
crds: ## Download the CRDs of provider-openstack, which the schema tests need.
	$(TOOL) crds

.PHONY: up
up: ## Start a management cluster with Skerry and a simulated cloud, or go on with it.
	@$(GO) run ./test/devcluster/cmd/devcluster up

.PHONY: status
status: ## Say how that cluster and its programs do.
	@$(GO) run ./test/devcluster/cmd/devcluster status

.PHONY: down
down: ## Stop that cluster and keep its state.
	@$(GO) run ./test/devcluster/cmd/devcluster down

.PHONY: tools
tools: ## Build the tools that tests and the demo use, 20 to 45 minutes the first time.
	$(TOOL) build crossplane crossplane-cli golangci-lint helm etcd kwok kubectl kube-apiserver kube-controller-manager \
		kube-scheduler provider-helm provider-kubernetes cluster-api-core cluster-api-kubeadm-bootstrap \
		cluster-api-kubeadm-control-plane cluster-api-provider-openstack \
		promtool kube-state-metrics prometheus-operator velero etcdctl etcdutl restic

.PHONY: clean
clean: ## Remove everything that was built.
	rm -rf .cache
