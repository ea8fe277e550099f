#!/usr/bin/env bash
# Builds kafka_source.wasm from its source. Needs clang with the target wasm32, and wasm-ld (Debian: clang, lld).
#
#     ./build.sh          builds the module and prints its digest, which belongs into plugin.yaml
#     ./build.sh --check  builds it elsewhere and fails if the stored module is another one
set -euo pipefail
cd "$(dirname "$0")"

output=kafka_source.wasm
[ "${1:-}" = --check ] && output=$(mktemp)
clang --target=wasm32 -O2 -nostdlib -ffreestanding -fno-ident -Wall -Wextra -Werror \
    -Wl,--no-entry -Wl,--strip-all -Wl,-z,stack-size=65536 -o "$output" src/kafka_source.c
if [ "${1:-}" = --check ]; then
    cmp "$output" kafka_source.wasm
    rm -f "$output"
fi
sha256sum kafka_source.wasm
