# The few verbs. A fresh machine needs Python 3.11 or later (with venv) and make, nothing else.
PYTHON ?= python3
UV_VERSION := 0.13.9
UV := .uv/bin/uv
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench peers docs screenshots lock clean

help: ## Show the verbs
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "hygie needs Python 3.11 or later: try make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv .uv
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.venv/.user: uv.lock pyproject.toml | $(UV)
	@$(UV) sync --quiet --frozen --compile-bytecode --no-dev --inexact --python $(PYTHON)
	@touch $@

.venv/.dev: uv.lock pyproject.toml | $(UV)
	@$(UV) sync --quiet --frozen --compile-bytecode --python $(PYTHON)
	@touch $@ .venv/.user

demo: .venv/.user ## Assess the bundled example hospital
	@$(BIN)/hygie assess examples/chsf.yaml --out results/demo
	@$(BIN)/hygie report results/demo

lint: .venv/.dev ## Style, types, layers, packs
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/hygie pack check

test: .venv/.dev lint ## Everything that must stay true
	@$(BIN)/hygie assess examples/chsf.yaml --years 4000 --draws 20 --out results/warm-up >/dev/null
	@$(BIN)/pytest -n auto --dist loadgroup
	@$(MAKE) --no-print-directory docs

docs: .venv/.dev ## Build the documentation, without network
	@$(BIN)/sphinx-build -q -W --keep-going -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

screenshots: .venv/.dev ## Pictures of every page, for eyes (needs Chromium)
	@$(BIN)/python tests/screenshots.py results/screenshots

bench: .venv/.dev ## Measure, with machine and versions
	@$(BIN)/python benchmarks/spine.py
	@$(BIN)/python benchmarks/kernel.py
	@$(BIN)/python benchmarks/terms.py
	@[ -z "$$HYGIE_SHARED" ] || $(BIN)/python benchmarks/threat.py

peers: .venv/.dev ## Benchmark R1 beside peers, each in its own environment
	@$(BIN)/python benchmarks/north_star.py

lock: | $(UV) ## Resolve dependencies again
	@$(UV) lock

clean: ## Remove environments and results
	@rm -rf .venv .uv .peers results docs/_build .pytest_cache .mypy_cache .ruff_cache
