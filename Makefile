# Two commands are enough on a fresh machine: `make demo` and `make test`.
# Each sets up what it needs in .venv, once, and does nothing where that is done already.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DEMO   ?= lantai-demo
WORKERS ?= 3

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore

.PHONY: help setup front demo workbench test test-long check lint types layers sizes unit postgresql strace browser screenshots clean
.DEFAULT_GOAL := help

help: ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

# The stamps are newer than pyproject.toml when the environment holds what it asks for.
# The install is editable: the checkout is the program, and an edit takes effect at once.
$(VENV)/.lantai: pyproject.toml
	@.ci/venv "$(PYTHON)" "$(VENV)"
	@echo "setting up $(VENV) (once)"
	@$(BIN)/pip install -qq --editable .
	@touch $@

$(VENV)/.lantai-s3: $(VENV)/.lantai
	@echo "adding an S3 server for the demonstration (once)"
	@$(BIN)/pip install -qq --editable '.[demo]' || echo "there is none for this machine: the demonstration goes without"
	@touch $@

$(VENV)/.lantai-dev: $(VENV)/.lantai
	@echo "adding the tools for tests (once)"
	@$(BIN)/pip install -qq --editable '.[dev]'
	@touch $@

setup: $(VENV)/.lantai-dev front ## the environment with everything, for work on the code

front: $(VENV)/.lantai ## the viewers of the workbench, from the npm registry
	@.ci/front "$(BIN)"

demo: $(VENV)/.lantai-s3 front ## takes a sample batch of real media files through; at a terminal the workbench follows
	@$(BIN)/lantai demo --dir "$(DEMO)"
	@if [ -t 0 ] && [ -t 1 ]; then $(MAKE) --no-print-directory workbench; fi

workbench: $(VENV)/.lantai front ## the workbench over the demonstration's archive, until Ctrl-C
	@echo "sign in as officer, researcher, operator … with the password that make demo printed"
	@$(BIN)/lantai --home "$(DEMO)/home" serve

test: lint types layers unit ## ruff, mypy, import-linter and pytest

check: lint types layers sizes unit ## the same, sizes first; before each commit

lint: $(VENV)/.lantai-dev
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .

types: $(VENV)/.lantai-dev
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/mypy --no-error-summary benchmarks

layers: $(VENV)/.lantai-dev
	@$(BIN)/lint-imports --no-logo >$(VENV)/layers.txt 2>&1 || { cat $(VENV)/layers.txt; exit 1; }

sizes: $(VENV)/.lantai-dev
	@$(BIN)/pytest -q --no-header --no-summary tests/architecture/test_architecture_sizes.py

unit: $(VENV)/.lantai-dev front postgresql strace browser
	@$(BIN)/pytest -q --no-header -n $(WORKERS) --dist worksteal -m "not long"

test-long: $(VENV)/.lantai-dev front postgresql strace browser ## the tests that take minutes
	@$(BIN)/pytest -q --no-header -m long

postgresql strace browser: # for tests; do nothing where they are there or cannot be had
	@.ci/$@

screenshots: $(VENV)/.lantai-dev front browser ## the pictures of docs/screenshots, taken anew
	@mkdir -p docs/screenshots && $(BIN)/python tests/screenshots.py docs/screenshots

clean: ## takes away what the other targets made
	@rm -rf $(VENV) .build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
