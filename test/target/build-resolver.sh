#!/usr/bin/env bash
# build-resolver.sh NAME: builds resolver/NAME.go with the module that it is about, once, and prints where the program is.
set -euo pipefail
. "$(dirname "$0")/../support/one-at-a-time.sh"

name=$1
case $name in
containerd2) module=github.com/containerd/containerd/v2@v2.4.2 ;;
buildkit) module=github.com/moby/buildkit@v0.34.2 ;;
wharfie) module=github.com/rancher/wharfie@v0.7.1 ;;
esac
folder=$(dirname "$(realpath "$0")")/resolver
sources=("$folder/main.go" "$folder/$name.go")
cache="${XDG_CACHE_HOME:-$HOME/.cache}/image-detour"
program="$cache/$name-${module##*@}-$(cat "${sources[@]}" | sha256sum | cut -c1-12)"

one_at_a_time "$name"
if [ ! -x "$program" ]; then
  command -v go >/dev/null || { echo "no Go on the PATH to build $folder with" >&2; exit 1; }
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/.building-XXXXXX")
  trap 'rm -rf "$work"' EXIT
  cd "$work"
  cp "${sources[@]}" .
  export GOWORK=off CGO_ENABLED=0
  {
    go mod init "image-detour.test/$name"
    go mod edit -require="$module"
    go mod tidy
    go build -trimpath -ldflags '-s -w' -o program .
  } >log 2>&1 || { cat log >&2; exit 1; }
  mv program "$program" # a rename: whoever looks sees a whole program or none
fi
echo "$program"
