#!/usr/bin/env bash
# build-v1beta1-reader.sh KUBERNETES API APIMACHINERY: prints where the program is that reads YAML
# as that version of Kubernetes does, built with these versions of its modules. Built once, then
# cached.
. "$(dirname "$0")/../support/build-go.sh"

name=v1beta1-$1
module="module image-detour.test/v1beta1
go 1.21
require (
k8s.io/api $2
k8s.io/apimachinery $3
sigs.k8s.io/yaml v1.2.0
)"
source=$(realpath "$(dirname "$0")/v1beta1/main.go")

build() {
  cp "$source" main.go
  echo "$module" >go.mod
  go build -mod=mod -o "$name" .
}

# Another program is another tool.
build_once "$name" "$({ echo "$module"; cat "$source"; } | sha256sum | cut -c1-12)"
