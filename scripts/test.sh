#!/usr/bin/env bash
# Everything that has to hold before a change is merged: builds without a warning, checks the style,
# runs all tests. The tests run the tool of the same build. Arguments go to `swift test`:
#
#   scripts/test.sh --filter TandemZooTests

source "$(dirname "$0")/common.sh"

scripts/setup.sh --tests
find_swift
scripts/build.sh --tests
scripts/lint.sh
scripts/test-onednn3.sh --headers
scripts/test-cluster.sh
say "swift test"
exec "$swift" test -c release --skip-build "$@"
