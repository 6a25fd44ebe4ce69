#!/usr/bin/env bash
# Prints where the program is that reads YAML, TOML and CEL as Go programs do. Built once, then cached.
. "$(dirname "$0")/../support/build-go.sh"

source=$(realpath "$(dirname "$0")/readers/main.go")

build() {
  cp "$source" .
  go mod init image-detour.test/readers
  go mod edit -require=gopkg.in/yaml.v2@v2.4.0 -require=gopkg.in/yaml.v3@v3.0.1 -require=sigs.k8s.io/yaml@v1.6.0 \
    -require=github.com/BurntSushi/toml@v1.5.0 -require=github.com/pelletier/go-toml/v2@v2.2.4 \
    -require=github.com/google/cel-go@v0.26.1
  go mod tidy
  go build -mod=mod -ldflags '-s -w' -o readers .
}

# Another program is another tool.
build_once readers "$(sha256sum "$source" "$0" | sha256sum | cut -c1-12)"
