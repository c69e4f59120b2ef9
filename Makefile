# make demo: the main job on the bundled site · make test: everything that must hold · make bench: speed against peers
# Each makes its own .venv; a machine needs Python 3.11 or newer and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt
# Two workers are what the budget of `make test` is counted for.
WORKERS ?= 2
SYSTEM := chromium fonts-nanum systemd wget

.PHONY: demo test system lint types arrows tests torture fault-report bench format parser-version clean

demo: $(VENV)/.core
	$(BIN)/newsharvest demo

test: lint types arrows tests

# Debian's packages that tests use: installed where apt-get may, else named. A test that misses its own fails in CI.
system:
	@missing=$$(for package in $(SYSTEM); do dpkg -s $$package >/dev/null 2>&1 || echo $$package; done); \
	test -z "$$missing" || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; } \
	|| echo "not installed:" $$missing

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

arrows: $(VENV)/.dev
	$(BIN)/lint-imports --no-cache

tests: system $(VENV)/.dev
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup -m "not torture"

# How often the long fault tests do it: make torture KILLS=1000
KILLS ?= 200
SIGNALS ?= 20
ROUNDS ?= 50
READS ?= 5000
COMMITS ?= 1000
REQUESTS ?= 20000
FUZZ ?= 20000
COUNTS = --kills $(KILLS) --signals $(SIGNALS) --rounds $(ROUNDS) --reads $(READS) --commits $(COMMITS) --requests $(REQUESTS) --fuzz $(FUZZ)

torture: $(VENV)/.dev
	$(BIN)/pytest -m torture $(COUNTS)

# docs/reliability.md: the table of faults, from what every test of a fault saw. LONG= leaves the long runs out.
LONG ?= torture
fault-report: $(VENV)/.dev
	rm -f faults.jsonl
	NEWSHARVEST_FAULT_REPORT=$(CURDIR)/faults.jsonl $(BIN)/pytest -n $(WORKERS) --dist loadgroup -m "fault and not torture"
	test -z "$(LONG)" || NEWSHARVEST_FAULT_REPORT=$(CURDIR)/faults.jsonl $(BIN)/pytest -m "fault and torture" $(COUNTS)
	$(BIN)/python -m tests.fault_report faults.jsonl

bench: $(VENV)/.bench
	$(BIN)/python -m benchmarks

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# After a change to parsers or reference data: raise the integer that rows carry.
parser-version: $(VENV)/.core
	$(BIN)/python -m newsharvest.versions

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "newsharvest needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.core: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.core
	$(PIP) --editable '.[dev]'
	touch $@

$(VENV)/.bench: $(VENV)/.dev
	$(PIP) --editable '.[bench]'
	touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
