# Every command a person needs. `make demo` and `make test` are the two to start with.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/installed

.PHONY: help demo test test-long lint format pages bench contracts contracts-check clean

help:            ## this list
	@sed -nE 's/^([a-z-]+):.*## /\1\t/p' Makefile

$(STAMP): requirements/dev.txt pyproject.toml
	@echo "安装依赖，约一分钟，仅第一次 · Installing what is needed: about a minute, the first time only"
	$(PYTHON) -m venv $(VENV)
	@if [ -t 1 ]; then quiet=--progress-bar=on; else quiet=--quiet; fi; set -x; \
	$(BIN)/python -m pip install $$quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt && \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(STAMP)   ## the whole story on an embedded chain with a real register; leaves demo/
	$(BIN)/python -m examples.demo

test: $(STAMP)   ## all tests; the contracts' own need npm, CI=true demands it
	$(BIN)/python -m pytest

test-long: $(STAMP) ## the long drills too
	$(BIN)/python -m pytest -m "slow or not slow"

lint: $(STAMP)   ## format, style, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP) ## rewrite files as `make lint` wants them
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

pages: $(STAMP)  ## write the pages of docs/ that are made from the code
	$(BIN)/python tests/problems_page.py > docs/problems.new && mv docs/problems.new docs/problems.md
	$(BIN)/python tests/tree_page.py > docs/tree.new && mv docs/tree.new docs/tree.md

bench: $(STAMP)  ## measure; writes bench/results.json and docs/bench.png
	$(BIN)/python -m bench

contracts:       ## rebuild the checked-in artifacts (needs npm) and show what changed
	sh contracts/scripts/build.sh
	git diff --exit-code -- contracts/artifacts

contracts-check: ## static analysis of the contracts (needs npm)
	sh contracts/scripts/slither.sh

clean:           ## remove what the commands above made
	rm -rf $(VENV) demo contracts/node_modules contracts/out contracts/cache .pytest_cache .mypy_cache .ruff_cache
