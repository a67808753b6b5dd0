#!/usr/bin/env bash
# The part of scripts/test-systems.sh that runs on the system that is tested: installs what is
# missing, builds, and runs the tests. Arguments go to `swift test`. Leaves the versions of the
# libraries in .build/versions.txt. Exits with 125 where packages cannot be installed.

source "$(dirname "$0")/common.sh"

scripts/setup.sh --tests || { echo "error: its packages cannot be installed"; exit 125; }
scripts/build.sh --tests
find_swift
onednn=$(.build/release/tandem doctor --json | sed -nE 's/^ *"oneDnnVersion" : "(.*)".*/\1/p')
mpi=$(mpirun --version | sed -nE '1s/.* ([0-9][0-9.]*).*/\1/p')
printf 'onednn=%s\nmpi=%s\n' "$onednn" "$mpi" >.build/versions.txt
say "oneDNN $onednn, Open MPI $mpi"
if [ $# -eq 0 ]; then scripts/test-cluster.sh; fi
say "swift test"
exec "$swift" test -c release --skip-build "$@"
