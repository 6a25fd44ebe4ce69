# Sourced by scripts that build a program from a Go module for tests. Each has a function `build`
# that leaves a program called NAME in the empty folder that it is called in.
set -euo pipefail
shopt -s inherit_errexit # a build that fails in $(…) fails
. "$(dirname "${BASH_SOURCE[0]}")/one-at-a-time.sh"

# build_once NAME VERSION: prints where the program is; what is built once stays in the cache.
build_once() {
  local cache="${XDG_CACHE_HOME:-$HOME/.cache}/image-detour/bin"
  local program="$cache/$1-$2"
  one_at_a_time "$1"
  if [ ! -x "$program" ]; then
    command -v go >/dev/null || {
      echo "$1: no Go (1.26 or newer) on the PATH to build it with" >&2
      exit 1
    }
    mkdir -p "$cache"
    work=$(mktemp -d "$cache/.building-XXXXXX")
    trap 'rm -rf "$work"' EXIT
    cd "$work"
    echo "$1: building $2 (once)" >&2
    export CGO_ENABLED=0 GOWORK=off GOFLAGS=-trimpath
    build >&2
    mv "$1" "$program" # a rename: whoever looks sees the whole program or none
  fi
  echo "$program"
}
