#!/usr/bin/env bash
# Debian 12 has oneDNN 2.6, newer systems have 3.x, whose C interface differs. This checks the shim
# against 3.x on any machine, with the headers and the library that PyPI has.
#
#   scripts/test-onednn3.sh --headers   compiles the shim against the newest 3.x headers
#   scripts/test-onednn3.sh             also builds everything with 3.2 and runs the execution tests
#
# Where Python's pip or PyPI is out of reach it says so and ends well.

source "$(dirname "$0")/common.sh"

headers_only=""
if [ "${1:-}" = "--headers" ]; then headers_only=yes; fi

readonly cache=.build/onednn3

# Downloads and unpacks a wheel once: fetch FOLDER REQUIREMENT
fetch() {
  local folder=$cache/$1 requirement=$2
  if [ -e "$folder/complete" ]; then return; fi
  rm -rf "$folder"
  mkdir -p "$folder/wheel"
  python3 -m pip download --quiet --disable-pip-version-check --no-deps \
    --dest "$folder/wheel" "$requirement" || return 1
  python3 -m zipfile -e "$folder"/wheel/*.whl "$folder"
  touch "$folder/complete"
}

if ! python3 -m pip --version >/dev/null 2>&1 || ! fetch newest-headers onednn-devel; then
  say "skipped: the shim was not checked against oneDNN 3.x, for that needs Python's pip and PyPI"
  exit 0
fi

find_swift
compiler=$(dirname "$swift")/clang++
for folder in "$cache"/newest-headers/*/data/include; do
  version=$(sed -nE 's/^#define DNNL_VERSION_(MAJOR|MINOR|PATCH) //p' \
    "$folder/oneapi/dnnl/dnnl_version.h" | paste -sd. -)
  say "compiling the shim against the headers of oneDNN $version"
  for source in Sources/COneDNN/*.cpp; do
    "$compiler" -std=c++17 -Wall -Wextra -Werror -fsyntax-only \
      -I "$folder" -I Sources/COneDNN/include "$source" ||
      fail "$source does not compile against oneDNN $version, see above"
  done
done
if [ -n "$headers_only" ]; then exit 0; fi

# 2023.2 holds oneDNN 3.2 for GNU OpenMP, as Debian builds it; later wheels are for other runtimes.
if ! fetch library onednn-cpu-gomp==2023.2.0 || ! fetch headers onednn-devel-cpu-gomp==2023.2.0; then
  fail "oneDNN 3.2 could not be downloaded from PyPI; try again later"
fi
include=$(cd "$cache"/headers/*/data/include && pwd -P)
library=$(cd "$cache"/library/*/data/lib && pwd -P)

# pkg-config's library folders come before ours on the linker's command line: let them be ours.
mkdir -p "$cache/pkgconfig"
for name in zlib libzip; do
  pkg-config --variable=pcfiledir "$name" >/dev/null || fail "pkg-config does not know $name"
  sed "s|^libdir=.*|libdir=$library|" "$(pkg-config --variable=pcfiledir "$name")/$name.pc" \
    >"$cache/pkgconfig/$name.pc"
done
PKG_CONFIG_PATH=$(cd "$cache/pkgconfig" && pwd -P)
export PKG_CONFIG_PATH LD_LIBRARY_PATH=$library
options=(-c release --scratch-path "$cache/build" -Xcc "-I$include" -Xswiftc "-L$library")
say "building with oneDNN 3.2"
"$swift" build "${options[@]}" --build-tests
ldd "$cache"/build/release/*.xctest | grep -q 'libdnnl.so.3 ' ||
  fail "the tests were not linked with oneDNN 3.x"
"$swift" test "${options[@]}" --skip-build --filter TandemExecutionTests
