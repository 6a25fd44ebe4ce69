#!/usr/bin/env bash
# Prints where the control plane's programs are, one `name=path` a line: kube-apiserver, etcd,
# kubectl. $KUBEBUILDER_ASSETS, if it is set, is a folder with all three. Otherwise kube-apiserver
# is built from its Go module (minutes, once: it is cached), etcd and openssl come from the PATH or
# from Debian, and kubectl is built too if there is none on the PATH. Standard error says what is
# going on.
. "$(dirname "$0")/../support/build-go.sh"
. "$(dirname "$0")/../support/debian-packages.sh"
. "$(dirname "$0")/../support/kubernetes-module.sh"

version=v1.36.2

# build_program NAME: in a subshell, because building changes the folder.
build_program() (
  wanted=$1
  build() { build_kubernetes "$version" "$wanted"; }
  build_once "$wanted" "$version"
)

ensure_packages openssl=openssl

if [ -n "${KUBEBUILDER_ASSETS:-}" ]; then
  for program in kube-apiserver etcd kubectl; do
    [ -x "$KUBEBUILDER_ASSETS/$program" ] || {
      echo "KUBEBUILDER_ASSETS has no $program: $KUBEBUILDER_ASSETS" >&2
      exit 1
    }
    echo "$program=$KUBEBUILDER_ASSETS/$program"
  done
  exit
fi

ensure_packages etcd=etcd-server
kube_apiserver=$(build_program kube-apiserver)
kubectl=$(command -v kubectl || build_program kubectl)
echo "kube-apiserver=$kube_apiserver"
echo "etcd=$(command -v etcd)"
echo "kubectl=$kubectl"
