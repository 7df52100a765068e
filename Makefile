# Plain pip and venv. `make` installs and runs the demonstration, `make test` installs and runs the tests, `make fast` runs
# a selection of them in about 100 seconds on two cores.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test fast test-extras check stubs install install-dev clean

demo: install
	$(BIN)/sharpen repair humaneval --config examples/first.toml --run runs/first
	@echo "To use the command sharpen: . $(BIN)/activate"

test: install-dev check
	$(BIN)/pytest

fast: install-dev
	$(BIN)/pytest -m "not slow"

# Training on a tiny model, and Ray: the tests that `make test` skips because their libraries are large.
test-extras: install-dev
	$(BIN)/python -m pip install --quiet torch==2.13.0  # one version, so that no newer and larger build is chosen
	$(BIN)/python -m pip install --quiet --editable '.[dev,inspect,ray,train]' 'trl>=1.0'
	$(BIN)/pytest tests/exports/test_trl.py tests/selfcodealign/train tests/selfcodealign/seeds/test_cluster.py tests/sandbox/ray
	$(BIN)/pytest -p no:unraisableexception tests/exports/test_inspect.py  # Inspect leaves event loops open

check: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The signatures of the methods' verbs, for editors, after their options have changed.
stubs: install-dev
	$(BIN)/python scripts/stubs.py

install: $(VENV)/.installed

install-dev: $(VENV)/.installed-dev

$(VENV)/.installed: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.installed-dev: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV)
