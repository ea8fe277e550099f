#!/bin/sh
# Builds the library for this machine. Needs cargo.
set -eu
cd "$(dirname "$0")"
cargo build --release
built=$(cargo metadata --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/release
mkdir -p lib
for library in libcsv_reader.so libcsv_reader.dylib csv_reader.dll; do
    if [ -f "$built/$library" ]; then
        cp "$built/$library" lib/
        echo "lib/$library"
    fi
done
