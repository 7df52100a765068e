# Plain pip and venv. `make` installs and runs the demonstration, `make test` installs and runs the tests, `make fast` runs
# a selection of them in about 70 seconds on two cores.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile

.PHONY: demo test fast test-extras check docs stubs install install-dev clean

demo: install
	$(BIN)/sharpen repair humaneval --config examples/first.toml --run runs/first
	@echo "To use the command sharpen: . $(BIN)/activate"

test: install-dev check
	$(PYTEST)

fast: install-dev
	$(PYTEST) -m "not slow"

# The tests that `make test` skips because their libraries are large: training on a tiny model, Ray, Inspect, verifiers,
# the trackers, and what the documents show of other libraries.
test-extras: install-dev
	$(BIN)/python -m pip install --quiet torch==2.13.0  # one version, so that no newer and larger build is chosen
	$(BIN)/python -m pip install --quiet --editable '.[dev,inspect,mlflow,preferences,ray,trackio,verifiers,wandb]' \
		litellm uv
	$(BIN)/pytest tests/exports/test_trl.py tests/models/batched tests/selfcodealign/train tests/selfcodealign/seeds/test_cluster.py \
		tests/sandbox/ray tests/sharpen_verifiers tests/test_extending.py tests/test_pushing.py tests/test_tracking.py
	$(BIN)/pytest tests/exports/test_inspect.py

check: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The site, in site/: pages, reference, and notebooks that are executed for it. Serve it with `python -m http.server -d site`.
docs: $(VENV)/.installed-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
	@echo "site/index.html"

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

$(VENV)/.installed-docs: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[docs]'
	touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV)
