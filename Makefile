# Everything runs in .venv, made from requirements.lock. The Pulumi CLI is found or built by `dbspec engine install`.
PYTHON ?= python3
BIN := .venv/bin
PARALLEL ?= 2

.PHONY: help setup engine demo console test act check bench reference format lock

help: ## Say what there is
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

setup: .venv/.ready ## Make .venv with everything in it

.venv/.ready: requirements.lock pyproject.toml
	@echo "setting up .venv (a minute or two the first time)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "dbspec needs Python 3.11 or newer: set PYTHON=python3.11")'
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

engine: setup ## Find or get the Pulumi CLI (minutes where it has to be built)
	@$(BIN)/python -m compiler.commands.app engine install

demo: engine ## Take a database through its life on the simulated account
	@PATH="$(CURDIR)/$(BIN):$$PATH" bash docs/demo.sh

console: engine ## Ask for a database as in Slack, and see it arrive, in this terminal
	@$(BIN)/python -m bot.commands.app console

check: setup ## Lint, types, formats and import contracts
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m mypy
	@$(BIN)/lint-imports

test: check engine ## All checks and tests
	@$(BIN)/python -m compileall -q compiler bot
	@$(BIN)/python -m pytest -n $(PARALLEL) --dist loadgroup

act: engine ## Run the workflow files under nektos/act (needs Go) up to what needs GitHub and AWS
	@DBSPEC_ACT=1 $(BIN)/python -m pytest tests/workflows

bench: engine ## Measure: start-up, validation, compilation, previews beside bare Pulumi
	@$(BIN)/python -m compileall -q compiler bot
	@$(BIN)/python tests/bench/run.py
	@$(BIN)/python tests/bench/acknowledging.py
	@$(BIN)/python tests/bench/carrying.py

reference: setup ## Write docs/reference and docs/schema anew
	@$(BIN)/python -m compiler.reference

format: setup ## Format the code
	@$(BIN)/python -m ruff format .
	@$(BIN)/python -m ruff check --fix .

lock: setup ## Pin all dependencies anew from pyproject.toml
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/python -m uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet --upgrade -o requirements.lock
