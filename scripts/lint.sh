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
    Benchmarks/memory Benchmarks/*-with-pytorch Benchmarks/*.sh Cluster/local-cluster \
    Cluster/slurm.sbatch ||
    fail "shellcheck found the places above"
else
  say "shellcheck is not installed: the shell scripts are not checked"
fi

checked=""
for python in python3 /usr/bin/python3; do
  if [ -z "$checked" ] && "$python" -c 'import jsonschema, yaml' 2>/dev/null; then
    say "files for clusters"
    "$python" scripts/check-cluster-files.py || fail "a file in Cluster/ is wrong, see above"
    checked=yes
  fi
done
if [ -z "$checked" ]; then
  say "Python's modules jsonschema and yaml are not installed: the files in Cluster/ are not checked"
fi
