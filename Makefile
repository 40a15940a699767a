# 典拠 (Tenkyo). `make run` と `make test` は、まっさらな環境でもそれだけで動く。
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: run test check bench soak install clean

install: $(STAMP)

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet "torch==2.13.0"
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	touch $@

run: install
	$(BIN)/tenkyo ingest corpus
	$(BIN)/tenkyo ui --port 8501

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check
	$(BIN)/pytest -n 2 --dist loadfile

bench: install
	$(BIN)/tenkyo bench

soak: install
	$(BIN)/pytest -m soak

clean:
	rm -rf $(VENV) var build *.egg-info
