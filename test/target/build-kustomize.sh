#!/usr/bin/env bash
# Prints where kustomize is, built from its Go module. Once (about two minutes), then cached.
. "$(dirname "$0")/../support/build-go.sh"

version=v5.7.1

build() {
  GOBIN="$PWD" go install -ldflags '-s -w' "sigs.k8s.io/kustomize/kustomize/v5@$version"
}

build_once kustomize "$version"
