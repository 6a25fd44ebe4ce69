#!/usr/bin/env bash
# Prints in which folder the tools are that check the chart: helm, kubeconform, kube-score, and the
# definitions (CRDs) of prometheus-operator and cert-manager, made from their Go types. Built once
# (about 3 minutes), then cached.
set -euo pipefail
. "$(dirname "$0")/../support/one-at-a-time.sh"

helm_version=$(sed -n 's/^helm_version=//p' "$(dirname "$0")/../cluster/rig/build-kubernetes.sh")
programs=(
  "helm.sh/helm/v4/cmd/helm@$helm_version"
  github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0
  github.com/zegl/kube-score/cmd/kube-score@v1.20.0
  sigs.k8s.io/controller-tools/cmd/controller-gen@v0.21.0
)
monitoring=github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring@v0.95.1
cert_manager=github.com/cert-manager/cert-manager@v1.21.2

# Other versions are other tools: they get a folder of their own.
versions=$(sha256sum <<<"${programs[*]} $monitoring $cert_manager" | cut -c1-12)
tools="${XDG_CACHE_HOME:-$HOME/.cache}/image-detour/bin/deploy-$versions"
one_at_a_time deploy
if [ -d "$tools" ]; then
  echo "$tools"
  exit
fi

say() { echo "deploy: $*" >&2; }

command -v go >/dev/null || {
  say "no Go (1.26 or newer) on the PATH to build the tools with"
  exit 1
}
mkdir -p "$(dirname "$tools")"
work=$(mktemp -d "$tools-XXXXXX")
trap 'rm -rf "$work"' EXIT
export GOBIN="$work" CGO_ENABLED=0 GOWORK=off GOFLAGS=-trimpath
for program in "${programs[@]}"; do
  say "building $program (once)"
  go install -ldflags '-s -w' "$program" >&2
done

say "making the definitions of $monitoring and $cert_manager (once)"
types=("${monitoring%@*}/v1" "${cert_manager%@*}/pkg/apis/certmanager/v1")
mkdir "$work/module" "$work/crds"
cd "$work/module"
{
  go mod init image-detour.test/types
  go get "${types[0]}@${monitoring#*@}" "${types[1]}@${cert_manager#*@}"
  "$work/controller-gen" crd "${types[@]/#/paths=}" output:crd:dir="$work/crds"
} >&2
cd /
rm -r "$work/module"
chmod 755 "$work"
mv "$work" "$tools" # a rename: whoever looks sees all of it or none
echo "$tools"
