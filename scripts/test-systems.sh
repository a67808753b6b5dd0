#!/usr/bin/env bash
# Builds Tandem and runs its tests on the systems that people have, and prints one table in the end.
#
#   scripts/test-systems.sh                      all systems
#   scripts/test-systems.sh debian-13            one of them
#   scripts/test-systems.sh debian-13 --filter TandemExecutionTests
#   scripts/test-systems.sh --if-possible …      ends well where it cannot be done, and says why
#
# scripts/enter-system.sh says where the systems are kept. What the tests printed stays in
# .build/systems/NAME.txt.

source "$(dirname "$0")/common.sh"

systems=()
if_possible=""
filter=()
while [ $# -gt 0 ]; do
  case "$1" in
  --if-possible) if_possible=yes ;;
  --filter)
    [ $# -gt 1 ] || fail "--filter wants the names of tests"
    filter=(--filter "$2")
    shift
    ;;
  -*) fail "there is no option $1; the first lines of scripts/test-systems.sh say which there are" ;;
  *) systems+=("$1") ;;
  esac
  shift
done
if [ "${#systems[@]}" -eq 0 ]; then systems=(debian-12 debian-13 ubuntu-24.04); fi

readonly results=$root/.build/systems
mkdir -p "$results"

# The number of tests in the closing line of `swift test`.
tests_in() {
  sed -nE 's/.*Test run with ([0-9]+) tests? .*/\1/p' "$1" | tail -n 1
}

# Tests that failed; cases of a test with arguments are not counted one by one.
failures_in() {
  grep -E '^. Test .* failed after' "$1" | grep -cvE '^. Test (run|case) ' || true
}

value_in() {
  sed -nE "s/^$1=//p" "$2" 2>/dev/null || true
}

# row NAME STATUS: a line of the table.
row() {
  local log=$results/$1.txt versions=$results/$1/versions.txt tests failed
  tests=$(tests_in "$log")
  if [ -n "$tests" ]; then
    failed=$(failures_in "$log")
    # A run that a signal ended, or that failed elsewhere, has not passed whatever it counted.
    if [ "$2" -ne 0 ] && [ "$failed" -eq 0 ]; then failed="it ended with $2"; fi
    printf '| %s | %s | %s | %s | %s | %s |\n' "$1" "$(value_in onednn "$versions")" \
      "$(value_in mpi "$versions")" "$tests" "$((tests - ${failed%%[!0-9]*}))" "$failed"
  else
    printf '| %s | – | – | – | – | %s |\n' "$1" "$(tail -n 1 "$log" | sed 's/^error: //; s/|/ /g')"
  fi
}

rows=()
worst=0
for system in "${systems[@]}"; do
  log=$results/$system.txt
  rm -f "$results/$system/versions.txt"
  status=0
  scripts/enter-system.sh "$system" scripts/test-this-system.sh ${filter[@]+"${filter[@]}"} \
    2>&1 | tee "$log" || status=${PIPESTATUS[0]}
  if [ "$status" -eq 125 ] && [ -n "$if_possible" ]; then
    say "skipped: $system was not tested: $(tail -n 1 "$log" | sed 's/^error: //')"
  elif [ "$status" -ne 0 ]; then
    worst=1
  fi
  rows+=("$(row "$system" "$status")")
done

echo
echo '| system | oneDNN | Open MPI | tests | passed | failed |'
echo '|---|---|---|---:|---:|---:|'
printf '%s\n' "${rows[@]}"
exit "$worst"
