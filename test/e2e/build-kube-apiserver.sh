#!/usr/bin/env bash
# Prints where the control plane's programs are, one `name=path` a line: kube-apiserver, etcd,
# kubectl. $KUBEBUILDER_ASSETS, where it is set, holds all three. Otherwise kube-apiserver is built
# from its Go module (minutes, once: it is cached), etcd and openssl come from the PATH or from
# Debian, and kubectl is built too where none is on the PATH. Progress goes to standard
# error.
set -euo pipefail
. "$(dirname "$0")/../support/kubernetes-module.sh"
. "$(dirname "$0")/../support/one-at-a-time.sh"

version=v1.36.2
cache="${XDG_CACHE_HOME:-$HOME/.cache}/image-detour/kubernetes-$version"

say() { echo "e2e: $*" >&2; }

fail() {
  say "$*"
  exit 1
}

ensure_command() { # COMMAND DEBIAN_PACKAGE
  if command -v "$1" >/dev/null; then return; fi
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    fail "$1 is not on the PATH; install it (on Debian: apt-get install $2) and run the tests again"
  fi
  say "installing $2 with apt-get"
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q "$2"; } >&2 ||
    fail "apt-get could not install $2; install it by hand and run the tests again"
}

# In a subshell: the working folder and the trap stay its own.
build() ( # PROGRAM
  command -v go >/dev/null || fail "no $1 yet, and no Go (1.26 or newer) on the PATH to build it with;
     install Go, or set KUBEBUILDER_ASSETS to a folder with kube-apiserver, etcd and kubectl"
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/.building-XXXXXX")
  trap 'rm -rf "$work"' EXIT
  cd "$work"
  say "building $1 $version into $cache (some minutes, once)"
  write_kubernetes_module "$version"
  minor=${version#v1.}
  about=k8s.io/component-base/version
  CGO_ENABLED=0 GOWORK=off go build -mod=mod -trimpath -o "$1" -ldflags "-s -w \
    -X $about.gitVersion=$version -X $about.gitMajor=1 -X $about.gitMinor=${minor%%.*}" \
    "k8s.io/kubernetes/cmd/$1" >&2 || fail "$1 did not build"
  mv "$1" "$cache/$1" # a rename: whoever looks sees the whole program or none
)

ensure_command openssl openssl

if [ -n "${KUBEBUILDER_ASSETS:-}" ]; then
  for program in kube-apiserver etcd kubectl; do
    [ -x "$KUBEBUILDER_ASSETS/$program" ] || fail "KUBEBUILDER_ASSETS has no $program: $KUBEBUILDER_ASSETS"
    echo "$program=$KUBEBUILDER_ASSETS/$program"
  done
  exit
fi

ensure_command etcd etcd-server
one_at_a_time kubernetes
[ -x "$cache/kube-apiserver" ] || build kube-apiserver
kubectl=$(command -v kubectl || echo "$cache/kubectl")
[ -x "$kubectl" ] || build kubectl

echo "kube-apiserver=$cache/kube-apiserver"
echo "etcd=$(command -v etcd)"
echo "kubectl=$kubectl"
