#!/usr/bin/env bash
# Prints where the Go server is that the benchmark compares with. Built once, then cached.
. "$(dirname "$0")/../../test/support/build-go.sh"

source=$(realpath "$(dirname "$0")/go-stdlib")

build() { (cd "$source" && go build -o "$OLDPWD/go-stdlib" .); }

# Another program is another tool.
build_once go-stdlib "$(cat "$source"/* | sha256sum | cut -c1-12)"
