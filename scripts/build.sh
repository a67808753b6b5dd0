#!/usr/bin/env bash
# Builds the package in release mode.
#
#   scripts/build.sh           libraries and the tool
#   scripts/build.sh --tests   also the tests; warnings in our own code are errors

source "$(dirname "$0")/common.sh"

readonly build=.build
# Warnings of earlier builds, kept because the compiler does not repeat them for unchanged files.
readonly known_warnings=$build/warnings.txt

tests=""
if [ "${1:-}" = "--tests" ]; then tests=yes; fi

# Without their objects the modules are compiled again, and the compiler repeats its warnings.
forget_own_objects() {
  find -L "$build"/release -path "$build/release/[CT]*.build/*" -name '*.o' -delete
}

find_swift
mkdir -p "$build"
if [ -n "$tests" ] && [ -s "$known_warnings" ]; then
  forget_own_objects
  rm -f "$known_warnings"
fi

arguments=(build -c release)
if [ -n "$tests" ]; then arguments+=(--build-tests); fi
say "swift ${arguments[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
"$swift" "${arguments[@]}" 2>&1 | tee "$log" || status=$?

# Ours are the files of this package, not of the packages it depends on, which are in .build.
grep -E 'warning:' "$log" | grep -F "$root/" | grep -vF "$root/$build/" >>"$known_warnings" || true
[ "$status" -eq 0 ] || fail "the build failed; see the compiler's messages above"
if [ -n "$tests" ] && [ -s "$known_warnings" ]; then
  sort -u "$known_warnings" >&2
  fail "the compiler warned about our own code, see above; mend it, warnings count as errors here"
fi
