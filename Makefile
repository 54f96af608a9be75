# `make run` opens the chat page, `make test` passes the tests; both set up what they need.
# Options: PYTHON=python3.12, PIP_OPTIONS="--extra-index-url …", FOLDER=path/to/articles,
# MODEL=small (without the 1.1 GB of the model that writes) or MODEL=none (quotations only).
PYTHON ?= python3
PIP_OPTIONS ?=
FOLDER ?= seeds
MODEL ?= writer
BIN := .venv/bin
LLM := $(if $(filter small,$(MODEL)),QUOTH_LLM=bundled,$(if $(filter none,$(MODEL)),QUOTH_LLM=none))

.PHONY: run test check bench index model clean

# the model that writes comes while the page is open, and may fail to; Ctrl-C ends both
run: .venv/.ready index
	$(LLM) $(BIN)/python -m rag page "$(FOLDER)" --fetch --pip-options="$(PIP_OPTIONS)"

model: .venv/.ready
	@$(LLM) $(BIN)/python -m rag model --needed --folder "$(FOLDER)" $(PIP_OPTIONS) || true

index: .venv/.ready
	$(BIN)/python -m rag index "$(FOLDER)"

# in two processes, each file by one of them, in their order: those of the page come last;
# bytecode is kept, which each process that they start would else compile anew
test: .venv/.ready-dev
	PYTHONDONTWRITEBYTECODE= HF_HUB_OFFLINE=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: .venv/.ready-dev
	$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy

# beside LangChain, LlamaIndex, Haystack and txtai, each in an environment of its own in a cache
bench: .venv/.ready model
	$(BIN)/python benchmarks/peers/run.py

clean:
	rm -rf .venv

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Quoth needs Python 3.11 or newer; say make PYTHON=python3.12, for example."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip

# torch first, so that nothing else chooses another build of it
.venv/.ready: requirements.txt | .venv/bin/python
	$(BIN)/pip install $(PIP_OPTIONS) "$$(grep -o '^torch==[^ ]*' requirements.txt)"
	$(BIN)/python .ci/llama.py $(PIP_OPTIONS)
	$(BIN)/pip install $(PIP_OPTIONS) -r requirements.txt
	@touch $@

.venv/.ready-dev: requirements-dev.txt .venv/.ready
	$(BIN)/pip install $(PIP_OPTIONS) -r requirements-dev.txt
	@touch $@
