#!/usr/bin/env bash
# Runs a program, and again when it has ended, as an init system would.
while true; do
  "$@"
  sleep 0.2
done
