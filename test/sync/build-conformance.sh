#!/usr/bin/env bash
# Prints where the conformance suite of the OCI distribution spec is, built from its Go module. Once (seconds), then cached.
. "$(dirname "$0")/../support/build-go.sh"

version=v0.0.0-20260831232431-97274622c111

build() {
  GOBIN="$PWD" nice -n 19 go install -ldflags '-s -w' "github.com/opencontainers/distribution-spec/conformance@$version"
}

build_once conformance "$version"
