#!/usr/bin/env bash
# From a fresh clone to a trained network: installs what is missing, builds, trains for about a minute
# on the pictures that Tandem draws itself, and says what to try next.

source "$(dirname "$0")/common.sh"

scripts/setup.sh
scripts/build.sh
