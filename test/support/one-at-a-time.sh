# Sourced by scripts that build programs for tests.

# one_at_a_time NAME: waits until no other process is at NAME, and holds it until the script ends.
# The gate builds ahead while earlier tests run; a test that needs what is being built waits for it
# here.
one_at_a_time() {
  local cache="${XDG_CACHE_HOME:-$HOME/.cache}/image-detour"
  mkdir -p "$cache"
  exec 9>"$cache/.$1.lock"
  if command -v flock >/dev/null; then flock 9; fi
}
