# A newcomer needs two of these: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python

.PHONY: run test lint bench lock clean

# One stamp says: .venv holds exactly what the development lock says.
$(VENV)/stamp: requirements-dev.lock
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --require-hashes -r requirements-dev.lock
	touch $@

lint: $(VENV)/stamp
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

test: lint
	$(PY) -m pytest -n 2

# The locks: what the service runs on, what training adds, what development adds.
lock: $(VENV)/stamp
	$(LOCK) pyproject.toml -o requirements-serving.lock
	$(LOCK) pyproject.toml --extra training -c requirements-serving.lock -o requirements-training.lock
	$(LOCK) pyproject.toml --extra training --extra dev -c requirements-training.lock -o requirements-dev.lock
LOCK = $(VENV)/bin/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command "make lock"

clean:
	rm -rf $(VENV) var build
