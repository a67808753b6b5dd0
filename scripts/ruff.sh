# Sourced after common.sh by the scripts that check or format Python: ruff, and the files it is for.
# No release of Debian has ruff; it comes from PyPI, into .build.
# shellcheck shell=bash

# Other versions format otherwise.
readonly ruff_version=0.17.6
readonly ruff_environment=.build/ruff

# The program, once find_ruff has found it.
export ruff=""

# Sets `ruff` to a program of the right version, on the PATH or in .build; fails if there is none.
find_ruff() {
  local candidate
  for candidate in "$(command -v ruff || true)" "$ruff_environment/bin/ruff"; do
    if [ -n "$candidate" ] &&
      [ "$("$candidate" --version 2>/dev/null)" = "ruff $ruff_version" ]; then
      ruff=$candidate
      return
    fi
  done
  return 1
}

# Installs it where that is possible; fails otherwise, after what pip says.
install_ruff() {
  rm -rf "$ruff_environment"
  python3 -m venv "$ruff_environment" &&
    "$ruff_environment/bin/python" -m pip install --quiet --disable-pip-version-check --retries 1 \
      --timeout 15 "ruff==$ruff_version" && return
  rm -rf "$ruff_environment"
  return 1
}

# Prints the Python files, one a line: modules, and programs that say so in their first line.
python_files() {
  local folders=(Benchmarks Cluster Tests scripts)
  {
    find "${folders[@]}" -name '.venv*' -prune -o -name '*.py' -print
    grep -rlE --exclude-dir='.venv*' '^#!/usr/bin/env python3$' "${folders[@]}"
  } | sort -u
}
