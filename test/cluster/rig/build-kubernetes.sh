#!/usr/bin/env bash
# Makes the programs of a one-node cluster ready, and prints in which folder those of Kubernetes and
# Helm are. They are built from their Go modules (about 5 minutes, once: they are cached beside the
# kube-apiserver of test/e2e); what Debian has comes from there. Progress goes to standard
# error.
set -euo pipefail
. "$(dirname "$0")/../../support/kubernetes-module.sh"
. "$(dirname "$0")/../../support/one-at-a-time.sh"

version=v1.36.2
helm_version=v4.3.1
programs=(kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl)
cache="${XDG_CACHE_HOME:-$HOME/.cache}/image-detour/kubernetes-$version"

declare -A debian_package=(
  [openssl]=openssl [etcd]=etcd-server [containerd]=containerd [runc]=runc [docker-registry]=docker-registry
  [iptables]=iptables [ip]=iproute2 [buildah]=buildah [skopeo]=skopeo
  [/usr/lib/cni/bridge]=containernetworking-plugins
)

say() { echo "cluster: $*" >&2; }

fail() {
  say "$*"
  exit 1
}

ensure_packages() {
  local command missing=()
  for command in "${!debian_package[@]}"; do
    command -v "$command" >/dev/null || missing+=("${debian_package[$command]}")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    fail "install these Debian packages, or what is like them, and run the tests again: ${missing[*]}"
  fi
  say "installing ${missing[*]} with apt-get"
  {
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
  } >&2 || fail "apt-get could not install ${missing[*]}; install them by hand and run the tests again"
}

# In a subshell: the working folder and the trap stay its own.
build() ( # PROGRAM...
  command -v go >/dev/null || fail "no Go (1.26 or newer) on the PATH to build $* with"
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/.building-XXXXXX")
  trap 'rm -rf "$work"' EXIT
  cd "$work"
  say "building $* $version into $cache (some minutes, once)"
  write_kubernetes_module "$version"
  minor=${version#v1.}
  about=k8s.io/component-base/version
  mkdir bin
  CGO_ENABLED=0 GOWORK=off go build -mod=mod -trimpath -o bin/ -ldflags "-s -w \
    -X $about.gitVersion=$version -X $about.gitMajor=1 -X $about.gitMinor=${minor%%.*}" \
    "${@/#/k8s.io/kubernetes/cmd/}" >&2 || fail "$* did not build"
  mv bin/* "$cache/" # renames: whoever looks sees a whole program or none
)

build_helm() (
  work=$(mktemp -d "$cache/.building-XXXXXX")
  trap 'rm -rf "$work"' EXIT
  say "building helm $helm_version into $cache (a minute, once)"
  GOBIN="$work" CGO_ENABLED=0 GOWORK=off GOFLAGS=-trimpath go install -ldflags '-s -w' \
    "helm.sh/helm/v4/cmd/helm@$helm_version" >&2 || fail "helm did not build"
  mv "$work/helm" "$cache/helm"
)

# The first process of every Pod, which holds its namespaces.
build_pause() (
  work=$(mktemp -d "$cache/.building-XXXXXX")
  trap 'rm -rf "$work"' EXIT
  CGO_ENABLED=0 GOWORK=off go build -trimpath -ldflags '-s -w' -o "$work/pause" "$(dirname "$0")/pause.go" >&2
  mv "$work/pause" "$cache/pause"
)

ensure_packages
one_at_a_time kubernetes
missing=()
for program in "${programs[@]}"; do
  [ -x "$cache/$program" ] || missing+=("$program")
done
[ ${#missing[@]} -eq 0 ] || build "${missing[@]}"
[ -x "$cache/helm" ] || build_helm
[ -x "$cache/pause" ] || build_pause
echo "$cache"
