#!/bin/sh
# Builds plugin.wasm, and writes its digest into plugin.yaml.
#
#     sh build.sh         from src/plugin.c; needs clang with wasm-ld (Debian: clang, lld)
#     sh build.sh rust    from rust/src/lib.rs; needs `rustup target add wasm32-unknown-unknown`
set -eu
cd "$(dirname "$0")"
if [ "${1:-}" = rust ]; then
    cargo build --release --target wasm32-unknown-unknown --manifest-path rust/Cargo.toml --target-dir target
    cp target/wasm32-unknown-unknown/release/plugin.wasm plugin.wasm
else
    clang --target=wasm32 -Os -nostdlib -ffreestanding -fno-ident -Wall -Wextra -Werror \
        -Wl,--no-entry -Wl,--strip-all -Wl,-z,stack-size=65536 -o plugin.wasm src/plugin.c
fi
digest=$(sha256sum plugin.wasm | cut -d ' ' -f 1)
sed "s/^  plugin\.wasm: .*/  plugin.wasm: \"sha256:$digest\"/" plugin.yaml > plugin.yaml.new
mv plugin.yaml.new plugin.yaml
echo "plugin.wasm  sha256:$digest"
