#!/usr/bin/env bash
# Writes manual pages, made from the help texts, to .build/man/man1: `man -M .build/man tandem-train`.

source "$(dirname "$0")/common.sh"

tool=.build/release/tandem
[ -x "$tool" ] || fail "there is no $tool; build it first: make build"
mkdir -p .build/man
"$tool" manual --folder .build/man/man1
say "manual pages are in .build/man/man1; read one: man -M .build/man tandem-train"
