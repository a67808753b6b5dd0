#!/usr/bin/env bash
# Runs a command on another system than this machine's, in this checkout and with this machine's Swift
# toolchain:
#
#   scripts/enter-system.sh debian-13 bash
#
# The system is made by debootstrap where it is not there yet, and kept, in $TANDEM_SYSTEMS
# (/var/cache/tandem/systems). What is built there is in .build/systems, and seen as .build. Mounts
# and processes end with the command. Needs root.
#
# What it has to say itself goes to standard error: standard output is the command's.
#
# Exits with the command's code, or with 125 where there is no such system to enter, for a reason that
# is told in one line.

source "$(dirname "$0")/common.sh"

readonly systems_folder=${TANDEM_SYSTEMS:-/var/cache/tandem/systems}

cannot() {
  printf 'error: %s\n' "$*" >&2
  exit 125
}

# What debootstrap calls a system; nothing for one that it does not know.
release_of() {
  case "$1" in
  debian-12) echo bookworm ;;
  debian-13) echo trixie ;;
  ubuntu-24.04) echo noble ;;
  esac
}

install_here() {
  command -v apt-get >/dev/null || return 1
  say "Going to install $1" >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$1" >/dev/null 2>&1 ||
    { apt-get update -q >/dev/null 2>&1 && DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -q --no-install-recommends "$1" >/dev/null 2>&1; }
}

# make_system NAME: its folder, complete or not there at all.
make_system() {
  local folder=$systems_folder/$1 log options=()
  if [ -e "$folder/etc/os-release" ]; then return; fi
  if ! command -v debootstrap >/dev/null; then
    install_here debootstrap || cannot "there is no debootstrap here, which makes $1"
  fi
  case "$1" in
  ubuntu-*)
    options=("--components=main,universe")
    [ -e /usr/share/keyrings/ubuntu-archive-keyring.gpg ] || install_here ubuntu-keyring ||
      cannot "the keys of Ubuntu's archive are not here (ubuntu-keyring)"
    ;;
  esac
  say "making a system of $1 in $folder" >&2
  rm -rf "$folder.partial"
  mkdir -p "$folder.partial"
  log=$folder.debootstrap.txt
  if ! debootstrap --variant=minbase ${options[@]+"${options[@]}"} "$(release_of "$1")" \
    "$folder.partial" >"$log" 2>&1; then
    rm -rf "$folder.partial"
    cannot "debootstrap could not make $1: $(tail -n 1 "$log")"
  fi
  mv "$folder.partial" "$folder"
  rm -f "$log"
}

# Mounts what the system needs and runs the command in it; in a mount and process namespace of its own.
# enter NAME TOOLCHAIN COMMAND…
enter() {
  local folder=$systems_folder/$1 build=$root/.build/systems/$1 toolchain=$2 kept
  mkdir -p "$build"
  # The Swift packages that were fetched outside are used again: nothing is fetched in there.
  if ! cmp -s "$root/.build/workspace-state.json" "$build/workspace-state.json"; then
    for kept in checkouts repositories workspace-state.json; do
      rm -rf "${build:?}/$kept"
      cp -a "$root/.build/$kept" "$build/"
    done
  fi
  # Its root is a mount of its own, because `ip netns` changes how that passes mounts on.
  mount --bind "$folder" "$folder"
  mkdir -p "$folder$root" "$folder$toolchain"
  mount --bind "$root" "$folder$root"
  mount --bind "$build" "$folder$root/.build"
  mount --bind "$toolchain" "$folder$toolchain"
  mount -t proc proc "$folder/proc"
  # hwloc, and with it mpirun, finds the cores there.
  mount --rbind /sys "$folder/sys"
  mount --rbind /dev "$folder/dev"
  mount -t tmpfs tmpfs "$folder/run"
  cp -L /etc/resolv.conf "$folder/etc/resolv.conf" 2>/dev/null || true
  shift 2
  exec chroot "$folder" /usr/bin/env -i --chdir="$root" HOME=/root LANG=C.UTF-8 TERM="${TERM:-dumb}" \
    SWIFT="$toolchain/usr/bin/swift" \
    PATH="$toolchain/usr/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
    "$@"
}

if [ "${1:-}" = --inside ]; then
  shift
  enter "$@"
fi

[ $# -ge 2 ] || fail "say which system and what to run there: scripts/enter-system.sh debian-13 bash"
system=$1
shift
[ -n "$(release_of "$system")" ] ||
  fail "there is no system $system; there are debian-12, debian-13 and ubuntu-24.04"
[ "$(id -u)" -eq 0 ] || cannot "entering another system needs root (mounts and chroot)"
unshare --mount --pid --fork true 2>/dev/null ||
  cannot "this machine does not let programs have mounts of their own"
find_swift
toolchain=$(dirname "$(dirname "$(dirname "$(readlink -f "$swift")")")")
[ "$toolchain" != / ] ||
  cannot "the Swift toolchain is in /usr, where the other system's files are; install one elsewhere"
make_system "$system"
say "fetching the Swift packages that Tandem uses" >&2
"$swift" package resolve >/dev/null 2>&1 || cannot "'swift package resolve' failed here"
exec unshare --mount --propagation private --pid --fork --kill-child "$0" --inside "$system" "$toolchain" "$@"
