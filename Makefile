# Everything a person does with this repository. The work is done by tools/ (Python) and npm scripts.
# Variables: PORT, LIVEKIT_PORT, HOST, NAHBAR_HOME, NAHBAR_LIVEKIT_BINARY (docs/operate/).

PYTHON ?= python3
VENV := .venv/bin
export PORT LIVEKIT_PORT
# Only as `make demo HOST=…`: some shells have a HOST of their own, and it opens the demo to others.
export NAHBAR_DEMO_HOST := $(if $(filter command,$(firstword $(origin HOST))),$(HOST))

.DEFAULT_GOAL := help
.PHONY: help install build demo test test-fast lint format journeys pictures bench doors lock clean

help:
	@echo "make demo       everything on this machine, with demo data; prints the links."
	@echo "                HOST=<address> opens it to a real phone, over HTTPS"
	@echo "make test       lint, then the whole suite on SQLite and on PostgreSQL"
	@echo "make test-fast  the quick tests on SQLite, below a minute"
	@echo "make journeys   the chain in real browsers, with real media and mail"
	@echo "make pictures   a named screenshot of every page and state"
	@echo "make bench      the figures of docs/performance.md"
	@echo "make doors      how long make demo takes from a clean clone (WHAT=\"cached cold test\")"
	@echo "make lint       ruff, mypy, import-linter, Biome, tsc"
	@echo "make format     what the formatters would change, changed"
	@echo "make install    Python and Node packages · make build  front end and messages"
	@echo "make lock       the lock files from pyproject.toml · make clean  what was made here"

install:
	@$(PYTHON) -m tools.install

build: install
	@$(VENV)/python -m tools.build

demo: build
	@$(VENV)/python -m tools.system pdf $(if $(NAHBAR_DEMO_HOST),proxy)
	@NAHBAR_LIVEKIT_BINARY="$$($(VENV)/python -m tools.livekit)" && export NAHBAR_LIVEKIT_BINARY && \
		DJANGO_SETTINGS_MODULE=nahbar.config.settings.demo exec $(VENV)/python -m django demo

test: lint build
	@$(VENV)/python -m tools.system browser database lines pdf proxy
	@$(VENV)/python -m tools.livekit > /dev/null
	@$(VENV)/python -m tools.suite

test-fast: build
	@$(VENV)/pytest -q -m "not journey and not slow" --ignore tests/journeys

journeys: build
	@$(VENV)/python -m tools.system browser proxy
	@$(VENV)/python -m tools.livekit > /dev/null
	@$(VENV)/pytest tests/journeys

pictures: build
	@$(VENV)/python -m tools.system browser
	@$(VENV)/python -m tools.livekit > /dev/null
	@$(VENV)/python -m tests.pictures

bench: build
	@$(VENV)/python -m tools.system browser database lines speech
	@$(VENV)/python -m tools.livekit > /dev/null
	@$(VENV)/python -m tests.bench

doors: install
	@$(VENV)/python -m tools.doors $(WHAT)

lint: install
	@$(VENV)/ruff format --check .
	@$(VENV)/ruff check .
	@$(VENV)/mypy
	@$(VENV)/lint-imports --no-logo
	@npm run --silent lint

format: install
	@$(VENV)/ruff check --fix .
	@$(VENV)/ruff format .
	@npm run --silent fix

lock: install
	@$(VENV)/python -m tools.lock

clean:
	@rm -rf .venv node_modules build var .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find nahbar tests tools locale -name __pycache__ -prune -exec rm -rf {} + 2> /dev/null || true
	@find locale -name '*.mo' -delete 2> /dev/null || true
