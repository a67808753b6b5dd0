#!/usr/bin/env bash
# Exports networks of the zoo, has ONNX' own checker read the files and ONNX Runtime compute them, and
# compares with what Tandem computes. Installs both from PyPI into Benchmarks/.venv-onnx, unless PYTHON
# names a Python that has them.
#
#   scripts/test-onnx.sh             every network, narrow, and files of trainings (a few minutes)
#   scripts/test-onnx.sh --full      eight networks as wide as published, 224×224 and more
#   scripts/test-onnx.sh resnet-50   one of them

source "$(dirname "$0")/common.sh"

environment=Benchmarks/.venv-onnx
python=${PYTHON:-$environment/bin/python}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

if ! "$python" -c 'import onnx, onnxruntime, numpy' 2>/dev/null; then
  [ -z "${PYTHON:-}" ] || fail "$PYTHON does not have onnx, onnxruntime and numpy"
  say "installing onnx and onnxruntime into $environment"
  python3 -m venv "$environment" ||
    fail "python3 cannot make a virtual environment; install it, on Debian and Ubuntu: python3-venv"
  "$environment/bin/python" -m pip install --quiet --disable-pip-version-check \
    onnx onnxruntime numpy || fail "they could not be installed, see above"
fi

find_swift
if [ -z "${TANDEM_BUILT:-}" ]; then
  scripts/setup.sh --tests
  scripts/build.sh --tests
fi

only=()
if [ "${1:-}" = --full ]; then
  export TANDEM_ONNX_FULL=yes
elif [ $# -gt 0 ]; then
  only=(--only "$1")
fi
TANDEM_ONNX_CASES=$folder "$swift" test -c release --skip-build --filter 'ONNXZooTests/writing' \
  >"$folder/log" 2>&1 || { cat "$folder/log"; fail "the cases could not be written"; }
sed -n 's/^onnx case //p' "$folder/log" >"$folder/cases"
"$python" Tests/Fixtures/onnx/check_files.py .build/release/tandem "$folder" "${only[@]}" ||
  fail "files differ from Tandem's networks"
say "ONNX Runtime computes what Tandem does"
