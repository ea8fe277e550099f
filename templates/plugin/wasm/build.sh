#!/usr/bin/env bash
# Builds the modules that new plugins start with, as their own scripts do. Needs clang and wasm-ld (Debian: clang, lld).
#
#     ./build.sh          builds them
#     ./build.sh --check  builds them elsewhere and fails if the stored modules are others
set -euo pipefail
cd "$(dirname "$0")"
for kind in generator hook; do
    made=$(mktemp -d)
    mkdir "$made/src"
    cp "$kind/build.sh" "$made"
    cp ../c/src/lhp.h "$kind/src/plugin.c" "$made/src"
    touch "$made/plugin.yaml"
    sh "$made/build.sh"
    if [ "${1:-}" = --check ]; then cmp "$made/plugin.wasm" "$kind/plugin.wasm"; else cp "$made/plugin.wasm" "$kind/plugin.wasm"; fi
    rm -r "$made"
done
