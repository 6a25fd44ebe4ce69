#!/usr/bin/env bash
# Builds containerd2.go with containerd's own module, once, and prints where the program is.
set -euo pipefail

version=v2.4.2
source=$(dirname "$(realpath "$0")")/containerd2.go
cache="${XDG_CACHE_HOME:-$HOME/.cache}/image-detour"
program="$cache/containerd2-$version-$(sha256sum "$source" | cut -c1-12)"

if [ ! -x "$program" ]; then
  command -v go >/dev/null || { echo "no Go on the PATH to build $source with" >&2; exit 1; }
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/.building-XXXXXX")
  trap 'rm -rf "$work"' EXIT
  cd "$work"
  cp "$source" main.go
  export GOWORK=off CGO_ENABLED=0
  {
    go mod init image-detour.test/containerd2
    go mod edit -require="github.com/containerd/containerd/v2@$version"
    go mod tidy
    go build -trimpath -ldflags '-s -w' -o program .
  } >log 2>&1 || { cat log >&2; exit 1; }
  mv program "$program" # a rename: whoever looks sees a whole program or none
fi
echo "$program"
