#!/usr/bin/env bash
# Prints the folder that has the tools which check the chart: helm, kubeconform, kube-score, and the
# definitions (CRDs) of prometheus-operator and cert-manager, made from their Go types. Built once
# (about 3 minutes), then cached.
. "$(dirname "$0")/../support/build-go.sh"
. "$(dirname "$0")/../cluster/rig/helm-version.sh"

programs=(
  "helm.sh/helm/v4/cmd/helm@$helm_version"
  github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0
  github.com/zegl/kube-score/cmd/kube-score@v1.20.0
  sigs.k8s.io/controller-tools/cmd/controller-gen@v0.21.0
)
monitoring=github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring@v0.95.1
cert_manager=github.com/cert-manager/cert-manager@v1.21.2

build() {
  local program types=("${monitoring%@*}/v1" "${cert_manager%@*}/pkg/apis/certmanager/v1")
  mkdir -p deploy/crds module
  for program in "${programs[@]}"; do
    GOBIN=$PWD/deploy go install -ldflags '-s -w' "$program"
  done
  cd module
  go mod init image-detour.test/types
  go get "${types[0]}@${monitoring#*@}" "${types[1]}@${cert_manager#*@}"
  ../deploy/controller-gen crd "${types[@]/#/paths=}" output:crd:dir=../deploy/crds
  cd ..
}

# Other versions are other tools.
build_once deploy "$(sha256sum <<<"${programs[*]} $monitoring $cert_manager" | cut -c1-12)"
