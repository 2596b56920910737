# Everything a newcomer needs: make demo, make test. Python 3.11+ and make are the only requirements.

# A Python that was compiled without its optimisation, as pyenv does unless told otherwise, takes a seventh more processor
# for everything here: the system's own goes before it, where that is new enough and can make environments.
QUICK := import ensurepip, sys, sysconfig, venv; args = sysconfig.get_config_var("CONFIG_ARGS") or ""; \
	sys.exit(sys.version_info < (3, 11) or not (sys.prefix == "/usr" or "--enable-optimizations" in args))
PYTHON ?= $(shell for each in python3 /usr/bin/python3; do $$each -c '$(QUICK)' 2>/dev/null && echo $$each && exit; done; \
	echo python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Each of the many processes of a demo or a test would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup dev demo test check bench format grammar lock browser clean

setup: $(STAMP)

# The stamp is newer than the lock only when the lock is what is installed.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Relance needs Python 3.11 or newer; try: make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "python3-venv is missing: install it, or use a Python that has venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv 2>/dev/null || true
	@if [ -x $(BIN)/uv ]; then \
		VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --require-hashes -r requirements.lock && \
		VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e . ; \
	else \
		$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock && \
		$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e . ; \
	fi
	@touch $@

dev: setup
	$(BIN)/relance dev

demo: setup
	$(BIN)/relance demo

# Three for two cores: many tests wait for a server or a heartbeat most of their time.
test: setup browser
	$(BIN)/pytest -n 3 --dist loadgroup $(if $(shell command -v chromium 2>/dev/null),,-m "not browser")

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/relance check

bench: setup
	$(BIN)/python -m benchmarks all

format: setup
	$(BIN)/ruff check --fix --exit-zero .
	$(BIN)/ruff format .

# The tables of dsl/expression.lark, after a change of it.
grammar: setup
	$(BIN)/python -m dsl.grammar

# Hashes and no addresses, so that any index or mirror serves it.
lock:
	$(BIN)/uv pip compile --universal --python-version 3.11 --all-extras --generate-hashes \
		--no-header --no-annotate --quiet pyproject.toml -o requirements.lock

# Where it cannot be installed from here, `make test` goes without the tests that need it.
browser:
	@if command -v chromium >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	else echo "Chromium is missing: the tests in a browser are left out until it is installed" >&2; fi

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
