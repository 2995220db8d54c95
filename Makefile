PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test check clean

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

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

clean:
	rm -rf .venv studies dist build
