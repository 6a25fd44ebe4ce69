#!/usr/bin/env bash
# Installs promtool, which evaluates alerts over series that a test makes up, and prints its path.
set -euo pipefail
. "$(dirname "$0")/../support/debian-packages.sh"
ensure_packages promtool=prometheus
command -v promtool
