PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test check docs clean

# Runs the tickets study on real text: fetches the data, searches, ranks, writes the report and best.json, and compiles from it.
demo: .venv/installed
	$(BIN)/loss-weight-tuner run examples/tickets/study.toml
	$(BIN)/python -m examples.tickets.reuse studies/tickets/best.json

# Everything that must pass: format, lint, types, import rules, tests.
test: check
	$(BIN)/python -m pytest -n 2

check: .venv/installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The documentation site in build/docs; any warning is an error.
docs: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	TF_CPP_MIN_LOG_LEVEL=3 $(BIN)/sphinx-build -q -W --keep-going -b html -c docs . build/docs

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

clean:
	rm -rf .venv studies dist build
