#!/usr/bin/env bash
# Checks the style of all Swift files and shell scripts; changes nothing. `make format` mends Swift.

source "$(dirname "$0")/common.sh"

find_swift
say "swift format lint --strict"
"$swift" format lint --strict --parallel --recursive Sources Tests Package.swift ||
  fail "the style check found the places above; 'make format' mends most of them"

if command -v shellcheck >/dev/null; then
  say "shellcheck"
  shellcheck --external-sources --source-path=SCRIPTDIR scripts/*.sh .ci/run \
    Benchmarks/*-with-pytorch Benchmarks/*.sh Cluster/local-cluster ||
    fail "shellcheck found the places above"
else
  say "shellcheck is not installed: the shell scripts are not checked"
fi
