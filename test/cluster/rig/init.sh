#!/usr/bin/env bash
# The first process of the cluster's own namespaces (processes, mounts, network): when it ends, the
# kernel ends all that runs in them. Prints `ready`, then waits, and reaps what others leave behind.
set -euo pipefail
control_group=$1

# What Pods mount must reach their containers, and nothing the machine's own folders.
mount --make-rshared /
for folder in /run /var/lib/cni /var/log; do
  mkdir -p "$folder"
  mount -t tmpfs -o mode=755 tmpfs "$folder"
done
mkdir -p /run/netns

for controller in /sys/fs/cgroup/*/; do
  mkdir -p "$controller/$control_group"
done

ip link set lo up
ip link add node0 type bridge
ip address add 10.88.8.1/24 dev node0
ip link set node0 up
# kube-apiserver and kubelet want one; it leads nowhere.
ip route add default dev node0
echo 1 >/proc/sys/net/ipv4/ip_forward

echo ready
sleep infinity &
wait
