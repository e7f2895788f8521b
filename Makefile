# Everything a newcomer, a developer and CI need. Each target does its own set-up.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
REPOSITORY ?= .
PACKAGES := prompt_format quality eventlog model rollout prediction server training benchmarks tests

.PHONY: serve test explore lint fix bench bench-training clean

serve: $(VENV)/.serve        ## run the server with the embedded model on 127.0.0.1:8000
	@exec $(BIN)/python -m server

test: $(VENV)/.dev           ## run every test, the real model's included
	$(BIN)/python -m pytest

explore: $(VENV)/.dev        ## the property tests again, with examples that no run has seen
	$(BIN)/python -m pytest -m hypothesis --hypothesis-profile=explore

lint: $(VENV)/.dev           ## style, types, and who may import whom
	$(BIN)/ruff check $(PACKAGES)
	$(BIN)/ruff format --check $(PACKAGES)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

fix: $(VENV)/.dev            ## let the formatter and the linter mend what they can
	$(BIN)/ruff check --fix $(PACKAGES)
	$(BIN)/ruff format $(PACKAGES)

bench: $(VENV)/.dev          ## every benchmark; figures go to standard output as JSON
	$(BIN)/python -m benchmarks.engine_step
	$(BIN)/python -m benchmarks.server_overhead
	$(BIN)/python -m benchmarks.cancel_to_idle
	$(BIN)/python -m benchmarks.keystroke
	$(BIN)/python -m benchmarks.replay run --repository $(REPOSITORY) --keys 300

bench-training: $(VENV)/.dev ## the stages of training at 10,000 and 100,000 rows, for an hour
	@test -n "$(REPOSITORIES)" -a -n "$(TOKENIZER)" \
		|| { echo "make bench-training REPOSITORIES=folder TOKENIZER=tokenizer.json"; exit 1; }
	$(BIN)/python -m benchmarks.training_stages --repositories $(REPOSITORIES) --tokenizer $(TOKENIZER)

clean:                       ## forget the environment; obtained models stay in the user's cache
	rm -rf $(VENV)

$(VENV)/.serve: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@ $(VENV)/.serve

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Foretype needs Python 3.11 or newer: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
