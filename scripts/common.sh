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

# Sets `swift` to the first Swift of the required version among $SWIFT, the PATH and the places where
# toolchains are usually unpacked, and puts its folder first on the PATH.
find_swift() {
  local candidate version found_old=""
  local -a candidates=()
  if [ -n "${SWIFT:-}" ]; then
    candidates=("$SWIFT")
  else
    while IFS= read -r candidate; do candidates+=("$candidate"); done < <(type -aP swift)
    candidates+=("${SWIFTLY_BIN_DIR:-$HOME/.local/share/swiftly/bin}/swift")
    candidates+=(/opt/swift*/usr/bin/swift /usr/local/swift*/usr/bin/swift)
    candidates+=(/usr/share/swift*/usr/bin/swift "$HOME"/swift*/usr/bin/swift)
  fi
  for candidate in "${candidates[@]}"; do
    [ -x "$candidate" ] || continue
    version=$(swift_version_of "$candidate")
    [ -n "$version" ] || continue
    if [ "${version%%.*}" -gt "$minimum_swift_major" ] ||
      { [ "${version%%.*}" -eq "$minimum_swift_major" ] &&
        [ "${version#*.}" -ge "$minimum_swift_minor" ]; }; then
      swift=$candidate
      PATH=$(dirname "$candidate"):$PATH
      export PATH
      return
    fi
    found_old="$candidate is Swift $version"
  done
  local needed="Tandem needs a Swift toolchain, $minimum_swift_major.$minimum_swift_minor or newer"
  local remedy="install one from https://www.swift.org/install/linux/ and put it on the PATH, or name it: make SWIFT=/path/to/usr/bin/swift"
  if [ -n "$found_old" ]; then
    fail "$needed, and $found_old; $remedy"
  elif [ -n "${SWIFT:-}" ]; then
    fail "$needed, and SWIFT=$SWIFT does not run as one; $remedy"
  fi
  fail "$needed, and none was found; $remedy"
}
