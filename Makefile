# Everything runs in .venv, which the first target that needs it makes.
#   make demo    the product's main job on a sample repository
#   make test    all tests          make check   lint, types, layers
#   make faults  kills, bad lines, full disks, many times over; FAULT_SECONDS=600 bounds it
#   make bench   the measurements   make wheel   build and try the wheel in an empty environment

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test test-llama faults check bench wheel snapshots clean

demo: $(VENV)/.runtime
	@$(BIN)/cockpit demo

test: $(VENV)/.dev
	$(BIN)/python -m pytest -q -n auto --dist loadfile

# A real server and a toy model (200 MB, fetched once into .cache/llama), which `make test` has not.
test-llama: $(VENV)/.dev
	sh tests/llama/fetch.sh .cache/llama $(BIN)/python
	$(BIN)/python -m pytest -q tests/llama

# The long column of every fault; `make test` has the short one, FAULTS=middle one in between. After
# FAULT_SECONDS of each worker what is left is skipped, and says so.
FAULT_SECONDS ?= 7200
FAULTS ?= long

faults: $(VENV)/.dev
	FAULTS=$(FAULTS) FAULT_SECONDS=$(FAULT_SECONDS) \
	  $(BIN)/python -m pytest -q -n auto --dist load tests/faults

check: $(VENV)/.dev
	$(BIN)/ruff check cockpit_tui tests bench
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev
	$(BIN)/python -m bench

snapshots: $(VENV)/.dev
	SNAPSHOT_UPDATE=1 $(BIN)/python -m pytest -q tests/snapshot
	@echo "Look at every picture in snapshots/ before you commit it."

wheel: $(VENV)/.dev
	sh tests/wheel.sh "$(PYTHON)"

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; say which with: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "Python's venv module is incomplete. On Debian and Ubuntu: apt install python3-venv"; \
	  exit 1; }

# -e: the checkout itself is what runs. compileall: the first start is as fast as the second.
$(VENV)/.runtime: $(VENV)/bin/python pyproject.toml
	@echo "Installing into $(VENV) (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@$(BIN)/python -m compileall -q cockpit_tui || true
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml
	@echo "Installing into $(VENV) (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/.runtime

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
