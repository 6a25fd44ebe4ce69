#!/usr/bin/env bash
# build-resolver.sh NAME: prints where the program is that resolver/NAME.go makes of the module that
# it is about. Built once, then cached.
. "$(dirname "$0")/../support/build-go.sh"

name=$1
case $name in
containerd2) module=github.com/containerd/containerd/v2@v2.4.2 ;;
buildkit) module=github.com/moby/buildkit@v0.34.2 ;;
wharfie) module=github.com/rancher/wharfie@v0.7.1 ;;
esac
folder=$(dirname "$(realpath "$0")")/resolver
sources=("$folder/main.go" "$folder/$name.go")

build() {
  cp "${sources[@]}" .
  go mod init "image-detour.test/$name"
  go mod edit -require="$module"
  go mod tidy
  go build -ldflags '-s -w' -o "$name" .
}

# Another program is another tool.
build_once "$name" "${module##*@}-$(cat "${sources[@]}" | sha256sum | cut -c1-12)"
