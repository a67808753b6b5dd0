# Sourced by the benchmarks that need PyTorch: makes a virtual environment with it in Benchmarks/.venv
# the first time, and sets `python` to its interpreter.
# shellcheck shell=sh

folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/say.sh"

environment=$folder/.venv
python=$environment/bin/python
torch=torch==2.13.0+cpu

if ! "$python" -c 'import torch, numpy' 2>/dev/null; then
  say "installing $torch into Benchmarks/.venv"
  if ! python3 -m venv "$environment"; then
    say "python3 cannot make a virtual environment; install it, on Debian and Ubuntu: python3-venv"
    exit 1
  fi
  if ! "$python" -m pip install --quiet --disable-pip-version-check "$torch" numpy; then
    say "$torch, PyTorch's build for CPUs, could not be installed (see above); where the default" \
      "package index does not have it, name PyTorch's own in PIP_EXTRA_INDEX_URL"
    rm -rf "$environment"
    exit 1
  fi
fi
