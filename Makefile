# Every target is a command of scripts/orderflow, which installs what it needs by itself; `scripts/orderflow --help`.
.DEFAULT_GOAL := help
.PHONY: help demo up down status trace redrive test test-unit test-integration test-infra test-e2e test-faults lint types fmt \
	coverage faults bench scan fuzz permissions audit package sbom contracts setup lock clean
ORDERFLOW := scripts/orderflow
DEV := scripts/orderflow-dev

##@ See it work
demo: ## Build, start the local cloud, send orders from every producer and show what became of them
	@$(ORDERFLOW) demo

trace: ## Show one order's way hop by hop: make trace ORDER=ord_...
	@$(ORDERFLOW) trace $(ORDER)

##@ Local cloud
up: ## Start it and apply terraform/environments/local where anything changed (ORDERFLOW_PORT chooses the port)
	@$(ORDERFLOW) up

down: ## Stop it and its workers; state and log stay in .local/
	@$(ORDERFLOW) down

status: ## What runs, where, its health, since when
	@$(ORDERFLOW) status || true

redrive: ## What waits in dead-letter places; scripts/orderflow redrive run and replay send it back
	@$(ORDERFLOW) redrive list

##@ Check
test: ## Lint, types, drift and every tier of tests, with a summary by tier
	@$(DEV) test

test-unit: ## Logic, no network
test-integration: ## Handlers on moto
test-infra: ## terraform test, plans
test-e2e: ## Real zips on the local cloud
test-faults: ## Promises under failure
test-unit test-integration test-infra test-e2e test-faults: test-%:
	@$(DEV) test $*

coverage: ## What proves each source, rule, target and protocol, from the last make test
	@$(DEV) coverage

faults: ## 5,000 orders with failures at every hop, then redrive; the counts of what became of them
	@$(DEV) faults

bench: ## Measure 1,000 mixed orders, a burst of ten times the rate, and the move: make bench BENCH=burst
	@$(DEV) bench $(BENCH)

lint: ## ruff, shellcheck, zizmor, terraform fmt
	@$(DEV) test lint

types: ## mypy, strict
	@$(DEV) test types

scan: ## checkov and terraform/policies over the source and over the plan of every environment
	@$(DEV) scan

fuzz: ## Generated requests to the running local cloud's storefront, judged by its API document
	@$(DEV) fuzz

permissions: ## Each grant of each role, and how often the running local cloud saw it used
	@$(DEV) permissions

audit: ## Known vulnerabilities in the locked packages (asks the package index)
	@$(DEV) audit

##@ Build
package: ## One reproducible zip per function in dist/, only where inputs changed
	@$(ORDERFLOW) package

sbom: ## Bill of materials (CycloneDX) of the zips and dist/SHA256SUMS
	@$(DEV) sbom

contracts: ## Generate validators, types and catalog from the contract schemas
	@$(DEV) contracts generate

fmt: ## Format Python and Terraform
	@$(DEV) fmt

##@ This clone
setup: ## Install everything now, so that later runs need no network
	@$(ORDERFLOW) setup

lock: ## Compile requirements/*.in into hash-locked *.txt (UPGRADE=1 moves to the newest versions)
	@$(DEV) lock $(if $(UPGRADE),--upgrade)

clean: ## Stop the local cloud and remove all that was made here
	@$(ORDERFLOW) clean

help: ## Show this help
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	/^[a-z0-9-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' Makefile
