#!/usr/bin/env bash
# Reads broken pictures for a while (default: 60 seconds), with clang's libFuzzer and checks of each
# access to memory, and ends with an error at the first fault. What it learned and the file that
# broke it stay in .build/fuzz-pictures.
#
#   scripts/fuzz-pictures.sh [SECONDS]

source "$(dirname "$0")/common.sh"
find_swift
seconds=${1:-60}
[[ "$seconds" =~ ^[1-9][0-9]*$ ]] || fail "usage: scripts/fuzz-pictures.sh [SECONDS]"

# Swift's own clang has libFuzzer; another one would do.
clang=$(dirname "$(readlink -f "$swift")")/clang
[ -x "$clang" ] || clang=clang
work=.build/fuzz-pictures
mkdir -p "$work/corpus"
say "building with $clang"
"$clang" -std=gnu17 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
  -I Sources/CPictures/include Tests/Fuzz/fuzz_pictures.c Sources/CPictures/*.c \
  -ljpeg -lpng -lwebp -lz -o "$work/fuzz" 2>"$work/build.log" ||
  fail "the fuzz target does not build: see $work/build.log"
say "reading broken pictures for $seconds seconds"
"$work/fuzz" "-max_total_time=$seconds" -rss_limit_mb=2048 -timeout=10 -max_len=4096 \
  "-artifact_prefix=$work/" "$work/corpus" Tests/Fixtures/TandemImage/files
