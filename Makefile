# The two commands that a fresh checkout needs are `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

# OpenMP's threads would spin while they wait, and take the cores from others
export OMP_WAIT_POLICY ?= PASSIVE

# a process a core with one thread each, and the tests of a file in one process
.PHONY: demo test explore lint bench clean
.DEFAULT_GOAL := help

help:
	@echo "make demo     find parts in pictures that it draws and set them beside the true parts, with nothing to fetch but packages"
	@echo "make test     everything that CI runs: lint, types, import contracts, tests, coverage"
	@echo "make explore  the property tests on thousands of cases never tried"
	@echo "make bench    measure quality, speed and memory (needs the real pictures)"

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "partonomy needs Python 3.11 or later")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --upgrade pip

# reinstalled when the dependencies change; the code itself is used in place
$(VENV)/.installed: pyproject.toml $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-test: pyproject.toml $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check --editable ".[test]"
	@touch $@ $(VENV)/.installed

demo: $(VENV)/.installed
	$(BIN)/partonomy demo -o runs/demo

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --durations=10 --cov=partonomy --cov-report=term

explore: $(VENV)/.installed-test
	PARTONOMY_EXAMPLES=explore $(BIN)/python -m pytest -m "not real" tests/images tests/parts tests/concepts

bench: $(VENV)/.installed-test
	$(BIN)/python -m benchmarks all

clean:
	rm -rf $(VENV) runs .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .coverage
