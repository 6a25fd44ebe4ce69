/** Titles of the targets of `detour compile` in Chinese, by name; the English is that of the target. */
export const targetTitlesZh: Readonly<Record<string, string>> = {
  map: 'MutatingAdmissionPolicy：无需服务器的 Webhook（Kubernetes 1.36；1.34 起可用 api v1beta1）',
  vap: 'ValidatingAdmissionPolicy：只允许镜像站以及 keep 列出的镜像（Kubernetes 1.30）',
  kyverno:
    'Kyverno 1.17 的 MutatingPolicy（1.16 用 api v1beta1）：同样的 CEL，可用于较旧的 Kubernetes',
  gatekeeper: 'Gatekeeper 3.23：新建 Pod 时向 detour serve --external-data 查询镜像',
  kustomize: 'Kustomize Component：为给定清单中的镜像改名（镜像卷需要 5.7 或更新版本）',
  containerd: 'containerd 1.6 及更新版本：certs.d/HOST/hosts.toml，放在 /etc/containerd',
  nerdctl:
    'nerdctl：certs.d/HOST/hosts.toml，放在 /etc/containerd，或非 root 时的 ~/.config/containerd',
  eks: 'Amazon Linux 2023 的 EKS 节点：写入 hosts.toml 的 user data（MIME）',
  registries: 'CRI-O、podman、buildah 和 skopeo：registries.conf.d/NAME.conf，放在 /etc/containers',
  openshift: 'OpenShift 4.13 及更新版本：ImageDigestMirrorSet 和 ImageTagMirrorSet，用 oc apply',
  k3s: 'k3s 和 RKE2：registries.yaml，放在 /etc/rancher/k3s 或 /etc/rancher/rke2',
  talos: 'Talos 1.12 及更新版本：RegistryMirrorConfig，用 talosctl apply-config 或 patch',
  bottlerocket: 'Bottlerocket：settings.container-registry，作为 user data 或用 apiclient apply',
  buildkit: 'BuildKit：buildkitd.toml，放在 /etc/buildkit',
  docker: 'Docker：daemon.json，放在 /etc/docker；只支持 Docker Hub，且镜像站不能带路径',
};
