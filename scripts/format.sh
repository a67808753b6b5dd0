#!/usr/bin/env bash
# Formats all Swift and Python files in place, and comments of C files.

source "$(dirname "$0")/common.sh"
source scripts/ruff.sh

find_swift
"$swift" format --in-place --parallel --recursive Sources Tests Snippets \
  Benchmarks/picture-bench Benchmarks/kernel-bench Package.swift

if command -v python3 >/dev/null; then
  python3 scripts/wrap-comments.py --write || say "the comments above are left to you"
else
  say "python3 is not installed: comments are as they were"
fi

find_ruff || install_ruff ||
  fail "ruff $ruff_version could not be installed (see above): the Python files are as they were"
find_ruff
mapfile -t files < <(python_files)
"$ruff" check --quiet --fix "${files[@]}" || say "ruff leaves what is above to you"
"$ruff" format --quiet "${files[@]}"
