# Sourced by the benchmark that compares with TensorFlow, too: makes a virtual environment with it in
# Benchmarks/.venv-tensorflow the first time, and sets `tensorflow_python` to its interpreter. Where it
# cannot be installed the comparison goes without it: there is no build for every version of Python.
# shellcheck shell=sh

folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/say.sh"

tensorflow_environment=$folder/.venv-tensorflow
tensorflow_python=$tensorflow_environment/bin/python
tensorflow='tensorflow-cpu==2.21.0'

if ! [ -e "$tensorflow_environment/complete" ]; then
  say "installing $tensorflow into Benchmarks/.venv-tensorflow"
  rm -rf "$tensorflow_environment"
  if python3 -m venv "$tensorflow_environment" &&
    "$tensorflow_python" -m pip install --quiet --disable-pip-version-check "$tensorflow"; then
    touch "$tensorflow_environment/complete"
  else
    say "$tensorflow could not be installed (see above): going on without TensorFlow"
    rm -rf "$tensorflow_environment"
    tensorflow_python=
  fi
fi
