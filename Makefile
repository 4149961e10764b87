# The commands of this project; `make help` lists them.

PYTHON ?= python3
KEY := $(shell cat requirements.txt requirements-dev.txt | sha256sum | cut -c1-12)
VENV ?= $(HOME)/.cache/wsss/venv-$(KEY)
BIN := $(VENV)/bin

.PHONY: help demo test test-dag test-others test-slow test-cluster test-browser test-gpu lint settings benchmarks env print-python

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 15

demo: env  ## the whole default chain on synthetic photos
	$(BIN)/snakemake --cores 2 --configfile presets/demo.yaml --config dataset=mini -- results/mini_val_miou.txt
	@cat results/mini_val_miou.txt

# Tests share the cores. Threads that wait shall sleep; spinning took a third of the processor's time.
test test-dag test-others test-slow test-cluster test-browser: export OMP_WAIT_POLICY = passive

test: env  ## the tests; those of the default chain run beside all others
	$(MAKE) --no-print-directory --jobs 2 --keep-going --output-sync=target test-dag test-others

test-dag: env
	$(BIN)/python -m pytest -q --durations 20 tests/dag

test-others: env
	$(BIN)/python -m pytest -q --durations 20 --ignore tests/dag tests

test-slow: env  ## tests of minutes each
	$(BIN)/python -m pytest -q -m slow tests

test-cluster: env  ## the chain on a Slurm of its own
	$(BIN)/python -m pytest -q -m cluster tests/cluster

test-browser: env  ## the report in Chromium
	$(BIN)/python -m pytest -q -m browser tests/browser

test-gpu: env  ## the published systems on CUDA; without it all tests are skipped, which it says
	$(BIN)/python -m pytest -q -rs -m gpu tests/gpu

lint: env  ## the checks
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/snakemake --lint --config dataset=mini

settings: env  ## config.yaml and its schema, after a change of a settings model
	$(BIN)/python -m wsss.plan.config

benchmarks: env  ## all benchmarks
	for file in $(filter-out benchmarks/common.py benchmarks/merge_voc.py,$(wildcard benchmarks/*.py)); do $(BIN)/python $$file || exit 1; done

env: $(VENV)/.ready  ## the environment

$(VENV)/.ready:
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-dev.txt
	touch $@

print-python: env  ## the interpreter of the environment
	@echo $(BIN)/python
