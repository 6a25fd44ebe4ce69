#!/usr/bin/env bash
# Prints where Kyverno's command line is, built from its Go module: once, in some 11 minutes of
# processor time, then cached.
. "$(dirname "$0")/../support/build-go.sh"

version=v1.18.2
module=github.com/kyverno/kyverno

build() {
  go mod init image-detour.test/kyverno
  # What its own go.mod replaces, and its own checksums: the public database has not all of its
  # modules.
  go mod edit -go=1.26 -require="$module@$version" \
    -replace=k8s.io/pod-security-admission=github.com/kyverno/pod-security-admission@v0.0.0-20251031094455-46f20778634f
  folder=$(go mod download -json "$module@$version" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
  cp "$folder/go.sum" go.sum
  chmod u+w go.sum
  go build -mod=mod -ldflags '-s -w' -o kyverno "$module/cmd/cli/kubectl-kyverno"
}

build_once kyverno "$version"
