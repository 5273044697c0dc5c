# Everything that a developer or CI does here. `make` lists it.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# The version of what is built: the nearest tag and commit, or VERSION=… by hand.
VERSION  ?= $(shell git describe --tags --always --dirty --abbrev=12 2>/dev/null || echo dev)
# As it is in the tags of images and in the chart: without the v of Git's tag.
override VERSION := $(shell printf %s '$(VERSION)' | sed 's/^v\([0-9]\)/\1/')
# The commit and its time, which are those of everything that is built from it.
REVISION          ?= $(shell git rev-parse --verify --quiet HEAD 2>/dev/null || echo unknown)
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
export REVISION SOURCE_DATE_EPOCH
# Where `make push` sends the images and the chart, such as harbor.example.com/otomi.
REGISTRY ?=
# On how many teams shards are measured.
TEAMS    ?= 300,5000
# How long each fuzz target runs.
FUZZTIME ?= 30s
# The race detector needs a C compiler.
RACE     ?= $(if $(shell command -v gcc 2>/dev/null),-race)

COMMANDS := $(notdir $(patsubst %/main.go,%,$(wildcard cmd/*/main.go)))
BINARIES := $(filter-out simulator,$(COMMANDS))
# Of which there are images; IMAGES=simulator is one for trying the chart.
IMAGES   ?= $(BINARIES)
# For which the images and the binaries of a release are built; images are for Linux.
ARCHES   ?= amd64 arm64
SYSTEMS  ?= linux darwin
# Beside the product there are small modules, whose dependencies it does not need. Those below test/servers hold no
# code of ours, only what a server is built from: to tidy them is to download all that its dependencies' tests need.
MODULES  := $(sort $(patsubst %/go.mod,%,$(shell find . -name go.mod -not -path '*/testdata/*' -not -path './test/servers/*/*')))
LINTED   := $(filter-out ./.ci/tools ./.ci/helm4,$(MODULES))
TOOL     := go tool -modfile=$(CURDIR)/.ci/tools/go.mod
# The commit is part of VERSION; a checkout of another user builds, too.
# The tag leaves gRPC's trace pages out, whose templates would keep 6 MB of unused code in.
BUILD    := CGO_ENABLED=0 go build -tags grpcnotrace -trimpath -buildvcs=false -ldflags '-s -w -X main.version=$(VERSION)'
# The levels of the instruction sets are Go's defaults, whatever the environment says, so that the same commit gives the
# same bytes everywhere.
LEVELS   := GOAMD64=v1 GOARM64=v8.0
RELEASE   = ROOT='$(CURDIR)' VERSION='$(VERSION)' HELM="$$($(TOOL) -n helm)" go -C .ci/release run .

##@ Work

.PHONY: help
help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} \
		/^##@ / {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z0-9-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build static binaries into bin/
	$(BUILD) -o bin/ $(addprefix ./cmd/,$(COMMANDS))

.PHONY: demo
demo: build ## converge sample values into simulated applications, each twice, and plan a release of the platform
	@bin/simulator -- bash -euc 'secrets=$$(mktemp -d); trap "rm -r $$secrets" EXIT; \
		show() { echo "\$$ $$*"; "bin/$$@"; }; \
		for step in plan apply apply; do show keycloak-roles $$step --values examples/values; done; \
		for task in harbor-projects gitea-repos drone-activate; do \
		for step in plan apply apply; do show $$task $$step --values examples/values --secrets-dir $$secrets; done; done'
	@bin/simulator -keycloak 127.0.0.1:0 -- bash -euc 'show() { echo "\$$ $$*"; "bin/$$@"; }; \
		for step in validate plan; do show keycloak-roles $$step --values examples/platform-b; done'

.PHONY: generate
generate: ## generate the clients and the simulators' servers from the specs
	go generate ./...

.PHONY: specs
specs: ## fetch, convert and prune the vendors' specs again (needs Java and Maven)
	go -C openapi-specs/refresh run .

.PHONY: tidy
tidy: ## tidy every Go module
	@for module in $(MODULES); do echo "go -C $$module mod tidy"; go -C $$module mod tidy; done

##@ Proof

.PHONY: test
test: ## vet and test, against simulators only
	go vet ./...
	go test $(RACE) -shuffle=on -timeout 30m ./...
	go -C openapi-specs/refresh test ./...
	go -C .ci/sbom test ./...
	go -C .ci/release test ./...

.PHONY: e2e
e2e: ## test against real servers (needs Java 17, Maven, gcc and git)
	go -C test/servers test -count=1 -timeout 30m ./...
	go -C test/e2e test -count=1 -timeout 40m ./...
	go -C test/e2e run ./versions -ci

.PHONY: e2e-versions
e2e-versions: ## test against every server version of test/e2e/versions/rows.go, write docs/proven.md (VERSIONS='gitea "keycloak 22"' for some)
	go -C test/e2e run ./versions $(VERSIONS)

.PHONY: e2e-harbor
e2e-harbor: ## test against the real Harbor that HARBOR_CORE, HARBOR_JOBSERVICE and HARBOR_MIGRATIONS name (needs PostgreSQL and Redis)
	go -C test/e2e test -count=1 -timeout 90m -tags harbor -run '^TestHarbor' .

.PHONY: e2e-cluster
e2e-cluster: ## test the chart on a real Kubernetes: that of KUBECONFIG, or one that it starts (needs what e2e needs; RUN=TestLife for some)
	go -C test/cluster test -count=1 -timeout 40m $(if $(RUN),-run '$(RUN)') ./...

.PHONY: bench
bench: ## measure requests, writes, seconds and memory beside the peers' (needs Java 17 and Maven; TASKS=harbor-projects for one)
	go -C test/e2e run ./bench $(TASKS)

.PHONY: bench-shards
bench-shards: ## measure one run and several shards side by side, on simulators (TASKS=harbor-projects TEAMS=300,5000)
	go -C test/e2e run ./bench -shards $(TEAMS) $(TASKS)

.PHONY: fuzz
fuzz: ## run each fuzz target for FUZZTIME (30s)
	@for package in $$(go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.Dir}}{{end}}' ./...); do \
		targets=$$(sed -nE 's/^func (Fuzz[A-Za-z0-9_]*)\(.*/\1/p' "$$package"/*_test.go); \
		for target in $$targets; do \
			echo "$$target in $${package#$(CURDIR)/}"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$package"; \
		done; \
	done

.PHONY: check
check: generate tidy ## what is generated and the modules' files are up to date
	git diff --exit-code
	@if git ls-files --others --exclude-standard | grep -E '(\.gen\.go|(^|/)go\.(mod|sum))$$'; then \
		echo 'these are not committed' >&2; exit 1; fi

.PHONY: lint
lint: ## run the linters of .golangci.yml over every module
	$(TOOL) golangci-lint config verify
	@status=0; for module in $(LINTED); do \
		echo "linting $$module"; (cd $$module && $(TOOL) golangci-lint run ./...) || status=1; \
	done; exit $$status

.PHONY: vuln
vuln: ## look for known vulnerabilities (needs the internet, or a copy of the database in VULNDB=file:///…)
	$(TOOL) govulncheck $(if $(VULNDB),-db '$(VULNDB)') ./...

##@ Release

.PHONY: image
image: image-binaries ## build an image per task for amd64 and arm64, with buildah or docker, into bin/images, with SBOMs
	VERSION='$(VERSION)' ARCHES='$(ARCHES)' .ci/image $(IMAGES)

# Below bin/, whose binaries run on this machine.
.PHONY: image-binaries
image-binaries:
	for arch in $(ARCHES); do \
		GOOS=linux GOARCH=$$arch $(LEVELS) $(BUILD) -o bin/linux/$$arch/ $(addprefix ./cmd/,$(IMAGES)); done

.PHONY: push
push: image-binaries chart ## build the images and the chart that installs them, and push them to REGISTRY
	@if [ -z '$(REGISTRY)' ]; then echo 'say where to: make push REGISTRY=harbor.example.com/otomi' >&2; exit 2; fi
	VERSION='$(VERSION)' ARCHES='$(ARCHES)' REGISTRY='$(REGISTRY)' PUSH=yes .ci/image $(IMAGES)
	@REGISTRY='$(REGISTRY)' PLAIN_HTTP=$(if $(findstring tls-verify=false,$(PUSH_FLAGS)),yes) $(RELEASE) push

.PHONY: chart
chart: ## package the chart, with VERSION as the images' tag, into bin/chart
	@rm -rf bin/chart
	@$(RELEASE) chart

.PHONY: release
release: image release-binaries chart ## put a release together in dist: archives, images, chart, SBOMs, provenance, notes, checksums
	@$(RELEASE) dist

.PHONY: release-binaries
release-binaries:
	@rm -rf bin/release
	@for system in $(SYSTEMS); do for arch in $(ARCHES); do \
		echo "building for $$system/$$arch"; \
		GOOS=$$system GOARCH=$$arch $(LEVELS) $(BUILD) -o bin/release/$${system}_$$arch/ $(addprefix ./cmd/,$(COMMANDS)); \
		for command in $(COMMANDS); do \
			go -C .ci/sbom run . '$(VERSION)' $(SOURCE_DATE_EPOCH) "$(CURDIR)/bin/release/$${system}_$$arch/$$command" \
				>"bin/release/$${command}_$${system}_$$arch.cdx.json"; \
		done; \
	done; done

.PHONY: chart-test
chart-test: ## lint and render the chart, with Helm 3 and 4
	go -C charts/core/tests test -count=1 ./...
	HELM="$$(go -C .ci/helm4 tool -n helm)" && HELM="$$HELM" go -C charts/core/tests test -count=1 ./...

.PHONY: clean
clean: ## remove what was built
	rm -rf bin dist
