#!/usr/bin/env bash
# Builds Istio's sidecar injector from its Go module and prints its path.
. "$(dirname "$0")/../support/build-go.sh"

source=$(cd "$(dirname "$0")/istio-injector" && pwd)
version=v0.0.0-20260827124520-eed52ebb66ad

build() {
  cp "$source/main.go" .
  go mod init image-detour.test/istio-injector 2>/dev/null
  go mod edit -go=1.26 -require="istio.io/istio@$version"
  go build -mod=mod -ldflags "-s -w" -o istio-injector .
}

build_once istio-injector "$version-$(sha256sum "$source/main.go" | cut -c1-12)"
