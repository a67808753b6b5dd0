#!/usr/bin/env bash
# Formats all Swift files in place.

source "$(dirname "$0")/common.sh"

find_swift
"$swift" format --in-place --parallel --recursive Sources Tests Package.swift
