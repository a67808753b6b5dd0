#!/usr/bin/env bash
# Reads broken files for a while (default: 60 seconds), with libFuzzer and checks of each access to
# memory, and ends with an error at the first fault: those of torch.save (weights), or tar archives,
# also in gzip, Keras' .npz and IDX files (archives). What it learned and the file that broke it stay
# in .build/fuzz-weights or .build/fuzz-archives.
#
#   scripts/fuzz-readers.sh weights|archives [SECONDS]

source "$(dirname "$0")/common.sh"
find_swift
kind=${1:-}
seconds=${2:-60}
[[ "$kind" =~ ^(weights|archives)$ && "$seconds" =~ ^[1-9][0-9]*$ ]] ||
  fail "usage: scripts/fuzz-readers.sh weights|archives [SECONDS]"

bin=$(dirname "$(readlink -f "$swift")")
work=.build/fuzz-$kind
mkdir -p "$work/corpus" "$work/seeds" "$work/objects"

# The modules of Swift in the order of their imports; the last one is compiled with the target in it.
c_sources=(Sources/CProcess/*.c Sources/CKernels/Data/*.c)
modules=(TandemProcess TandemTensor)
libraries=(-lzip)
if [ "$kind" = archives ]; then
  c_sources=(Sources/{CProcess,CPictures,CFetch}/*.c)
  while IFS= read -r file; do c_sources+=("$file"); done < <(find Sources/CKernels -name '*.c')
  modules+=(TandemImage TandemData)
  libraries+=(-ljpeg -lpng -lwebp -lz -lcurl -lm)
fi

# compile MODULE FLAGS…
compile() {
  local module=$1 sources
  shift
  mapfile -t sources < <(find "Sources/$module" -name '*.swift')
  "$bin/swiftc" -swift-version 6 -package-name tandem -parse-as-library -g -O -wmo -I "$work" \
    -I Sources/CKernels -I Sources/CZip -I Sources/CZlib -module-name "$module" \
    -emit-module-path "$work/$module.swiftmodule" "${sources[@]}" "$@"
}

say "building the fuzz target"
{
  for shim in CProcess CPictures CFetch; do
    printf 'module %s { umbrella header "%s"\n export * }\n' \
      "$shim" "$PWD/Sources/$shim/include/$shim.h"
  done >"$work/module.modulemap"
  for file in "${c_sources[@]}"; do
    "$bin/clang" -std=gnu17 -g -O1 -I Sources/CKernels -I Sources/CProcess/include \
      -I Sources/CPictures/include -I Sources/CFetch/include -c "$file" \
      -o "$work/objects/$(echo "$file" | tr / -).o" || exit 1
  done
  last=$((${#modules[@]} - 1))
  for module in "${modules[@]:0:last}"; do
    compile "$module" -c -o "$work/objects/$module.o"
  done
  compile "${modules[last]}" -emit-executable -sanitize=fuzzer,address \
    "Tests/Fuzz/fuzz_$kind.swift" "$work"/objects/*.o "${libraries[@]}" -o "$work/fuzz"
} >"$work/build.log" 2>&1 || fail "the fuzz target does not build: see $work/build.log"

python3 "Tests/Fuzz/seeds_$kind.py" "$work/seeds"
say "reading broken $kind for $seconds seconds"
"$work/fuzz" "-max_total_time=$seconds" -rss_limit_mb=4096 -timeout=20 -max_len=16384 \
  "-artifact_prefix=$work/" "$work/corpus" "$work/seeds"
