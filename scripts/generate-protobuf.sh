#!/usr/bin/env bash
# Makes the Swift sources of the files' messages, Sources/TandemExport/Protobuf/*.pb.swift, again from
# the .proto files beside them. Only who changes a .proto file needs it. Debian's protobuf-compiler
# reads the files; swift-protobuf's plugin, which writes Swift, is built once in .build/protobuf.

source "$(dirname "$0")/common.sh"

command -v protoc >/dev/null || fail "protoc is missing; on Debian and Ubuntu: apt-get install protobuf-compiler"
find_swift
checkout=.build/checkouts/swift-protobuf
[ -d "$checkout" ] || "$swift" package resolve

# The plugin of the library's own version, in a copy: a checkout is not ours to build in.
copy=.build/protobuf
if ! cmp -s "$checkout/Sources/SwiftProtobuf/Version.swift" "$copy/Sources/SwiftProtobuf/Version.swift"; then
  rm -rf "$copy"
  cp -R "$checkout" "$copy"
  chmod -R u+w "$copy"
fi
say "building protoc-gen-swift"
"$swift" build --package-path "$copy" -c release --product protoc-gen-swift

folder=Sources/TandemExport/Protobuf
say "writing $folder/*.pb.swift"
protoc --plugin="$copy/.build/release/protoc-gen-swift" --proto_path="$folder" \
  --swift_opt=Visibility=Package --swift_out="$folder" "$folder"/*.proto
