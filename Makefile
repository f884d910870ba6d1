# Two commands do everything, set-up included: `make plan` and `make test`.
PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: plan test test-fast lint mutation app docs clean oidc-provider

plan: .venv/ready
	$(BIN)/ipps-geo plan --stations 10 --out out

test: .venv/ready-test
	$(BIN)/python -m pytest -n 2 --dist worksteal

test-fast: .venv/ready-test
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow"

lint: .venv/ready-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/check_media.py

# Hours: 300 small faults planted one at a time, by room; `make mutation SAMPLE=40` for a look.
SAMPLE ?= 300
mutation: .venv/ready-test
	$(PIP) install --constraint constraints.txt --editable ".[mutation]"
	$(BIN)/python scripts/mutation.py --sample $(SAMPLE) --out mutation.json

# The documentation site in site/: open site/index.html, no server and no internet needed.
docs: .venv/ready-docs
	$(BIN)/python scripts/docs_site.py

app: .venv/ready
	$(BIN)/ipps-geo app

.venv/ready: pyproject.toml constraints.txt
	@echo "setting up .venv (once)" >&2
	$(PYTHON) -m venv .venv
	$(PIP) install --constraint constraints.txt --editable ".[app,atlas]"
	@touch $@

.venv/ready-test: .venv/ready
	$(PIP) install --constraint constraints.txt --editable ".[app,sign-in,atlas,notebooks,osm,test,lint]"
	@touch $@

.venv/ready-supply: .venv/ready-test
	$(PIP) install --constraint constraints.txt --editable ".[release,docs]"
	@touch $@

.venv/ready-docs: .venv/ready
	$(PIP) install --constraint constraints.txt --editable ".[app,atlas,docs]"
	@touch $@

# A certified OpenID provider for tests/app/test_provider.py, in the user's cache; without it those tests are skipped.
OIDC := $(or $(IPPS_GEO_OIDC_PROVIDER),$(HOME)/.cache/ipps-geo/oidc)
oidc-provider:
	mkdir -p "$(OIDC)"
	cd "$(OIDC)" && npm install --no-fund --no-audit --no-save --silent --prefix . oidc-provider@9.13.3

clean:
	rm -rf .venv out build dist site
