#!/usr/bin/env bash
# Trains networks of the zoo with the two devices of a mesh, model-parallel and hybrid, and compares with
# one worker: loss and weights after one step, the loss over 50 steps, and whether a second run has the same
# bits. The devices are threads, and then the ranks of an mpirun job. Prints a table.
#
#   scripts/test-mesh.sh            all cases of Tests/MeshProof/MeshProofCases.swift (about five minutes)
#   scripts/test-mesh.sh resnet-18  one of them

source "$(dirname "$0")/common.sh"

scripts/setup.sh --tests
find_swift
scripts/build.sh --tests
tests=.build/release/rank-tests
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

names=${1:-$("$tests" mesh-proof-cases)}
[ -n "$names" ] || fail "the tests list no cases"

failures=0
"$tests" mesh-proof-heading
for name in $names; do
  "$tests" mesh-proof "$name" 1x2 || failures=$((failures + 1))
  timeout 900 mpirun -n 2 --oversubscribe "$tests" mesh-proof "$name" 1x2 ||
    failures=$((failures + 1))
done
[ "$failures" -eq 0 ] || fail "$failures cases differ from one worker's training"
say "devices train all networks as one worker does"
