#!/usr/bin/env bash
# Runs the tests of the kernels, and trainings, as on older processors, which QEMU emulates: Haswell has AVX2
# and no AVX-512, Westmere neither. What a processor has chooses the loops, so that on a newer one these
# would run nowhere.
#
#   scripts/test-processors.sh           both
#   scripts/test-processors.sh Westmere  one of them

source "$(dirname "$0")/common.sh"

# Winograd's loops are chosen by hand in their own tests, on any processor.
suites='FusedNormKernelTests|MaxPoolingKernelTests|SpreadMeansTests'
suites+='|LaneKernelTests/equalsItsDefinitionWithFewerInstructions'
readonly suites

scripts/setup.sh --tests
find_swift
scripts/build.sh --tests
if ! command -v qemu-x86_64 >/dev/null; then
  say "installing qemu-user, which emulates processors"
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends qemu-user >/dev/null 2>&1 ||
    fail "qemu-x86_64 is not here; install it, on Debian and Ubuntu: qemu-user"
fi
build=$(cd .build/release && pwd -P)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# model PROCESSOR: QEMU's name for it, without what QEMU cannot emulate; nothing for one not known here.
model() {
  case "$1" in
  Haswell) echo Haswell-noTSX,-pcid,-x2apic,-tsc-deadline,-invpcid ;;
  Westmere) echo Westmere ;;
  esac
}

# as PROCESSOR COMMAND…
as() {
  local processor
  processor=$(model "$1")
  shift
  qemu-x86_64 -cpu "$processor" "$@"
}

# weights FOLDER: the digest of what a training has left.
weights() {
  sha256sum "$1/checkpoint-last/model.safetensors" | cut -d ' ' -f 1
}

# trains_alike PROCESSOR NETWORK: the same weights with one worker and with two.
trains_alike() {
  local workers output=()
  for workers in 1 2; do
    output[workers]=$folder/$1-$2-$workers
    as "$1" "$build/tandem" train --model "$2" --data shapes:16,4 --batch-size 8 --shards 2 \
      --workers "$workers" --epochs 1 --seed 2 --output "${output[$workers]}" \
      >/dev/null 2>"$folder/messages" || {
      cat "$folder/messages" >&2
      fail "$2 does not train on $1"
    }
  done
  [ "$(weights "${output[1]}")" = "$(weights "${output[2]}")" ] ||
    fail "on $1 $2 has other weights with two workers than with one"
}

for processor in ${1:-Haswell Westmere}; do
  [ -n "$(model "$processor")" ] ||
    fail "there is no processor $processor here; there are Haswell and Westmere"
  say "$processor"
  as "$processor" "$build/tandemPackageTests.xctest" --testing-library swift-testing --filter "$suites"
  for network in lenet simple-convnet cifar-resnet-20; do trains_alike "$processor" "$network"; done
done
say "older processors compute the same"
