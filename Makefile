# Everything a person needs: make run, make test, make lint, make bench.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
ON_PATH := $(shell command -v $(PYTHON) || command -v python3)

.PHONY: run test bench chaos hostile lint messages clean

run: $(VENV)/run.stamp
	@MEDIAGEN_DEMO=$${MEDIAGEN_DEMO:-1} exec $(BIN)/python manage.py up

test: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

bench: $(VENV)/dev.stamp
	$(BIN)/python -m tests.bench

# Hundreds of jobs under random faults, on SQLite and PostgreSQL: half an hour.
chaos: $(VENV)/dev.stamp
	$(BIN)/python -m tests.chaos

# More than 10,000 generated requests to every URL, none of which may end in a 5xx: five minutes.
hostile: $(VENV)/dev.stamp
	MEDIAGEN_HOSTILE_REQUESTS=12000 $(BIN)/python -m pytest -q -s tests/security/test_hostile.py

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/djlint templates --check --lint --quiet
	MEDIAGEN_HOME=$$(mktemp -d) $(BIN)/python manage.py makemigrations --check --dry-run
	MEDIAGEN_HOME=$$(mktemp -d) MEDIAGEN_HTTPS=1 $(BIN)/python manage.py check --deploy --fail-level WARNING

# Translations: collect the texts, edit locale/*/LC_MESSAGES/django.po, then compile (needs gettext).
messages: $(VENV)/dev.stamp
	$(BIN)/python manage.py makemessages --all --no-location --ignore=.venv --ignore=var
	$(BIN)/python manage.py compilemessages --ignore=.venv

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache

$(VENV)/run.stamp: requirements.txt
	$(ON_PATH) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements.txt requirements-dev.txt
	$(ON_PATH) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/run.stamp
