#!/usr/bin/env bash
# Prints where a registry is, built from its Go module: test/sync/build-registry.sh distribution|crane. Once (a minute or two), then
# cached.
. "$(dirname "$0")/../support/build-go.sh"

# install NAME PACKAGE@VERSION: go install names a program by the last part of its path.
install() {
  GOBIN="$PWD" nice -n 19 go install -ldflags '-s -w' "$2"
  [ -x "$1" ] || mv "$(basename "${2%@*}")" "$1"
}

case $1 in
distribution)
  version=v3.1.2
  build() { install distribution "github.com/distribution/distribution/v3/cmd/registry@$version"; }
  ;;
crane)
  version=v0.22.1
  build() { install crane "github.com/google/go-containerregistry/cmd/crane@$version"; }
  ;;
*)
  echo "there is no registry \"$1\"" >&2
  exit 2
  ;;
esac

build_once "$1" "$version"
