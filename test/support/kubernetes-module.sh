# Sourced by scripts that build programs from Kubernetes' Go module.

# write_kubernetes_module VERSION: writes a go.mod that requires it. Kubernetes' own go.mod points
# its staging modules at folders of its repository. Those replaces do not reach a module that
# depends on it, so the published modules of the same release stand in for them.
write_kubernetes_module() {
  local kubernetes_mod module staging="v0.${1#v1.}"
  go mod init image-detour.test/kubernetes 2>/dev/null
  go mod edit -go=1.26 -require="k8s.io/kubernetes@$1"
  kubernetes_mod=$(go mod download -json "k8s.io/kubernetes@$1" |
    sed -n 's/.*"GoMod": "\(.*\)".*/\1/p')
  for module in $(sed -n 's|^\s*\(k8s.io/[a-z0-9-]*\) => ./staging/.*|\1|p' "$kubernetes_mod"); do
    go mod edit -require="$module@$staging" -replace="$module=$module@$staging"
  done
}

# build_kubernetes VERSION PROGRAM...: builds programs of that version into the current folder.
build_kubernetes() {
  local version=$1 minor=${1#v1.} about=k8s.io/component-base/version
  shift
  write_kubernetes_module "$version"
  go build -mod=mod -o ./ -ldflags "-s -w -X $about.gitVersion=$version -X $about.gitMajor=1 \
    -X $about.gitMinor=${minor%%.*}" "${@/#/k8s.io/kubernetes/cmd/}"
}
