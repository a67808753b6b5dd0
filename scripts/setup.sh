#!/usr/bin/env bash
# Installs the system packages that building needs and that are missing, and checks the Swift
# toolchain. Does nothing, quickly, on a machine that has everything.
#
#   scripts/setup.sh           what building and running needs
#   scripts/setup.sh --tests   also what only the tests use

source "$(dirname "$0")/common.sh"
source scripts/ruff.sh

# oneDNN runs the networks, Open MPI connects the ranks of a job, libzip and zlib read .npz and .gz
# files, libjpeg, libpng and libwebp read pictures, libcurl fetches data sets, Cairo draws plots and
# evidence maps as PNG and SVG; Swift's own clang needs the C library's headers and GCC's start files
# and libraries (libgomp among them) to compile and link C.
packages=(libdnnl-dev libopenmpi-dev openmpi-bin libzip-dev zlib1g-dev libjpeg-dev libpng-dev
  libwebp-dev libcurl4-openssl-dev libcairo2-dev pkg-config libc6-dev g++ binutils ca-certificates)
if [ "${1:-}" = "--tests" ]; then packages+=(shellcheck iproute2 procps python3-yaml python3-jsonschema libjs-dygraphs); fi

is_installed() {
  dpkg-query --show --showformat='${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
}

# Shared libraries that a toolchain's programs are linked with and that a bare system lacks.
packages_of_toolchains() {
  local candidate program library
  while IFS= read -r candidate; do
    for program in swift-driver swift-package swift-frontend; do
      ldd "$(dirname "$(readlink -f "$candidate")")/$program" 2>/dev/null || true
    done
  done < <(swift_candidates) | awk '/not found/ { print $1 }' | sort -u | while read -r library; do
    case "$library" in
    libsqlite3.so.*) echo libsqlite3-0 ;;
    libcurl.so.*) echo libcurl4 ;;
    libxml2.so.*) echo libxml2 ;;
    libncurses*.so.6 | libtinfo.so.6 | libpanel*.so.6 | libform*.so.6) echo libncurses6 ;;
    libedit.so.*) echo libedit2 ;;
    libuuid.so.*) echo libuuid1 ;;
    libz3.so.*) echo libz3-4 ;;
    esac
  done | sort -u
}

# `ld.gold`, which Swift links with, is part of binutils up to Debian 12 and on its own from 13.
packages_of_linker() {
  if ! command -v ld.gold >/dev/null && apt-cache show binutils-gold >/dev/null 2>&1; then
    echo binutils-gold
  fi
}

# Where the system has no apt, the least that can be said is which headers are not there.
check_headers() {
  local header directory missing=""
  for header in dnnl.h zip.h zlib.h jpeglib.h png.h webp/decode.h curl/curl.h cairo/cairo.h; do
    for directory in /usr/include /usr/include/*-linux-gnu /usr/local/include; do
      [ -e "$directory/$header" ] && continue 2
    done
    missing="$missing $header"
  done
  # Open MPI's headers are in a folder of their own, which pkg-config knows.
  pkg-config --exists ompi-c 2>/dev/null || missing="$missing mpi.h"
  [ -z "$missing" ] || fail "no apt-get here to install packages with, and these headers are" \
    "missing:$missing; install oneDNN (built with OpenMP), Open MPI with its pkg-config file" \
    "ompi-c.pc, libzip, zlib, libjpeg-turbo, libpng, libwebp, libcurl and Cairo with their headers"
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif ! command -v sudo >/dev/null; then
    fail "installing packages needs root, and there is no sudo here; as root, run:" \
      "apt-get update && apt-get install -y ${missing[*]}"
  elif [ -t 0 ]; then
    sudo "$@"
  else
    # Without a terminal nobody can type a password: better to stop than to hang.
    sudo -n "$@" || fail "sudo failed or wanted a password, and there is no terminal to ask for one;" \
      "as root, run: apt-get update && apt-get install -y ${missing[*]}"
  fi
}

install_missing() {
  local package
  missing=()
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  [ "${#missing[@]}" -gt 0 ] || return 0
  say "Going to install these system packages: ${missing[*]}"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q ||
    fail "apt-get update failed; is the network reachable?"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q \
    --no-install-recommends -o Dpkg::Use-Pty=0 \
    "${missing[@]}" || fail "apt-get could not install: ${missing[*]}; see its message above"
}

# Nothing but the style of Python files needs it: without it, lint.sh says so and goes on.
provide_ruff() {
  if find_ruff; then return; fi
  say "installing ruff $ruff_version from PyPI into .build"
  # Debian's python3 has the module on its own.
  if command -v apt-get >/dev/null && ! python3 -c 'import ensurepip' 2>/dev/null; then
    (install_missing python3-venv) || true
  fi
  install_ruff ||
    say "ruff could not be installed (see above): 'make lint' will not check the Python files"
}

# Only the tests of pages in a real browser need it: without it they say so and are left out.
provide_chromium() {
  if command -v chromium >/dev/null; then return; fi
  if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then
    say "installing chromium for the tests of pages"
    (install_missing chromium) >/dev/null 2>&1 || true
  fi
  command -v chromium >/dev/null ||
    say "chromium could not be installed: pages will not be tested in a browser"
}

if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then
  mapfile -t toolchain < <(packages_of_toolchains)
  # Nothing is installed on a machine that cannot build anyway; but a toolchain that lacks libraries
  # cannot tell its version yet.
  [ "${#toolchain[@]}" -gt 0 ] || find_swift
  install_missing "${packages[@]}" ${toolchain[@]+"${toolchain[@]}"}
  mapfile -t linker < <(packages_of_linker)
  install_missing ${linker[@]+"${linker[@]}"}
else
  check_headers
fi
find_swift
if [ "${1:-}" = "--tests" ]; then
  provide_ruff
  provide_chromium
fi
