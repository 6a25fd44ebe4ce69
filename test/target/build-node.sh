#!/usr/bin/env bash
# build-node.sh NAME: prints where a program of a node is, built from its Go module. Once (some
# minutes), then cached.
. "$(dirname "$0")/../support/build-go.sh"
. "$(dirname "$0")/../support/kubernetes-module.sh"

name=$1
source=$(realpath "$(dirname "$0")")/node/$name.go

case $name in
kubelet | keyring)
  version=v1.36.2
  build() {
    cp "$source" main.go
    write_kubernetes_module "$version"
    go build -mod=mod -ldflags '-s -w' -o "$name" .
  }
  ;;
crio)
  # Of the release that CRI-O reads names by; CRI-O itself is not all on the Go module proxy.
  version=v5.42.1
  build() {
    cp "$source" main.go
    go mod init image-detour.test/crio
    go mod edit -go=1.26 -require="go.podman.io/image/v5@$version"
    go build -mod=mod -tags containers_image_openpgp -ldflags '-s -w' -o "$name" .
  }
  ;;
containerd)
  version=v2.4.2
  build() {
    go mod init image-detour.test/containerd
    go mod edit -go=1.26 -require="github.com/containerd/containerd/v2@$version"
    go build -mod=mod -ldflags '-s -w' -o "$name" github.com/containerd/containerd/v2/cmd/containerd
  }
  ;;
esac

# Another program is another tool.
if [ -e "$source" ]; then own=-$(sha256sum "$source" | cut -c1-12); fi
build_once "$name" "$version${own:-}"
