#!/usr/bin/env bash
# Formats all Swift and Python files in place.

source "$(dirname "$0")/common.sh"
source scripts/ruff.sh

find_swift
"$swift" format --in-place --parallel --recursive Sources Tests Snippets \
  Benchmarks/picture-bench Package.swift

find_ruff || install_ruff ||
  fail "ruff $ruff_version could not be installed (see above): the Python files are as they were"
find_ruff
mapfile -t files < <(python_files)
"$ruff" check --quiet --fix "${files[@]}" || say "ruff leaves what is above to you"
"$ruff" format --quiet "${files[@]}"
