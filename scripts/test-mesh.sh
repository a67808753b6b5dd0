#!/usr/bin/env bash
# Trains networks of the zoo with the two devices of a mesh, model-parallel and hybrid, and compares with
# one worker: loss and weights after one step, weights after three, the loss over 50 steps, and whether a
# second run has the same bits. The devices are threads, and then the ranks of an mpirun job. Prints a table.
#
#   scripts/test-mesh.sh            all cases of Tests/MeshProof/MeshProofCases.swift (about five minutes)
#   scripts/test-mesh.sh resnet-18  one of them

source "$(dirname "$0")/common.sh"

scripts/setup.sh --tests
find_swift
scripts/build.sh --tests
tests=.build/release/rank-tests
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

known=$("$tests" mesh-proof-cases)
[ -n "$known" ] || fail "the tests list no cases"
names=${1:-$known}
if [ $# -gt 0 ] && ! grep --quiet --line-regexp --fixed-strings -e "$1" <<<"$known"; then
  fail "there is no case '$1'; there are ${known//$'\n'/, }"
fi

runs=0
failures=0
# Counts a run, and whether it failed; it may take a quarter of an hour.
run() {
  runs=$((runs + 1))
  timeout 900 "$@" || {
    say "failed with exit code $?: $*"
    failures=$((failures + 1))
  }
}

"$tests" mesh-proof-heading
for name in $names; do
  run "$tests" mesh-proof "$name" 1x2
  run mpirun -n 2 --oversubscribe "$tests" mesh-proof "$name" 1x2
done
[ "$failures" -eq 0 ] || fail "$failures of $runs runs failed; see above"
say "devices train all networks as one worker does"
