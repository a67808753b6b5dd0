#!/usr/bin/env bash
# Compares the networks of the zoo with PyTorch, which it installs into Benchmarks/.venv: outputs, loss,
# all gradients, and weights after ten steps. Tandem writes weights and images to a file, PyTorch
# computes in double precision what it has to say, Tandem compares.
#
#   scripts/test-parity.sh              every network as wide as published (about half an hour); up to six
#                                       draws of weights and images each, see ParityCase.full
#   scripts/test-parity.sh resnet-50    one of them
#   scripts/test-parity.sh --insight    only inner values and gradients of three networks, by PyTorch's hooks,
#                                       see InsightParityTests
#   scripts/test-parity.sh --held-out   only how all weights of VGG-A change in three steps, beside PyTorch's
#                                       float32: five draws, a table of layers (five minutes, 1 GB of disk)
#   scripts/test-parity.sh --fixtures   writes the results that `make test` compares with

source "$(dirname "$0")/common.sh"

python=Benchmarks/.venv/bin/python
fixtures=Tests/Fixtures/pytorch/zoo
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

scripts/setup.sh --tests
find_swift
scripts/build.sh --tests
sh -c '. Benchmarks/pytorch-environment.sh' Benchmarks/test-parity

# The names of the cases in one of the lists of ParityCase.swift.
cases() {
  TANDEM_PARITY_LIST=$1 "$swift" test -c release --skip-build --filter 'ParityTests/listing' 2>&1 |
    sed -n 's/^parity case //p'
}

# results NAME SAMPLES [OPTION]: Tandem writes a case, PyTorch its results.
results() {
  export TANDEM_PARITY_ONLY=$1
  TANDEM_PARITY_CASES=$folder "$swift" test -c release --skip-build \
    --filter 'ParityTests/writing' >"$folder/log" 2>&1 || { cat "$folder/log"; return 1; }
  "$python" Tests/Fixtures/pytorch/parity.py "$folder" --only "$1" --samples "$2" "${@:3}"
}

# compare NAME [SAMPLES]: one case through all three stages.
compare() {
  results "$1" "${2:-1000}" || return 1
  TANDEM_PARITY_RESULTS=$folder "$swift" test -c release --skip-build \
    --filter 'ParityTests/full' >"$folder/log" 2>&1
  local status=$?
  grep '^parity of' "$folder/log" || true
  if [ "$status" -ne 0 ]; then grep '✘' "$folder/log" | cut -c1-300; fi
  return "$status"
}

# compare_insight SIZE [SAMPLES [FIXTURES [OPTION]]]: inner values of all its small or full networks, which
# are kept in a folder if one is given.
compare_insight() {
  rm -f "$folder"/*.safetensors
  export TANDEM_INSIGHT_SIZE=$1
  TANDEM_INSIGHT_CASES=$folder "$swift" test -c release --skip-build \
    --filter 'InsightParityTests/writing' >"$folder/log" 2>&1 || { cat "$folder/log"; return 1; }
  "$python" Tests/Fixtures/pytorch/insight.py "$folder" --samples "${2:-1000}" ${4:+"$4"} || return 1
  if [ -n "${3:-}" ]; then
    mkdir -p "$3"
    cp "$folder"/*.insight.safetensors "$3/"
  fi
  TANDEM_INSIGHT_RESULTS=$folder "$swift" test -c release --skip-build \
    --filter 'InsightParityTests/equal' >"$folder/log" 2>&1
  local status=$?
  grep '^insight of' "$folder/log" || true
  if [ "$status" -ne 0 ]; then grep '✘' "$folder/log" | cut -c1-300; fi
  rm -f "$folder"/*.safetensors
  return "$status"
}

# Tandem's errors of VGG-A's weights against those of PyTorch's float32, over all draws. Every element
# is compared.
compare_held_out() {
  local name names
  names=$(cases held-out)
  [ -n "$names" ] || fail "the tests list no cases"
  for name in $names; do
    results "$name" 1000000000 --changes || return 1
    rm -f "$folder/$name.case.safetensors"
  done
  unset TANDEM_PARITY_ONLY
  TANDEM_PARITY_HELD_OUT=$folder "$swift" test -c release --skip-build \
    --filter 'HeldOutParityTests/heldOut' >"$folder/log" 2>&1
  local status=$?
  sed -n 's/^held-out //p' "$folder/log"
  if [ "$status" -ne 0 ]; then grep '✘' "$folder/log" | cut -c1-300; fi
  rm -f "$folder"/*.safetensors
  return "$status"
}

if [ "${1:-}" = --held-out ]; then
  compare_held_out || fail "weights of VGG-A are further from double precision than they may be"
  say "weights of VGG-A change as nearly as PyTorch's"
  exit 0
fi

if [ "${1:-}" = --insight ]; then
  "$python" Tests/corners_test.py || fail "what compares with PyTorch is wrong itself"
  compare_insight full 1000 "" --float32 || fail "inner values differ from PyTorch's"
  say "inner values equal PyTorch's"
  exit 0
fi

# The names of the cases to compare; none at all would look like success.
if [ "${1:-}" = --fixtures ]; then
  names=$(cases small)
elif [ $# -gt 0 ]; then
  names=$(printf 'full-%s\n' "$@")
else
  names=$(cases full)
fi
[ -n "$names" ] || fail "the tests list no cases"

failures=0
if [ "${1:-}" = --fixtures ]; then
  mkdir -p "$fixtures"
  for name in $names; do
    compare "$name" 16 || failures=$((failures + 1))
    cp "$folder/$name.result.safetensors" "$fixtures/"
    rm -f "$folder"/*.safetensors
  done
  for name in $(cases changes); do
    results "$name" 500 --changes || failures=$((failures + 1))
    cp "$folder/$name.result.safetensors" "$fixtures/"
    rm -f "$folder"/*.safetensors
  done
  compare_insight small 200 Tests/Fixtures/pytorch/insight || failures=$((failures + 1))
else
  for name in $names; do
    equal=no
    for seed in 1 2 3 4 5 6; do
      export TANDEM_PARITY_SEED=$seed
      if compare "$name"; then equal=yes; fi
      rm -f "$folder"/*.safetensors
      [ "$equal" = no ] || break
    done
    [ "$equal" = yes ] || failures=$((failures + 1))
  done
fi
if [ $# -eq 0 ]; then
  "$python" Tests/corners_test.py || failures=$((failures + 1))
  compare_insight full || failures=$((failures + 1))
  compare_held_out || failures=$((failures + 1))
  "$python" Tests/convert_weights_test.py .build/release/tandem || failures=$((failures + 1))
fi
[ "$failures" -eq 0 ] || fail "$failures networks differ from PyTorch's"
say "all networks equal PyTorch's"
