#!/bin/sh
# Builds the library for this machine. Needs a C compiler; `CC` names another one than `cc`.
set -eu
cd "$(dirname "$0")"
mkdir -p lib
${CC:-cc} -shared -fPIC -O2 -fvisibility=hidden -Wall -Wextra -Werror -o lib/%library% src/plugin.c
echo "lib/%library%"
