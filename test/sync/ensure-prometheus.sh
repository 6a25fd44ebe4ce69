#!/usr/bin/env bash
# Installs promtool and Prometheus' push gateway.
set -euo pipefail
. "$(dirname "$0")/../support/debian-packages.sh"
ensure_packages promtool=prometheus prometheus-pushgateway=prometheus-pushgateway
