# Two commands do everything: `make run` and `make test`. `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
export PYTHONUTF8 := 1

.DEFAULT_GOAL := help
.PHONY: help run test check demo wipe proofs bench lint types contracts messages dbcheck mutation screens features lock clean

help: ## list the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(VENV)/.base: requirements.txt scripts/bootstrap.py
	@$(PYTHON) scripts/bootstrap.py $(VENV) requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.base
	@$(PYTHON) scripts/bootstrap.py $(VENV) requirements-dev.txt
	@touch $@

$(VENV)/.front: package.json package-lock.json $(VENV)/.base
	@$(PY) scripts/vendor.py
	@touch $@

$(VENV)/.messages: $(wildcard translations/*/LC_MESSAGES/*.po) $(VENV)/.base
	@$(PY) scripts/messages.py compile
	@touch $@

ready: $(VENV)/.base $(VENV)/.front $(VENV)/.messages
ready-dev: $(VENV)/.dev ready

run: ready ## start the product on http://127.0.0.1:8080 (PORT, DATABASE_URL, DEMO=0, TRADES=)
	@exec $(PY) run.py up

test: ready-dev ## run the whole suite on an embedded PostgreSQL of its own
	@$(PY) -m pytest $(ARGS)

check: ready-dev lint types contracts dbcheck messages test ## linters, types, contracts, migrations, messages, then the tests

lint: ready-dev
	@$(PY) -m ruff check .

types: ready-dev
	@$(PY) -m mypy

contracts: ready-dev
	@$(VENV)/bin/lint-imports --no-cache

dbcheck: ready-dev
	@PYTHONPATH=. $(PY) scripts/dbcheck.py

messages: ready-dev ## check that every message has its English, and compile the catalogues
	@$(PY) scripts/messages.py check

demo: ready ## fill an empty database with the demo town
	@$(PY) run.py demo

wipe: ready ## delete all data
	@$(PY) run.py wipe --yes

proofs: ready ## check every proof of the ledger
	@$(PY) run.py proofs

bench: ready-dev ## run the benchmarks and write bench/report.md
	@$(PY) -m bench

mutation: ready-dev ## mutate the arithmetic of money and count what its tests notice
	@$(VENV)/bin/mutmut run && $(VENV)/bin/mutmut results

screens: ready-dev ## photograph the gallery of the running demo into docs/screens (BASE=http://127.0.0.1:8080; ARGS=--walk for every page)
	@$(PY) scripts/screens.py $(if $(BASE),--base $(BASE)) $(ARGS)

features: ready-dev ## write docs/features.md from the marks of the tests
	@$(PY) scripts/features.py

lock: ## resolve requirements.in and requirements-dev.in into locked files with hashes (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header requirements.in -o requirements.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header requirements-dev.in -o requirements-dev.txt

clean: ## remove the environment, what was built, and what tests left, not the data
	rm -rf "$$($(PYTHON) -m tests.support.place)" $(VENV) node_modules app/static/vendor
