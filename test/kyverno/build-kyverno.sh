#!/usr/bin/env bash
# Prints where Kyverno's command line is, built from its Go module: once, in some 11 minutes of processor time, then cached.
set -euo pipefail

version=v1.18.2
cache="${XDG_CACHE_HOME:-$HOME/.cache}/image-detour/bin"
kyverno="$cache/kyverno-$version"
if [ -x "$kyverno" ]; then
  echo "$kyverno"
  exit
fi

say() { echo "kyverno: $*" >&2; }

command -v go >/dev/null || {
  say "no Go (1.26 or newer) on the PATH to build Kyverno with"
  exit 1
}
mkdir -p "$cache"
work=$(mktemp -d "$cache/.building-XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
say "building Kyverno's command line $version (once)"
module=github.com/kyverno/kyverno
export CGO_ENABLED=0 GOWORK=off GOFLAGS=-trimpath
{
  go mod init image-detour.test/kyverno
  # What its own go.mod replaces, and its own checksums: the public database has not all of its modules.
  go mod edit -go=1.26 -require="$module@$version" \
    -replace=k8s.io/pod-security-admission=github.com/kyverno/pod-security-admission@v0.0.0-20251031094455-46f20778634f
  folder=$(go mod download -json "$module@$version" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
  cp "$folder/go.sum" go.sum
  chmod u+w go.sum
  go build -mod=mod -ldflags '-s -w' -o kyverno "$module/cmd/cli/kubectl-kyverno"
} >&2
mv kyverno "$kyverno" # a rename: whoever looks sees the whole program or none
echo "$kyverno"
