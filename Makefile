# make demo: the whole default chain on drawn photos.   make lint: the checks.
# make test: the tests (test-slow: the long ones, test-cluster: on a Slurm of its own,
# test-browser: the report in Chromium).

PYTHON ?= python3
KEY := $(shell cat requirements.txt requirements-dev.txt | sha256sum | cut -c1-12)
VENV ?= $(HOME)/.cache/wsss/venv-$(KEY)
BIN := $(VENV)/bin

.PHONY: demo test test-slow test-cluster test-browser lint settings benchmarks env print-python

demo: env
	$(BIN)/snakemake --cores 2 --quiet rules --configfile presets/demo.yaml --config dataset=mini -- results/mini_val_miou.txt
	@cat results/mini_val_miou.txt

test: env
	$(BIN)/python -m pytest -q -n 2 --dist loadgroup --no-loadscope-reorder tests

test-slow: env
	$(BIN)/python -m pytest -q -m slow tests

test-cluster: env
	$(BIN)/python -m pytest -q -m cluster tests/cluster

test-browser: env
	$(BIN)/python -m pytest -q -m browser tests/browser

lint: env
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/snakemake --lint --config dataset=mini

settings: env
	$(BIN)/python -m wsss.plan.config

benchmarks: env
	for file in $(filter-out benchmarks/common.py,$(wildcard benchmarks/*.py)); do $(BIN)/python $$file || exit 1; done

env: $(VENV)/.ready

$(VENV)/.ready:
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-dev.txt
	touch $@

print-python: env
	@echo $(BIN)/python
