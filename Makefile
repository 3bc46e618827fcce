# `make help` lists what there is. Everything is built into build/ and installed into .venv/, nothing elsewhere.

SHELL := /bin/bash
PYTHON_VENV := .venv/bin/python
JOBS ?= $(shell nproc)
ARGS ?=
FUZZ_SECONDS ?= 60
CPP_FILES = find include src python/src tests bench examples -name '*.cpp' -o -name '*.c' -o -name '*.h'

.DEFAULT_GOAL := help
.PHONY: help setup build demo test test-all bench lint format wheel docs fuzz clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Install what is missing: distribution packages (as root), .venv, Python packages
	@scripts/setup.sh test demo

build: ## Build library, module, tests and benchmarks (release); a rebuild compiles what changed
	@scripts/setup.sh test
	@cmake --preset release
	@cmake --build --preset release --parallel $(JOBS)

demo: ## Replay a year of flights as a live feed; ARGS="--speed max" passes options on
	@scripts/setup.sh demo
	@mkdir -p build && cmake --preset release >build/demo-configure.log 2>&1 || { cat build/demo-configure.log; exit 1; }
	@cmake --build --preset release --parallel $(JOBS) --target _laminardb
	@$(PYTHON_VENV) examples/nycflights/replay.py $(ARGS)

test: ## Run every test: C++, Python, SQL, sanitizers, examples; ARGS="build cpp" runs chosen stages
	@scripts/run_stages.py $(ARGS)

test-all: ## As test, with 50,000 random pairs of query and input, ten times the stress and the thread sanitizer; takes hours
	@LAMINAR_RANDOM_SEEDS=20000 LAMINAR_STRESS=10 scripts/run_stages.py $(or $(ARGS),setup build cpp python sanitizers threads examples)

bench: ## Measure, beside the peers of the same run; ARGS passes options on
	@scripts/setup.sh bench published
	@cmake --preset release
	@cmake --build --preset release --parallel $(JOBS)
	@$(PYTHON_VENV) bench/run.py $(ARGS)

lint: ## Check formatting, Python style and the include rules of the rooms
	@scripts/setup.sh lint
	@$(CPP_FILES) | xargs -r clang-format --dry-run -Werror
	@$(PYTHON_VENV) -m ruff check .
	@$(PYTHON_VENV) -m ruff format --check .
	@$(PYTHON_VENV) scripts/check_rooms.py

format: ## Apply the formatting that lint checks
	@scripts/setup.sh lint
	@$(CPP_FILES) | xargs -r clang-format -i
	@$(PYTHON_VENV) -m ruff check --fix --quiet . || true
	@$(PYTHON_VENV) -m ruff format .

wheel: ## Build dist/: a wheel for any Linux and the source distribution it is built from; try the wheel in an empty venv
	@scripts/setup.sh wheel
	@$(PYTHON_VENV) scripts/build_wheel.py $(ARGS)

docs: build ## Regenerate the reference pages from the function registry and the docstrings
	@$(PYTHON_VENV) scripts/generate_docs.py $(ARGS)
	@$(PYTHON_VENV) scripts/generate_python_page.py $(ARGS)

fuzz: ## Fuzz each target of tests/fuzz for FUZZ_SECONDS (needs clang)
	@scripts/setup.sh fuzz
	@cmake --preset fuzz
	@cmake --build --preset fuzz --parallel $(JOBS)
	@scripts/run_fuzzers.sh $(FUZZ_SECONDS)

clean: ## Remove what was built; .venv stays
	@rm -rf build dist python/laminardb/*.so
