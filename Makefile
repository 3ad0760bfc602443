# `make chat` and `make test` need Python 3.11 or newer and make, nothing else: they create .venv and install into it.
# ARGS is passed on: make chat ARGS=--plain · make test ARGS="-k memory"

VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --constraint constraints.txt
ARGS ?=

# Each candidate is run, because a name on PATH may be an older Python or a shim that leads nowhere.
PYTHON ?= $(shell for name in python3 python python3.13 python3.12 python3.11 python3.14; do \
	if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then echo $$name; break; fi; done)

.PHONY: help setup dev chat test lint format types check bench train clean
.DEFAULT_GOAL := help

help:
	@echo "make chat    open the terminal UI (installs on first use)"
	@echo "make setup   install only; the program is then $(BIN)/homewit"
	@echo "make test    run the test suite"
	@echo "make check   ruff, pyright and the test suite, as CI does"
	@echo "make format  let ruff put imports and lines in order"
	@echo "make bench   run the benchmarks"
	@echo "make train   train the bundled model again (hours; resumes where it stopped)"
	@echo "make clean   remove build outputs and caches, keep $(VENV)"

setup: $(VENV)/.installed
dev: $(VENV)/.installed-dev

chat: setup
	@$(BIN)/homewit $(ARGS)

# Files side by side, on as many processes as there are cores, but not so many that memory runs out.
# They begin in the order of tests/conftest.py, not in that of their numbers of tests.
test: dev
	$(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: dev
	$(BIN)/ruff check

format: dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

types: dev
	$(BIN)/pyright

check: lint types test

bench: dev $(VENV)/.installed-bench
	$(BIN)/python -m benchmarks $(ARGS)

train: dev
	$(BIN)/python -m homewit.llm.training $(ARGS)

clean:
	rm -rf build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

# pip is the last thing that venv writes, so an interrupted creation is taken up again.
$(BIN)/pip:
	@test -n "$(PYTHON)" || { \
		echo "Python 3.11 or newer was not found. Install it, or name it: make PYTHON=/path/to/python3 $(MAKECMDGOALS)" >&2; \
		exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
		echo "$(PYTHON) could not create $(VENV). On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }

# The native kernels are built while installing, so their sources are a reason to install again.
# Python's own byte code is made here, too: the first start is as fast as the others, also where Python may not write it.
SOURCES := pyproject.toml setup.py constraints.txt $(wildcard llm/kernels/native/*)
COMPILE := $(BIN)/python -m compileall -q agent llm memory tools tui

$(VENV)/.installed: $(SOURCES) | $(BIN)/pip
	$(PIP_INSTALL) --editable .
	@$(COMPILE)
	@touch $@

# In one go, so that the kernels are not built twice. .dev/homewit lets pyright resolve `homewit.…`: it does not
# follow the import hook of an editable install.
$(VENV)/.installed-dev: $(SOURCES) | $(BIN)/pip
	$(PIP_INSTALL) --editable '.[dev]'
	@mkdir -p .dev && ln -sfn .. .dev/homewit
	@$(COMPILE)
	@touch $(VENV)/.installed $@

# Compiled for this processor while installing. Where that fails, benchmarks say what they could not measure.
$(VENV)/.installed-bench: $(VENV)/.installed-dev
	@$(PIP_INSTALL) --editable '.[bench]' && touch $@ || \
		echo "llama-cpp-python could not be built; the benchmarks go on without it." >&2
