# Everything a newcomer needs; `make` alone lists it.
.DEFAULT_GOAL := help
.PHONY: help up down status test soak newest bench lint format lock contract docs
PYTHON_IN := .venv/bin/python

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 10

up: ## install what is missing, start everything, load the demo
	@pyctl/bootstrap.sh
	@$(PYTHON_IN) -m pyctl up

down: ## stop everything; the data stays
	@if [ -x $(PYTHON_IN) ]; then $(PYTHON_IN) -m pyctl down; else echo "nothing was started here"; fi

status: ## what runs, where
	@$(PYTHON_IN) -m pyctl status

test: ## every test, on a cluster of its own
	@pyctl/bootstrap.sh test
	@$(PYTHON_IN) -m pytest -n 2 --dist loadfile $(ARGS)

soak: ## long random profiles: a thousand visitors, lost 0, doubled 0
	@pyctl/bootstrap.sh test
	@OPSMANTIK_TEST_SOAK=$${OPSMANTIK_TEST_SOAK:-1000} $(PYTHON_IN) -m pytest -s tests/soak $(ARGS)
	@OPSMANTIK_TEST_FUZZ=$${OPSMANTIK_TEST_FUZZ:-200} $(PYTHON_IN) -m pytest tests/contract/test_fuzz.py tests/attacks/test_fuzz_batches.py
	@OPSMANTIK_TEST_SOAK_MINUTES=$${OPSMANTIK_TEST_SOAK_MINUTES:-30} $(PYTHON_IN) -m pytest tests/stats
	@OPSMANTIK_TEST_PROVE=all $(PYTHON_IN) -m pytest tests/toolkit/test_pg_prove.py
	@OPSMANTIK_TEST_EXPORT=$${OPSMANTIK_TEST_EXPORT:-1000000} $(PYTHON_IN) -m pytest tests/toolkit/test_exports.py -k memory

newest: ## the tests that speak to the server, on PostgreSQL 18 with pg_partman 5.2 and 5.5
	@pyctl/bootstrap.sh test
	@tests/newest/run.sh $(ARGS)

bench: ## the claims about speed and size, measured side by side (25 minutes; ARGS=--quick tries it)
	@pyctl/bootstrap.sh test
	@$(PYTHON_IN) -m bench $(ARGS)

lint: ## ruff, mypy, sqlfluff, plpgsql_check
	@pyctl/bootstrap.sh test
	$(PYTHON_IN) -m ruff check .
	$(PYTHON_IN) -m ruff format --check .
	$(PYTHON_IN) -m mypy
	$(PYTHON_IN) -m sqlfluff lint --processes 0 db
	$(PYTHON_IN) -m pyctl.lint

format: ## let ruff and sqlfluff lay out the code
	$(PYTHON_IN) -m ruff check --fix .
	$(PYTHON_IN) -m ruff format .
	$(PYTHON_IN) -m sqlfluff fix db

lock: ## renew requirements.txt from pyproject.toml
	@pyctl/lock.sh

docs: ## renew docs/reference/rpc.md, tables.md, views.md and cli.md
	@$(PYTHON_IN) -m pyctl docs

contract: ## renew docs/reference/contract.txt after a meant change of schema api
	@OPSMANTIK_TEST_RENEW=1 $(PYTHON_IN) -m pytest -q tests/contract/test_snapshot.py
