#!/usr/bin/env bash
# Prints where the program is that mutates Pods with Gatekeeper's own code. Built once (some minutes), then cached.
set -euo pipefail

version=v3.23.1
here=$(cd "$(dirname "$0")" && pwd)
cache="${XDG_CACHE_HOME:-$HOME/.cache}/image-detour/bin"
# Another program is another tool.
source=$(sha256sum "$here/gatekeeper/main.go" | cut -c1-12)
gatekeeper="$cache/gatekeeper-$version-$source"
if [ -x "$gatekeeper" ]; then
  echo "$gatekeeper"
  exit
fi

say() { echo "target: $*" >&2; }

command -v go >/dev/null || {
  say "no Go (1.26 or newer) on the PATH to build Gatekeeper with"
  exit 1
}
mkdir -p "$cache"
work=$(mktemp -d "$cache/.building-XXXXXX")
trap 'rm -rf "$work"' EXIT
say "building Gatekeeper's mutation $version (once)"
cp "$here/gatekeeper/main.go" "$work"
cd "$work"
export CGO_ENABLED=0 GOWORK=off GOFLAGS=-trimpath
{
  go mod init image-detour.test/gatekeeper
  go mod edit -go=1.26 -require="github.com/open-policy-agent/gatekeeper/v3@$version"
  go build -mod=mod -ldflags '-s -w' -o gatekeeper .
} >&2
mv gatekeeper "$gatekeeper" # a rename: whoever looks sees the whole program or none
echo "$gatekeeper"
