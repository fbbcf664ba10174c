# 质衡 Zhiheng. A newcomer needs one line: `make demo`. 新来者只需一行：make demo

PYTHON      ?= python3
PYTEST_ARGS ?=
UPGRADE     ?=
OFFICE      ?=

BIN := .venv/bin
UV  := $(BIN)/uv pip
# Every rule names its own interpreter; bytecode is written here even where the machine says not to.
unexport PYTHONDONTWRITEBYTECODE VIRTUAL_ENV
export NO_MKDOCS_2_WARNING := 1
.DELETE_ON_ERROR:
.PHONY: help demo setup test docs reference format lock bench wheels fonts clean

help:
	@echo "make demo     装好并运行示例城市           set up and run the bundled city"
	@echo "make test     全部检查与测试               every check and test (PYTEST_ARGS=...)"
	@echo "make docs     文档，写入 site/             the documentation, into site/"
	@echo "make reference 重写参考页                  write docs/reference again from the program"
	@echo "make format   统一格式                     put the code in the common format"
	@echo "make lock     更新 requirements.lock       lock the dependencies (UPGRADE=--upgrade)"
	@echo "make bench    量速度                       measure the speed"
	@echo "make wheels   离线安装包，写入 dist/wheels  wheels for an office without a network (OFFICE=windows)"
	@echo "make fonts    重新裁剪中文字体             cut the Chinese fonts again"
	@echo "make clean    清除生成的文件               remove what was made"

# ---- setting up -------------------------------------------------------------------------------

# The environment and the installer. `python -m venv` mends an environment that is half made.
$(BIN)/uv:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "需要 Python 3.11 或更高版本；请指明，例如：make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; \
	  echo "Python 3.11 or later is needed; name it, as in: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; \
	  exit 1; }
	@echo "· .venv"
	@"$(PYTHON)" -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

# The stamp: younger than the lock and the project file when everything is installed.
.venv/ready: requirements.lock pyproject.toml | $(BIN)/uv
	@echo "· requirements.lock"
	@$(UV) sync --quiet --python $(BIN)/python --compile-bytecode requirements.lock
	@$(UV) install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

setup: .venv/ready
	@$(BIN)/python -m compileall -q src

# ---- using ------------------------------------------------------------------------------------

demo: setup
	@$(BIN)/zhiheng demo

bench: setup
	@for bench in benchmarks/bench_*.py; do echo "· $$bench"; $(BIN)/python "$$bench" || exit 1; done

# ---- checking ---------------------------------------------------------------------------------

test: setup
	@echo "· ruff"
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check
	@echo "· mypy"
	@$(BIN)/mypy
	@echo "· import-linter"
	@$(BIN)/lint-imports --no-logo
	@echo "· pytest"
	@$(BIN)/python -m pytest -n 2 $(PYTEST_ARGS)
	@echo "· mkdocs"
	@$(BIN)/python -W error -m mkdocs build --quiet --strict --site-dir build/site

# The pages of docs/reference that the program writes about itself; a test fails while they are out of date.
reference: setup
	@$(BIN)/python -m zhiheng.framework.reference docs
	@$(BIN)/python packaging/make_cli_reference.py
	@$(BIN)/python packaging/make_index_reference.py
	@$(BIN)/python packaging/make_report_reference.py

docs: setup
	@$(BIN)/python -W error -m mkdocs build --quiet --strict
	@echo "site/index.html"

format: setup
	@$(BIN)/ruff check --quiet --fix --exit-zero
	@$(BIN)/ruff format

# ---- making -----------------------------------------------------------------------------------

# One lock for every platform. It may name no registry and no machine.
lock: | $(BIN)/uv
	@$(UV) compile pyproject.toml --extra test --extra docs --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --quiet $(UPGRADE) \
	  --output-file requirements.lock
	@! grep -nE '://|^-' requirements.lock

# What an office without a network needs: carry dist/wheels there and run
#   python -m pip install --no-index --find-links wheels zhiheng
# OFFICE=windows makes the bundle for Windows on x86-64, else it is for machines like this one.
ifeq ($(OFFICE),windows)
  RESOLVE_FOR  := --python-platform x86_64-pc-windows-msvc --python-version 3.11
  DOWNLOAD_FOR := --platform win_amd64 --python-version 3.11
endif
wheels: setup
	@rm -rf build dist/wheels
	@mkdir -p build
	@echo "· zhiheng"
	@$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist/wheels .
	@echo "· dependencies"
	@$(UV) compile pyproject.toml --constraints requirements.lock --python $(BIN)/python $(RESOLVE_FOR) \
	  --generate-hashes --no-header --quiet --output-file build/wheels.txt
	@$(BIN)/python -m pip download --quiet --require-hashes --no-deps --only-binary :all: $(DOWNLOAD_FOR) \
	  --requirement build/wheels.txt --dest dist/wheels
	@du -sh dist/wheels

# Needs Debian's packages fonts-noto-cjk and unicode-data. The fonts are kept in the repository.
fonts: setup
	@$(UV) install --quiet --python $(BIN)/python --group fonts
	@$(BIN)/python packaging/make_fonts.py

# The environment stays, and so does ./liuzhou: a city folder may hold someone's work.
clean:
	@rm -rf build dist site .hypothesis .mypy_cache .ruff_cache .import_linter_cache src/*.egg-info
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
