# Sourced by pytorch-environment.sh and tensorflow-environment.sh: messages.
# shellcheck shell=sh

say() { printf 'benchmark: %s\n' "$*" >&2; }
