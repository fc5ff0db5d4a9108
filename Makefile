# Needs Python 3.11, make and git; everything else is set up in .uv/ and .venv/ on first use.

USE_CASE ?= fraud
WORKERS ?= 2
IMAGE ?= penstock:local
UV_VERSION := 0.13.8
UV := .uv/bin/uv
BIN := .venv/bin
LOCKED := pyproject.toml uv.lock $(wildcard */__init__.py)

# Compiled bytecode is worth seconds at every start; an exported setting must not forbid it.
unexport PYTHONDONTWRITEBYTECODE
# A shell in another environment must not redirect the installation.
unexport VIRTUAL_ENV UV_PROJECT_ENVIRONMENT PYTHONPATH PYTHONHOME
export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1

.DELETE_ON_ERROR:
.PHONY: help run sandbox cdk rehearsal test check bench format lint types imports licenses use-cases clean \
	setup wheel image push-image publish

help:
	@echo "make run     new data, a candidate, decisions for the next day: $(USE_CASE) (USE_CASE=... for another)"
	@echo "make test    run the tests in $(WORKERS) processes (WORKERS=... for another number)"
	@echo "make sandbox serve AWS for environments.yaml on this machine, until Ctrl-C"
	@echo "make cdk     write the CloudFormation templates of all accounts to cdk.out/ (RELEASE=FILE)"
	@echo "make rehearsal play a release's whole way through four accounts on this machine"
	@echo "make check   style, types, import contracts, licences, use cases"
	@echo "make bench   measure Penstock against bare Python and its rivals"
	@echo "make format  rewrite the files in the project's style"
	@echo "make wheel   build the wheel of this commit into dist/"
	@echo "make image   build the container image of that wheel: $(IMAGE)"
	@echo "make clean   remove what was set up: .venv/ and .uv/"

run: .venv/.ready-run
	@if grep -qs load_days "use_cases/$(USE_CASE)/use_case.yaml"; then \
		$(BIN)/pipeline data new-batch --use-case $(USE_CASE) && \
		$(BIN)/pipeline run training --use-case $(USE_CASE) && \
		$(BIN)/pipeline data new-batch --use-case $(USE_CASE) --days 1 && \
		$(BIN)/pipeline run inference --use-case $(USE_CASE) --trial; \
	else $(BIN)/pipeline run training --use-case $(USE_CASE); fi

sandbox: .venv/.ready-dev
	@exec $(BIN)/python -m sandbox $(ARGUMENTS)

test: .venv/.ready-dev
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGUMENTS)

# The checks are targets of their own: `make --keep-going check` shows the findings of all.
check: lint types imports licenses use-cases

lint: .venv/.ready-dev
	@echo "check: style (ruff)"
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet || { $(BIN)/ruff format --check; echo "Mend with: make format"; exit 1; }

types: .venv/.ready-dev
	@echo "check: types (mypy, pyright)"
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/pyright --warnings > .venv/pyright.log 2>&1 || { cat .venv/pyright.log; exit 1; }

imports: .venv/.ready-dev
	@echo "check: import contracts (import-linter)"
	@$(BIN)/lint-imports > .venv/imports.log 2>&1 || { cat .venv/imports.log; exit 1; }

licenses: .venv/.ready-dev
	@echo "check: licences (pip-licenses)"
	@$(BIN)/pip-licenses > .venv/licenses.log 2>&1 || { cat .venv/licenses.log; exit 1; }

use-cases: .venv/.ready-dev
	@echo "check: use cases (pipeline check)"
	@$(BIN)/pipeline check use_cases

bench: .venv/.ready-dev
	@$(BIN)/python -m benchmarks.run $(ARGUMENTS)

cdk: .venv/.ready-dev
	@.ci/synthesize $(RELEASE)

rehearsal: .venv/.ready-dev
	@$(BIN)/python -m infra.rehearsal $(ARGUMENTS)

setup: .venv/.ready-dev

wheel: $(UV)
	@.ci/build-wheel

image:
	@ls dist/*.whl > /dev/null 2>&1 || { echo "make: dist/ holds no wheel. Run: make wheel" >&2; exit 1; }
	@docker build --file containers/Dockerfile --tag $(IMAGE) .

push-image:
	@.ci/push-image $(IMAGE)

publish: .venv/.ready-run
	@$(BIN)/python .ci/publish_wheel.py

format: .venv/.ready-dev
	@$(BIN)/ruff check --quiet --fix-only
	@$(BIN)/ruff format

clean:
	rm -rf .venv .uv

# A development environment holds everything that `run` needs, so it counts as ready for it.
.venv/.ready-run: $(LOCKED) $(UV)
	@echo "setup: the packages of uv.lock into .venv/ (once)"
	@$(UV) sync --quiet --frozen --no-dev --inexact --python "$$(.ci/find-python)"
	@touch $@

.venv/.ready-dev: $(LOCKED) $(UV)
	@echo "setup: the packages of uv.lock and the development tools into .venv/ (once)"
	@$(UV) sync --quiet --frozen --inexact --python "$$(.ci/find-python)"
	@.ci/install-browser
	@touch $@ .venv/.ready-run

$(UV):
	@echo "setup: uv $(UV_VERSION) into .uv/ (once)"
	@python="$$(.ci/find-python)" && "$$python" -m venv --clear .uv \
		|| { echo "make: could not make a virtual environment (Debian, Ubuntu: apt install python3.11-venv)." >&2; exit 1; }
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"
	@touch $@
