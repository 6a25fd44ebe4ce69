#!/usr/bin/env bash
# Prints where the program is that mutates Pods with Gatekeeper's own code. Built once (some
# minutes), then cached.
. "$(dirname "$0")/../support/build-go.sh"

version=v3.23.1
source=$(realpath "$(dirname "$0")/gatekeeper/main.go")

build() {
  cp "$source" .
  go mod init image-detour.test/gatekeeper
  go mod edit -go=1.26 -require="github.com/open-policy-agent/gatekeeper/v3@$version"
  go build -mod=mod -ldflags '-s -w' -o gatekeeper .
}

# Another program is another tool.
build_once gatekeeper "$version-$(sha256sum "$source" | cut -c1-12)"
