# Sourced by the other scripts: messages, the folder of the package, and finding the Swift toolchain.
# shellcheck shell=bash

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
readonly root
cd "$root"

# The oldest Swift that Package.swift's tools version accepts.
readonly minimum_swift_major=6
readonly minimum_swift_minor=1

say() {
  printf '==> %s\n' "$*"
}

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# Prints "6.3" for a working Swift compiler driver, nothing for anything else: the name is shared
# with the OpenStack client, which Debian installs as /usr/bin/swift.
swift_version_of() {
  "$1" --version 2>/dev/null </dev/null |
    sed -nE 's/.*Swift version ([0-9]+\.[0-9]+).*/\1/p' | head -n 1 || true
}

# The toolchain's driver, once find_swift has found it.
export swift=""

# Prints the programs named swift, one a line: $SWIFT alone if it is set, else those on the PATH and
# in the places where toolchains are usually unpacked.
swift_candidates() {
  if [ -n "${SWIFT:-}" ]; then
    echo "$SWIFT"
    return
  fi
  {
    type -aP swift || true
    printf '%s\n' "${SWIFTLY_BIN_DIR:-$HOME/.local/share/swiftly/bin}/swift" \
      /opt/swift*/usr/bin/swift /usr/local/swift*/usr/bin/swift /usr/share/swift*/usr/bin/swift \
      "$HOME"/swift*/usr/bin/swift
  } | while IFS= read -r candidate; do
    if [ -x "$candidate" ]; then echo "$candidate"; fi
  done
}

# Sets `swift` to the first candidate of the required version and puts its folder first on the PATH.
find_swift() {
  local candidate version why="none was found"
  while IFS= read -r candidate; do
    version=$(swift_version_of "$candidate")
    if [ -z "$version" ]; then
      why="'$candidate --version' does not print one"
    elif [ "${version%%.*}" -lt "$minimum_swift_major" ] ||
      { [ "${version%%.*}" -eq "$minimum_swift_major" ] &&
        [ "${version#*.}" -lt "$minimum_swift_minor" ]; }; then
      why="$candidate is Swift $version"
    else
      swift=$candidate
      PATH=$(dirname "$candidate"):$PATH
      export PATH
      return
    fi
  done < <(swift_candidates)
  fail "Tandem needs a Swift toolchain, $minimum_swift_major.$minimum_swift_minor or newer, and" \
    "$why; install one from https://www.swift.org/install/linux/ and put it on the PATH, or name it:" \
    "make SWIFT=/path/to/usr/bin/swift"
}
