#!/usr/bin/env bash
# Makes the programs of a one-node cluster ready, and prints the folder that has those of Kubernetes
# and Helm. They are built from their Go modules (about 5 minutes, once: they are cached); the
# others come from Debian. Standard error says what is going on.
. "$(dirname "$0")/../../support/build-go.sh"
. "$(dirname "$0")/../../support/debian-packages.sh"
. "$(dirname "$0")/../../support/kubernetes-module.sh"
. "$(dirname "$0")/helm-version.sh"

version=v1.36.2
programs=(kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl)
# The first process of every Pod, which holds its namespaces.
pause=$(realpath "$(dirname "$0")/pause.go")

build() {
  mkdir module cluster
  (cd module && build_kubernetes "$version" "${programs[@]}" && mv "${programs[@]}" ../cluster/)
  GOBIN=$PWD/cluster go install -ldflags '-s -w' "helm.sh/helm/v4/cmd/helm@$helm_version"
  go build -ldflags '-s -w' -o cluster/pause "$pause"
}

ensure_packages openssl=openssl etcd=etcd-server containerd=containerd runc=runc docker-registry=docker-registry \
  iptables=iptables ip=iproute2 buildah=buildah skopeo=skopeo /usr/lib/cni/bridge=containernetworking-plugins
build_once cluster "$version-$({ echo "$helm_version"; cat "$pause"; } | sha256sum | cut -c1-12)"
