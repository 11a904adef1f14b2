# Commands for working in this clone; `make` lists them. To operate a running system, use scripts/orderflow.
.DEFAULT_GOAL := help
.PHONY: help demo up down status trace redrive test test-unit test-integration test-infra test-faults test-e2e test-page lint types \
	drift generate fmt package sbom routes scan fuzz permissions audit bench explore faults setup lock clean
ORDERFLOW := scripts/orderflow
DEV := scripts/orderflow-dev
BIN := .venv/bin
VENV_STAMP := .venv/installed-lock.txt
TERRAFORM_FOLDERS := $(addprefix $(CURDIR)/,terraform examples tests)
PYTEST = @mkdir -p reports && $(BIN)/python -m pytest -q --junitxml=reports/$(@:test-%=%).xml tests/$(@:test-%=%)
LOCKS := bootstrap lambda ministack localemu checkov dev http_receiver
COMPILE_LOCK = $(CURDIR)/.tools/installer/bin/uv --system-certs pip compile --quiet $(if $(UPGRADE),--upgrade)
WORKERS := -n auto --maxprocesses 4 --dist

##@ See it work
demo: ## Start the local cloud, send orders and verify the results
	@$(ORDERFLOW) demo

trace: ## Show one order, hop by hop: make trace ORDER=ord_...
	@$(ORDERFLOW) trace $(ORDER)

##@ Local cloud
up: ## Start or update the local cloud; ORDERFLOW_PORT sets its port
	@$(ORDERFLOW) up

down: ## Stop the local cloud; its state and log stay in .local/
	@$(ORDERFLOW) down

status: ## Show processes, failures, queue depths and orders by status
	@$(ORDERFLOW) status

redrive: ## List dead-letter messages; see scripts/orderflow redrive -h
	@$(ORDERFLOW) redrive list

##@ Check
test: $(VENV_STAMP) ## Run lint, types, drift and every tier of tests
	@$(DEV) test

test-unit: $(VENV_STAMP) ## Unit tests, no network; ARGS="-k name" is passed to pytest
	$(PYTEST) $(WORKERS) loadfile $(ARGS)

test-integration: $(VENV_STAMP) ## Integration tests: handlers on moto
	$(PYTEST) $(WORKERS) loadfile $(ARGS)

test-infra: $(VENV_STAMP) ## Infrastructure tests: terraform test, plans, policies
	$(PYTEST) $(WORKERS) loadscope $(ARGS)

test-faults: $(VENV_STAMP) ## Fault tests: random simulated runs and outages, in memory
	$(PYTEST) $(WORKERS) load $(ARGS)

test-page: $(VENV_STAMP) ## Test the studio page in a browser, on a local cloud
	@mkdir -p reports && $(BIN)/python -m pytest -q tests/e2e/alone/operation/test_page.py $(ARGS)

test-e2e: $(VENV_STAMP) ## End-to-end tests: the real zips on the local cloud
	$(PYTEST) -n 9 --dist loadscope $(ARGS)

lint: $(VENV_STAMP) ## Run ruff, shellcheck, zizmor, glossary check, terraform fmt
	@$(BIN)/ruff check --quiet && $(BIN)/ruff format --check --quiet && $(BIN)/zizmor --offline --quiet .github
	@$(BIN)/shellcheck $$(grep -rlE '^#!/.*sh$$' .ci scripts examples)
	@$(DEV) words
	@$(DEV) terraform terraform/pipeline -- fmt -check -recursive $(TERRAFORM_FOLDERS)

types: $(VENV_STAMP) ## Run mypy in strict mode
	@$(BIN)/mypy

drift: $(VENV_STAMP) ## Check that the generated files match their sources
	@$(DEV) generate --check

routes: $(VENV_STAMP) ## Check who receives which event in every environment
	@$(ORDERFLOW) routes check --sarif reports/routes.sarif

scan: $(VENV_STAMP) ## Run checkov and terraform/policies on source and every plan
	@$(DEV) scan

fuzz: $(VENV_STAMP) ## Send generated requests to the running storefront API
	@$(DEV) fuzz

permissions: $(VENV_STAMP) ## List each function's grants and their uses on the local cloud
	@$(DEV) permissions

audit: $(VENV_STAMP) ## Check locked packages for known vulnerabilities (online)
	@for lock in requirements/*.txt; do echo $$lock; \
	$(BIN)/pip-audit --require-hashes --disable-pip --strict --progress-spinner=off -r $$lock || exit 1; done

##@ Measure
bench: $(VENV_STAMP) ## Run the benchmarks, or one group: make bench ARGS=relay
	@PYTHONPATH=scripts:lambdas:. $(BIN)/python -m bench $(ARGS)

explore: $(VENV_STAMP) ## Simulate random runs: make explore SEED=7 HISTORIES=9999
	@PYTHONPATH=scripts:lambdas $(BIN)/python -m explore --seed $(or $(SEED),1) --histories $(or $(HISTORIES),2000) \
		$(if $(MUTANTS),--mutants) $(if $(EXHAUSTIVE),--exhaustive $(EXHAUSTIVE)) $(ARGS)

faults: $(VENV_STAMP) ## Simulate 5,000 orders, one hop down at a time, then redrive
	@PYTHONPATH=scripts:lambdas:. $(BIN)/python -m bench.fault_run $(ARGS)

##@ Build
package: ## Build one reproducible zip per function, if inputs changed
	@$(ORDERFLOW) package

sbom: $(VENV_STAMP) ## Write the zips' bill of materials (CycloneDX) and checksums
	@$(DEV) sbom

generate: $(VENV_STAMP) ## Write the generated files: validators, docs, evidence
	@$(DEV) generate

fmt: $(VENV_STAMP) ## Format Python and Terraform, and apply automatic fixes
	@$(BIN)/ruff check --fix --quiet; $(BIN)/ruff format --quiet
	@$(DEV) terraform terraform/pipeline -- fmt -recursive $(TERRAFORM_FOLDERS)

##@ This clone
setup: ## Install the virtual environments and Terraform in advance
	@$(ORDERFLOW) setup

lock: $(VENV_STAMP) ## Write the hashed lock files (UPGRADE=1: newest versions)
	@cd requirements && for name in $(LOCKS); do $(COMPILE_LOCK) --override overrides.in $$name.in -o $$name.txt || exit 1; done

clean: ## Stop the local cloud; remove venvs, zips, state and caches
	@$(ORDERFLOW) clean

help: ## Show this help
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	/^[a-z0-9-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' Makefile

$(VENV_STAMP): requirements/dev.txt
	@$(ORDERFLOW) setup project && touch $@
