# Sourced by scripts that need programs which Debian has.

# ensure_packages COMMAND=PACKAGE...: installs the packages whose commands are missing, or says
# which they are.
ensure_packages() {
  local pair missing=()
  for pair in "$@"; do
    command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "install these Debian packages, or what is like them, and run the tests again: ${missing[*]}" >&2
    exit 1
  fi
  echo "installing ${missing[*]} with apt-get" >&2
  {
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
  } >&2 || {
    echo "apt-get could not install ${missing[*]}; install them by hand and run the tests again" >&2
    exit 1
  }
}
