#!/usr/bin/env bash
# Prints where kustomize is, built from its Go module. Once (about two minutes), then cached.
set -euo pipefail

version=v5.7.1
cache="${XDG_CACHE_HOME:-$HOME/.cache}/image-detour/bin"
kustomize="$cache/kustomize-$version"
if [ -x "$kustomize" ]; then
  echo "$kustomize"
  exit
fi

say() { echo "target: $*" >&2; }

command -v go >/dev/null || {
  say "no Go (1.26 or newer) on the PATH to build kustomize with"
  exit 1
}
mkdir -p "$cache"
work=$(mktemp -d "$cache/.building-XXXXXX")
trap 'rm -rf "$work"' EXIT
say "building kustomize $version (once)"
GOBIN="$work" CGO_ENABLED=0 GOWORK=off GOFLAGS=-trimpath \
  go install -ldflags '-s -w' "sigs.k8s.io/kustomize/kustomize/v5@$version" >&2
mv "$work/kustomize" "$kustomize" # a rename: whoever looks sees the whole program or none
echo "$kustomize"
