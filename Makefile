# `make demo` and `make test` are all a fresh machine needs: Python 3.11 to 3.13 with venv, and make. PYTHON=… chooses the interpreter.

.DEFAULT_GOAL := help
.PHONY: setup demo test test-slow test-packages packages repositories fuzz chaos endurance lint types bench bench-channel simulate docs help clean

# What the user has set up for other programs, or for another cluster, must not change what happens here.
unexport PYTHONPATH PYTHONHOME PYTHONSTARTUP PYTHONOPTIMIZE PYTHONDONTWRITEBYTECODE PYTEST_ADDOPTS PYTEST_PLUGINS
unexport $(filter UFORA_% PYFORA_%,$(.VARIABLES))

ARGS ?=
SECONDS ?= 60
BLOCKS ?= 10000

setup: ## make .venv from the locked requirements; instant when it is there
	@PYTHON="$(PYTHON)" sh requirements/setup.sh

demo: setup ## start a cluster on this machine, run both example programs on it, stop it
	@.venv/bin/python examples/demo.py $(ARGS)

test: setup ## run the test suite; ARGS="-k name" for a part
	@.venv/bin/python -m pytest -m "not slow" $(ARGS)

test-slow: setup ## run the tests that take minutes: every benchmark at its smallest, networks that are cut (as root), workers that freeze
	@.venv/bin/python -m pytest tests/benchmarks tests/networks $(ARGS)
	@.venv/bin/python -m pytest -m slow $(ARGS)

fuzz: setup ## compare random programs with Python for SECONDS=60; ARGS="--cluster" on a real cluster
	@.venv/bin/python -m tests.fuzz $(SECONDS) $(ARGS)

chaos: setup ## kill, freeze, cut off and restart parts of a cluster at random for SECONDS=60, every answer checked; ARGS="--seed S --faults N"
	@.venv/bin/python -m tests.chaos $(SECONDS) $(ARGS)

endurance: setup ## run BLOCKS=10000 small blocks and see what grows: memory, open files, threads of every process
	@.venv/bin/python -m tests.endurance $(BLOCKS)

bench-channel: setup ## the data channel against plain TCP: throughput, and how long control messages wait; ARGS are the runner's
	@.venv/bin/python -m benchmarks.channel $(ARGS)

lint: setup ## check style and formatting
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check --quiet .

types: setup ## check types
	@.venv/bin/mypy

bench: setup ## time this against its peers; ARGS are the runner's
	@.venv/bin/python -m benchmarks $(ARGS)

simulate: setup ## run the splitting policy on clusters that do not exist, 1,000 machines among them
	@.venv/bin/python -m benchmarks.simulation $(ARGS)

docs: setup ## build the documentation into build/site; a broken link is an error
	@NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs build --strict --quiet

packages: setup ## build the Linux packages, .deb and .rpm, into dist/
	@.venv/bin/python packaging/make packages $(ARGS)

repositories: packages ## make signed repositories for apt and dnf of them, dist/apt and dist/dnf
	@.venv/bin/python packaging/make repositories $(ARGS)

test-packages: setup ## install, break, upgrade and remove them in machines booted by systemd-nspawn; needs root
	@sh tests/packages/run.sh $(ARGS)

help: ## this text
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 24

clean: ## remove .venv and whatever tools left behind
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
