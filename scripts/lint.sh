#!/usr/bin/env bash
# Checks the style of all Swift and Python files and shell scripts; changes nothing. `make format` mends
# Swift and Python. A check whose program is missing is left out with a line; `make test` installs them.

source "$(dirname "$0")/common.sh"
source scripts/ruff.sh

find_swift
say "swift format lint --strict"
"$swift" format lint --strict --parallel --recursive Sources Tests Snippets \
  Benchmarks/picture-bench Benchmarks/kernel-bench Package.swift ||
  fail "the style check found the places above; 'make format' mends most of them"

if command -v python3 >/dev/null; then
  say "comments within 100 columns"
  python3 scripts/wrap-comments.py --try
  python3 scripts/wrap-comments.py || fail "comments are too long, see above; 'make format' mends them"
else
  say "python3 is not installed: the length of comments is not checked"
fi

if command -v shellcheck >/dev/null; then
  say "shellcheck"
  shellcheck --external-sources --source-path=SCRIPTDIR scripts/*.sh .ci/run \
    Benchmarks/memory Benchmarks/*-with-pytorch Benchmarks/*.sh Cluster/local-cluster \
    Cluster/slurm.sbatch ||
    fail "shellcheck found the places above"
else
  say "shellcheck is not installed: the shell scripts are not checked"
fi

if find_ruff; then
  say "ruff check, ruff format --check"
  mapfile -t files < <(python_files)
  "$ruff" check --quiet "${files[@]}" ||
    fail "ruff found the places above; 'make format' mends some of them"
  "$ruff" format --quiet --check --diff "${files[@]}" ||
    fail "Python files are formatted otherwise, see above; 'make format' mends them"
else
  say "ruff $ruff_version is not installed: the Python files are not checked;" \
    "install it: scripts/setup.sh --tests, or pip install ruff==$ruff_version"
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
