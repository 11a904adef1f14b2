# Everyday work in this clone. A recipe calls the tool itself; scripts/orderflow is what people use on a running system.
.DEFAULT_GOAL := help
.PHONY: help demo up down status trace redrive test test-unit test-integration test-infra test-faults test-e2e test-page lint types \
	drift generate fmt package sbom routes scan fuzz permissions audit bench explore faults setup lock clean
ORDERFLOW := scripts/orderflow
DEV := scripts/orderflow-dev
BIN := .venv/bin
VENV := .venv/installed-lock.txt
TERRAFORM := $(addprefix $(CURDIR)/,terraform examples tests)
PYTEST = @mkdir -p reports && $(BIN)/python -m pytest -q --junitxml=reports/$(@:test-%=%).xml tests/$(@:test-%=%)
LOCKS := bootstrap lambda ministack localemu checkov dev http_receiver
LOCK = $(CURDIR)/.tools/installer/bin/uv --system-certs pip compile --quiet $(if $(UPGRADE),--upgrade)
WORKERS := -n auto --maxprocesses 4 --dist

##@ See it work
demo: ## Start the local cloud, send orders, show what became of them
	@$(ORDERFLOW) demo

trace: ## Show one order hop by hop: make trace ORDER=ord_...
	@$(ORDERFLOW) trace $(ORDER)

##@ Local cloud
up: ## Start it and apply what changed; ORDERFLOW_PORT sets the port
	@$(ORDERFLOW) up

down: ## Stop it and its workers; state and log stay in .local/
	@$(ORDERFLOW) down

status: ## What runs, what fails, what waits where, orders by state
	@$(ORDERFLOW) status

redrive: ## List dead-letter messages; orderflow redrive sends them back
	@$(ORDERFLOW) redrive list

##@ Check
test: $(VENV) ## Lint, types, drift and every tier, with a summary by tier
	@$(DEV) test

test-unit: $(VENV) ## Logic, no network; ARGS="-k name" goes to pytest
	$(PYTEST) $(WORKERS) loadfile $(ARGS)

test-integration: $(VENV) ## Handlers on moto
	$(PYTEST) $(WORKERS) loadfile $(ARGS)

test-infra: $(VENV) ## terraform test, plans, policies
	$(PYTEST) $(WORKERS) loadscope $(ARGS)

test-faults: $(VENV) ## Histories and outages, in memory
	$(PYTEST) $(WORKERS) load $(ARGS)

test-page: $(VENV) ## The page in a browser (Debian's chromium), on a local cloud
	@mkdir -p reports && $(BIN)/python -m pytest -q tests/e2e/alone/test_page.py $(ARGS)

test-e2e: $(VENV) ## Real zips on the local cloud
	$(PYTEST) -n 7 --dist loadscope $(ARGS)

lint: $(VENV) ## ruff, shellcheck, zizmor, glossary, terraform fmt
	@$(BIN)/ruff check --quiet && $(BIN)/ruff format --check --quiet && $(BIN)/zizmor --offline --quiet .github
	@$(BIN)/shellcheck $$(grep -rlE '^#!/.*sh$$' .ci scripts examples)
	@$(DEV) words
	@$(DEV) terraform terraform/pipeline -- fmt -check -recursive $(TERRAFORM)

types: $(VENV) ## mypy, strict
	@$(BIN)/mypy

drift: $(VENV) ## Whether all that is generated is what its sources say
	@$(DEV) generate --check

routes: $(VENV) ## Who receives which event in every environment, checked
	@$(ORDERFLOW) routes check --sarif reports/routes.sarif

scan: $(VENV) ## checkov and terraform/policies over source and every plan
	@$(DEV) scan

fuzz: $(VENV) ## Generated requests to the running storefront API
	@$(DEV) fuzz

permissions: $(VENV) ## Each grant of each function, and its uses on this cloud
	@$(DEV) permissions

audit: $(VENV) ## Known vulnerabilities in the locked packages (asks the index)
	@for lock in requirements/*.txt; do echo $$lock; \
	$(BIN)/pip-audit --require-hashes --disable-pip --strict --progress-spinner=off -r $$lock || exit 1; done

##@ Measure
bench: $(VENV) ## What all takes, beside rivals; ARGS=relay: one group
	@PYTHONPATH=scripts:lambdas:. $(BIN)/python -m bench $(ARGS)

explore: $(VENV) ## Histories: make explore SEED=7 HISTORIES=9999 MUTANTS=1
	@PYTHONPATH=scripts:lambdas $(BIN)/python -m explore --seed $(or $(SEED),1) --histories $(or $(HISTORIES),2000) \
		$(if $(MUTANTS),--mutants) $(if $(EXHAUSTIVE),--exhaustive $(EXHAUSTIVE)) $(ARGS)

faults: $(VENV) ## 5,000 orders while each hop is away, then redrive
	@PYTHONPATH=scripts:lambdas:. $(BIN)/python -m bench.fault_run $(ARGS)

##@ Build
package: ## One reproducible zip per function, where inputs changed
	@$(ORDERFLOW) package

sbom: $(VENV) ## Bill of materials (CycloneDX) of the zips, dist/SHA256SUMS
	@$(DEV) sbom

generate: $(VENV) ## Write all that is generated: contracts, pages, evidence
	@$(DEV) generate

fmt: $(VENV) ## Format Python and Terraform, repair what can be repaired
	@$(BIN)/ruff check --fix --quiet; $(BIN)/ruff format --quiet
	@$(DEV) terraform terraform/pipeline -- fmt -recursive $(TERRAFORM)

##@ This clone
setup: ## Install all dependencies, so that later runs need no network
	@$(ORDERFLOW) setup

lock: $(VENV) ## Compile requirements/*.in to hashed locks (UPGRADE=1: newest)
	@cd requirements && for name in $(LOCKS); do $(LOCK) --override overrides.in $$name.in -o $$name.txt || exit 1; done

clean: ## Stop the local cloud and remove all that was made here
	@$(ORDERFLOW) clean

help: ## Show this help
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	/^[a-z0-9-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' Makefile

$(VENV): requirements/dev.txt
	@$(ORDERFLOW) setup project && touch $@
