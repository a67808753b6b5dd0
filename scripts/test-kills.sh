#!/usr/bin/env bash
# Kills a training at random moments (default: 20 times), resumes it with other workers and ranks each
# time, and compares history, best, averaged and last weights with those of an undisturbed run.
# `make test` does so with fewer. Tests must have been built: scripts/build.sh --tests.
#
#   scripts/test-kills.sh [KILLS]

source "$(dirname "$0")/common.sh"
find_swift
kills=${1:-20}
[[ "$kills" =~ ^[1-9][0-9]*$ ]] || fail "usage: scripts/test-kills.sh [KILLS]"
TANDEM_KILLS=$kills exec "$swift" test -c release --skip-build --filter KilledRunTests
