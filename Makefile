# Two commands matter: `make run` and `make test`. `make help` lists the rest.
PYTHON ?= python3
PORT ?= 8000
export PORT

BIN := .venv/bin
SERVE := .venv/serve.stamp
TOOLS := .venv/tools.stamp
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-header --no-annotate
LOCUST := .venv/locust.stamp
SELENIUM := .venv/selenium.stamp
PEOPLE ?= 300

.DEFAULT_GOAL := help
.PHONY: help run site dev stack split test webkit faults mutants cheat lint bench load lighthouse screenshots messages lock release deploy-check format clean

help:  ## Say what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(SERVE)  ## Serve Jamsite with its demo on http://127.0.0.1:8000 (PORT=8001 changes the port)
	@exec $(BIN)/python manage.py serve --prepare --demo --worker

site: $(SERVE)  ## Serve a new site of your own, without the demo; its data is kept in var/site
	@DATA_DIR=$${DATA_DIR:-var/site} exec $(BIN)/python manage.py serve --prepare --worker

dev: $(SERVE)  ## The same for developers: reloads, with the debug toolbar
	@$(BIN)/python manage.py migrate --verbosity 0
	@DEBUG=true exec $(BIN)/python manage.py runserver 0.0.0.0:$(PORT)

stack: $(TOOLS)  ## The production shape on one computer: PostgreSQL, Valkey, daphne, a worker
	@exec $(BIN)/python manage.py stack

split: $(TOOLS)  ## The same with gunicorn for pages and daphne for sockets, behind nginx, which has to be installed
	@exec $(BIN)/python manage.py stack --split

test: $(TOOLS)  ## Run the tests, on SQLite and on PostgreSQL with Valkey
	@exec $(BIN)/python -m tests $(ARGS)

webkit: $(SELENIUM)  ## Try the guests' pages in WebKit, the engine of iPhones; needs Debian's WebKit, and installs it as root
	@exec $(BIN)/python -m pytest -m webkit tests/webkit $(ARGS)

faults: $(TOOLS)  ## Pull every plug of a whole site under load; takes its time, and needs nginx
	@exec $(BIN)/python -m pytest -s -m faults tests/faults $(ARGS)

mutants: $(TOOLS)  ## Put 60 faults into a copy of the code, one at a time, and see which ones the tests catch
	@exec $(BIN)/python -m tools.mutate $(ARGS)

cheat: $(TOOLS)  ## Play ten ways to cheat a vote and tell how many false votes get through; ARGS="--seconds 600" for longer
	@$(BIN)/python -m tools.cheat $(ARGS)

lint: $(TOOLS)  ## Check style, layers, types, templates, migrations and the production settings
	@exec $(BIN)/python -m tools.lint

bench: $(TOOLS)  ## Measure speed beside a floor, and write bench/RESULTS.md
	@exec $(BIN)/python -m bench $(ARGS)

load: $(LOCUST)  ## Let PEOPLE=300 come to a jam within 30 s and stay a while, and note it in bench/LOAD.md; needs nginx
	@exec $(BIN)/python -m bench.night --people $(PEOPLE) $(ARGS)

lighthouse: $(TOOLS)  ## Rate pages with Lighthouse on a slow phone, and write docs/lighthouse.md; needs Node.js
	@exec $(BIN)/python -m bench.lighthouse $(ARGS)

screenshots: $(TOOLS)  ## Photograph every page of the demo into docs/screenshots
	@exec $(BIN)/python -m tools.screenshots

messages: $(TOOLS)  ## Bring the translations up to date with the texts; needs gettext's xgettext and msgfmt
	@$(BIN)/python manage.py makemessages --all --no-location --no-obsolete $(addprefix --ignore ,bench static tests tools var)
	@sed -i.old '/^"POT-Creation-Date/d' locale/*/LC_MESSAGES/django.po && rm locale/*/LC_MESSAGES/django.po.old
	@$(BIN)/python manage.py compilemessages --ignore .venv

lock: $(TOOLS)  ## Write the locks anew after a change of a requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.8
	@$(LOCK) --output-file tests/requirements.lock tests/requirements.txt
	@$(LOCK) --constraint tests/requirements.lock --output-file requirements.lock requirements.txt
	@sed '/^# For developers/,$$d' requirements.txt | \
		$(LOCK) --constraint tests/requirements.lock --output-file deploy/s3.lock - deploy/s3.txt
	@$(LOCK) --constraint tests/requirements.lock --output-file bench/requirements.lock bench/requirements.txt
	@$(LOCK) --constraint tests/requirements.lock --output-file tests/webkit/requirements.lock tests/webkit/requirements.txt

release: $(TOOLS)  ## Pack this version into dist/: an archive, the list of its libraries, checksums
	@$(BIN)/python -m tools.release

deploy-check: $(TOOLS)  ## Run the recipes of docs/deployment.md in a new Debian; needs root and Debian's mirror
	@exec $(BIN)/python -m tools.deploy.check $(ARGS)

format: $(TOOLS)  ## Let ruff put the code into shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

clean:  ## Remove what was made, except the data in var/
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null || \
		{ echo "Jamsite needs Python 3.12 or newer as $(PYTHON); choose one with PYTHON=python3.13 make run."; exit 1; }
	@$(PYTHON) -m venv .venv

$(SERVE): requirements.lock | $(BIN)/pip
	@echo "Installing what Jamsite needs (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement requirements.lock
	@touch $@

$(TOOLS): tests/requirements.lock $(SERVE)
	@echo "Installing what the tests need (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement tests/requirements.lock
	@touch $@

$(LOCUST): bench/requirements.lock $(TOOLS)
	@echo "Installing what the load needs (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement bench/requirements.lock
	@touch $@

$(SELENIUM): tests/webkit/requirements.lock $(TOOLS)
	@echo "Installing what drives WebKit (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement tests/webkit/requirements.lock
	@touch $@
