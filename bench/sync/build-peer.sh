#!/usr/bin/env bash
# Prints where a program that copies images is, built from its Go module: bench/sync/build-peer.sh regsync|oras. Once (a minute or
# two), then cached.
. "$(dirname "$0")/../../test/support/build-go.sh"

case $1 in
regsync)
  version=v0.11.7
  build() { GOBIN="$PWD" nice -n 19 go install -ldflags '-s -w' "github.com/regclient/regclient/cmd/regsync@$version"; }
  ;;
oras)
  version=v1.3.6
  build() { GOBIN="$PWD" nice -n 19 go install -ldflags '-s -w' "oras.land/oras/cmd/oras@$version"; }
  ;;
*)
  echo "there is no program \"$1\"" >&2
  exit 2
  ;;
esac

build_once "$1" "$version"
