# Two commands for people: `make demo` and `make test`. Everything is made inside .venv; nothing outside the checkout changes.
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
# The first Python here that durable-rules works with; a name that is found and does not start is passed over.
PYTHON ?= $(shell for python in python3.12 python3.11 python3 python; do \
	"$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' 2>/dev/null && echo "$$python" && break; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install
# Each file by its hash; what is built from source is built with what stands in build.txt, and nothing is fetched for that.
LOCKED := $(PIP) --require-hashes --no-build-isolation --requirement supply/locks
PROJECT := $(PIP) --no-deps --no-build-isolation --editable .
PINNED := $(PIP) --constraint constraints.txt

.PHONY: demo test check bench engine faults hostile fuzz soak mutation spark golden keep pictures docs lock audit users sbom licences clean

demo: $(VENV)/installed
	$(BIN)/triage demo

# Compiled first: where Python is told to write no bytecode, each command that a test starts would compile it all.
test: $(VENV)/tested $(VENV)/node $(VENV)/healthchain/made
	$(BIN)/python -m compileall -q triage cli.py
	$(BIN)/python -m pytest -n 2 --dist worksteal --cov --cov-report=
	$(BIN)/coverage report

check: $(VENV)/tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/vulture

bench: $(VENV)/benched
	$(BIN)/python benchmarks/cold_start.py
	$(BIN)/python benchmarks/engines.py
	$(BIN)/python benchmarks/load_pack.py
	$(BIN)/python benchmarks/batch.py --rows 1000000 --rounds 3
	$(BIN)/python benchmarks/batch_rivals.py --rows 1000000 --rounds 3
	$(BIN)/python benchmarks/serve.py

# Batches and interviews that are stopped, two ways at 200 points each and two at 50, and in which each write fails; the tests do a few of each kind.
# WHICH="interview, kill" does those of that name alone.
faults: $(VENV)/tested
	PYTHONPATH=tests $(BIN)/python -m faults $(WHICH)

# The block for Spark in docs/cluster.md, in Spark's local mode: 456 MB to fetch, which CI does without.
spark: $(VENV)/tested
	@$(PINNED) --group spark
	$(BIN)/python -m pytest -q tests/batch/test_spark.py

# Every case of bad input as a command of its own; the tests run them in one process, and one in forty so.
hostile: $(VENV)/tested
	PYTHONPATH=tests $(BIN)/python -m hostile

# Each reader for ten minutes against inputs that reach ever more of its code: an hour and a quarter on two cores.
fuzz: $(VENV)/tested
	@$(PINNED) --group fuzz
	PYTHONPATH=tests $(BIN)/python -m fuzz --seconds 600

# Every small change of what decides, each held against the tests that meet it: hours. It goes on where it was stopped.
mutation: $(VENV)/tested
	@$(PINNED) --group mutation
	$(BIN)/mutmut run --max-children 2
	$(BIN)/mutmut results

# The service under mixed requests for half an hour; its workers do not grow.
soak: $(VENV)/tested
	PYTHONPATH=tests $(BIN)/python -m soak --minutes 30

# The engine at length: WHICH=crashes, memory, threads or pairs does one part; the last may be stopped, and goes on where it was.
engine: $(VENV)/tested
	PYTHONPATH=tests $(BIN)/python -m engine_proofs $(WHICH)

# The documents as a site. Search needs a server; one on loopback will do.
docs: $(VENV)/documented
	PYTHONPATH=docs $(BIN)/python -m publish site
	@echo "Built site/index.html. To look at it: $(BIN)/python -m http.server --bind 127.0.0.1 --directory site"

# The pictures of docs/pictures; look at them.
pictures: $(VENV)/tested
	$(BIN)/python docs/pictures/make.py

ENDINGS = from triage.formats import FORMATS; print(*(kind.endings[0] for kind in FORMATS.values() if kind.is_for_terminals))

# What the examples give in every format that is text; the tests compare, and a change is read as a diff.
golden: $(VENV)/installed
	@set -e; endings=$$($(BIN)/python -c '$(ENDINGS)'); \
	for pack in rules/*; do \
		mkdir -p tests/golden/$${pack##*/}; rm -f tests/golden/$${pack##*/}/*; \
		for example in $$pack/examples/*.yaml; do name=$${example##*/}; for ending in $$endings; do \
			$(BIN)/triage assess $$example --pack $$pack --output tests/golden/$${pack##*/}/$${name%.yaml}$$ending; \
		done; done; \
	done
	$(BIN)/triage rules export --to json-schema --output docs/pack.schema.json

# The locks, from pyproject.toml in the versions of constraints.txt. It takes five to eight minutes.
lock: $(VENV)/tested
	$(BIN)/python -m supply lock

# Known vulnerabilities of every locked version; it fails where no service answers. AUDIT has options of pip-audit.
audit: $(VENV)/tested
	$(BIN)/python -m supply audit $(AUDIT)

# What users install, each file by its hash, in an environment of its own.
users: $(VENV)/tested
	$(BIN)/python -m supply install $(VENV)/users

sbom: users
	$(BIN)/python -m supply sbom $(VENV)/users dist/vcf-triage.cdx.json

licences: $(VENV)/tested
	$(BIN)/python -m supply licences

# What this version answers and by which packs, for later versions to replay; before a release. What is there stays.
keep: $(VENV)/installed
	$(BIN)/python tests/keep.py $(notdir $(wildcard rules/*))

$(VENV)/made: supply/locks/build.txt
	@"$(PYTHON)" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' 2>/dev/null || { echo "Python 3.11 or 3.12 is needed and not found; name one: make demo PYTHON=/path/to/python3.12" >&2; exit 1; }
	@echo "Making $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV)
	@$(LOCKED)/build.txt
	@touch $@

$(VENV)/installed: $(VENV)/made pyproject.toml supply/locks/core.txt
	@echo "Installing into $(VENV); durable-rules is compiled, which takes a few seconds"
	@$(LOCKED)/core.txt
	@$(PROJECT)
	@touch $@

$(VENV)/tested: $(VENV)/installed supply/locks/tests.txt
	@echo "Installing what the tests need"
	@$(LOCKED)/tests.txt
	@touch $@

# Engines and modelers that nobody here wrote. Without npm the tests that need them are passed over, and say so.
$(VENV)/node: tests/npm/package.json tests/npm/unpack.mjs | $(VENV)/made
	@if command -v npm >/dev/null; then \
		echo "Installing what the tests need into tests/npm/node_modules" && \
		npm install --prefix tests/npm --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error && \
		node tests/npm/unpack.mjs && touch $@; \
	else echo "npm is not found; install Node.js with npm for the tests of DMN and FHIR files" >&2; fi

# A client of CDS Hooks that nobody here wrote. It wants older libraries than the service, and gets an environment of its own.
$(VENV)/healthchain/made: tests/healthchain.txt | $(VENV)/made
	@echo "Installing HealthChain for the tests of CDS Hooks"
	@$(BIN)/python -m venv $(VENV)/healthchain
	@$(VENV)/healthchain/bin/python -m pip --disable-pip-version-check --quiet install --requirement tests/healthchain.txt
	@touch $@

$(VENV)/documented: $(VENV)/installed
	@$(PINNED) --group docs
	@touch $@

$(VENV)/benched: $(VENV)/installed
	@$(PINNED) --editable '.[serve]' --group bench
	@touch $@

clean:
	rm -rf $(VENV) site tests/npm/node_modules .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage*
