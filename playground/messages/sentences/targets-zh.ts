/** Translates what targets of `detour compile` cannot express. */
export const targetsZh: Readonly<Record<string, string>> = {
  'Docker has mirrors for Docker Hub only': 'Docker 只支持 Docker Hub 的镜像站',
  "Docker has no path in a mirror's registry": 'Docker 的镜像站不能带路径',
  'the user data has {0} bytes, EC2 allows {1}: bring the files of `detour compile containerd` to the nodes in another way':
    'user data 有 {0} 字节，而 EC2 最多允许 {1}：请用其他方式把 `detour compile containerd` 的文件放到节点上',
  'Gatekeeper cannot warn of a mutation': 'Gatekeeper 不能对修改给出警告',
  'Gatekeeper does not know what it changed': 'Gatekeeper 不记录自己修改了什么',
  'Gatekeeper adds no pull secrets to Pods': 'Gatekeeper 不会给 Pod 添加拉取 Secret',
  'imagePullPolicy: Never is not known to Gatekeeper, so such images are rewritten too, and their Pods do not start: exclude their namespaces or keep their names':
    'Gatekeeper 不识别 imagePullPolicy: Never，这类镜像也会被改写，Pod 因而无法启动：请排除它们的命名空间，或用 keep 保留这些镜像',
  '"{0}" is kept, not denied: add `detour compile vap`':
    '"{0}" 保持原样，不会被拒绝：请同时使用 `detour compile vap`',
  '"{0}" depends on the namespace, so its images are kept':
    '"{0}" 取决于命名空间，因此它的镜像保持原样',
  'skip.{0}: Gatekeeper does not look at {1}': 'skip.{0}：Gatekeeper 不检查 {1}',
  'namespaces: "{0}" has more than a * at either end':
    'namespaces："{0}" 除首尾的 * 之外还有其他通配符',
  'skip.labels: "{0}" is a part of a value, so every {1} is skipped':
    'skip.labels："{0}" 只是值的一部分，因此所有 {1} 都会跳过',
  'k3s rewrites paths for its mirror, so it can ask the registry itself by HTTPS only':
    'k3s 会为镜像站改写路径，因此访问这个镜像仓库本身时只能用 HTTPS',
  'mirror only: k3s has a flag for it, --disable-default-registry-endpoint, and nothing in this file':
    '只用镜像站：k3s 用参数 --disable-default-registry-endpoint 实现，这个文件里没有对应的设置',
  'the manifests hold no image of a Kubernetes object': '清单中没有 Kubernetes 对象的镜像',
  'Kustomize renames the images of all objects alike': 'Kustomize 对所有对象的镜像一视同仁',
  'Kustomize does not read the ConfigMaps of namespaces': 'Kustomize 不读取命名空间的 ConfigMap',
  'the Component changes nothing but images': 'Component 只修改镜像',
  'the Component changes nothing but images, so it adds no pull secrets':
    'Component 只修改镜像，因此不会添加拉取 Secret',
  'Kustomize has no warnings': 'Kustomize 没有警告功能',
  'Kustomize does not look at {0}: {1} stays': 'Kustomize 不检查 {0}：{1} 保持原样',
  '{0} is kept, not denied': '{0} 保持原样，不会被拒绝',
  'Kustomize cannot make {0} of {1}': 'Kustomize 无法把 {1} 变为 {0}',
  '"{0}" stays as it is: other images of this name become {1}, {2} in {3} {4}':
    '"{0}" 保持原样：同名的其他镜像变为 {1}，而 {3} 中的 {2} 变为 {4}',
  'add it to registrySources.insecureRegistries of image.config.openshift.io/cluster instead':
    '请改为写进 image.config.openshift.io/cluster 的 registrySources.insecureRegistries',
  'add it to the ConfigMap that additionalTrustedCA of image.config.openshift.io/cluster names instead':
    '请改为写进 image.config.openshift.io/cluster 的 additionalTrustedCA 所指的 ConfigMap',
  'the target cannot refuse images; blockedRegistries of image.config.openshift.io/cluster can':
    '这个目标不能拒绝镜像；image.config.openshift.io/cluster 的 blockedRegistries 可以',
  'the target cannot leave {0} out of "{1}"': '这个目标无法从 "{1}" 中排除 {0}',
  'a mutating policy cannot warn': '修改策略不能给出警告',
  'CEL cannot read the JSON of the annotation': 'CEL 无法读取注解中的 JSON',
  '"{0}" decides what other rules wrote, but not after {1} rules that did so: such images stay as the last of these wrote them':
    '"{0}" 会对其他规则的结果再作判定，但最多 {1} 次：此后镜像保持最后一次的结果',
  'an expression has {0} characters, the API server allows {1}':
    '有一个表达式长 {0} 个字符，而 API Server 最多允许 {1}',
  'the policy has {0} characters, etcd allows 1.5 MiB: use the webhook, or fewer rules':
    '策略有 {0} 个字符，而 etcd 最多允许 1.5 MiB：请使用 Webhook，或减少规则',
  'a policy does not read the ConfigMaps of namespaces': '策略不读取命名空间的 ConfigMap',
  'an image that cannot be rewritten is kept, not denied: add `detour compile vap`':
    '无法改写的镜像保持原样，不会被拒绝：请同时使用 `detour compile vap`',
  'skip.{0}: the author of a Pod writes its {1}, so these Pods are judged like any other':
    'skip.{0}：Pod 的 {1} 由作者填写，因此这些 Pod 与其他 Pod 同样判定',
  '"{0}": names of one segment are official there, and the target cannot add library/ to them':
    '"{0}"：那里的单段名称是官方镜像，而这个目标无法为它们加上 library/',
  'a node does not apply it to the images that "{0}" sends there':
    '节点不会把它用于 "{0}" 转到那里的镜像',
  'the target sends all of a registry to one mirror': '这个目标把整个镜像仓库转到同一个镜像站',
  'the target sends all of a registry to one place': '这个目标把整个镜像仓库转到同一个位置',
  'the target does not know registries by their domain': '这个目标不能按域名匹配镜像仓库',
  'the target has no word for every other registry': '这个目标无法表示“其他所有镜像仓库”',
  'the target cannot refuse images': '这个目标不能拒绝镜像',
  'the node does not know whether library/ was written, and asks for busybox without it':
    '节点不知道原文是否带 library/，请求 busybox 时一律不带',
  'the node asks for busybox as library/busybox, and the target cannot drop library/':
    '节点以 library/busybox 请求 busybox，而这个目标无法去掉 library/',
  'images that name its mirror are taken for those of "{0}"':
    '直接写镜像站名称的镜像会被当作 "{0}" 的镜像',
  '"{0}": images of {1} outside its mirrors stay there':
    '"{0}"：{1} 中不属于镜像站的镜像仍从那里拉取',
  'the target takes a host with an underscore for a part of a short name, and asks its search registries':
    '这个目标把带下划线的主机当作短名称的一部分，会到它的搜索镜像仓库中查找',
  'the target takes {0} for the longer name, and so the better match':
    '这个目标认为 {0} 更长，因而优先匹配它',
  'the target knows no paths below *': '这个目标的 * 之下不能有路径',
  'the target knows no ports below *': '这个目标的 * 不能带端口',
  'a node does not know the namespace that it pulls for': '节点不知道是为哪个命名空间拉取镜像',
  "a node cannot put the image's registry into the mirror's path":
    '节点无法把镜像的主机写进镜像站的路径',
  'a node asks a mirror for each tag and digest of a repository':
    '节点会向镜像站请求镜像路径的所有标签和摘要',
  'a node asks a mirror for the repository as it is': '节点按原有的镜像路径向镜像站请求',
  'a node does not know the Pod that it pulls for': '节点不知道是为哪个 Pod 拉取镜像',
  'a node does not change Pods': '节点不修改 Pod',
  'a node pulls images that cannot be rewritten from their origin':
    '无法改写的镜像，节点会从原地址拉取',
  'a node does not change Pods, so it adds no pull secrets':
    '节点不修改 Pod，因此不会添加拉取 Secret',
  'a node does not answer those who create Pods': '节点不会答复创建 Pod 的人',
  'bypass: a node takes {0} for a registry, and mirrors an image where a webhook has taken it off':
    'bypass：节点把 {0} 当作镜像仓库；Webhook 去掉它之后，节点仍会把镜像转到镜像站',
  'bypass: a node takes {0} off only before registries that the rules name, and nothing that they deny (official images need library/ there), and mirrors an image where a webhook has taken it off':
    'bypass：只有在规则写明且未拒绝的镜像仓库之前，节点才会去掉 {0}（官方镜像须写 library/）；Webhook 去掉它之后，节点仍会把镜像转到镜像站',
  'mirror only: the target asks the origin where the mirror fails':
    '只用镜像站：镜像站失败时，这个目标仍会请求原地址',
  "{0} answers nodes with 401: the kubelet chooses credentials by the Pod's image name, which stays that of the origin":
    '{0} 会对节点返回 401：kubelet 按 Pod 的镜像名称选择凭据，而这个名称仍是原地址',
  '"{0}": the target takes registries with a port for its own; name with `keep` those that there are':
    '"{0}"：这个目标会连同带端口的镜像仓库一起匹配；请用 `keep` 写明实际存在的那些',
  '"{0}": the target takes registries with a port for its own, and cannot leave them out':
    '"{0}"：这个目标会连同带端口的镜像仓库一起匹配，而且无法排除',
  '{0}: the target also matches the host with a port other than 443; name those that exist with `keep`':
    '{0}：这个目标也会匹配该主机的其他端口（443 除外）；请用 `keep` 写明实际存在的那些',
  '{0}: the target also matches the host with a port, and cannot leave it out':
    '{0}：这个目标也会匹配该主机的其他端口，而且无法排除',
  '"{0}" and {1} more': '"{0}" 以及另外 {1} 条',
  '"{0}": the target cannot pull an image of exactly this name, because "to" is a registry without a path':
    '"{0}"：这个目标无法拉取与此完全同名的镜像，因为 to 是不带路径的镜像仓库',
  '"{0}": the target drops library/ from library/a/b as it does from library/busybox':
    '"{0}"：这个目标会像处理 library/busybox 一样，去掉 library/a/b 中的 library/',
  '"{0}": the target asks the mirror for library/a/b without library/ first, as it does for library/busybox':
    '"{0}"：这个目标会像处理 library/busybox 一样，先向镜像站请求不带 library/ 的 library/a/b',
  'the target handles it as "{0}", so it still asks the origin of these':
    '这个目标按 "{0}" 处理它，因此仍会请求这些镜像的原地址',
  'the target would refuse images of {0} too, so it refuses none of these':
    '这个目标会连 {0} 的镜像一起拒绝，因此对这些镜像一律不拒绝',
  'the target cannot leave out {0}, so it still asks the origin of these':
    '这个目标无法排除 {0}，因此仍会请求这些镜像的原地址',
  'a node does not know the Pods that {0} leaves alone, so it refuses nothing':
    '节点不知道 {0} 排除了哪些 Pod，因此不拒绝任何镜像',
  'a node does not know the Pods that {0} leaves alone, so it still asks the origin':
    '节点不知道 {0} 排除了哪些 Pod，因此仍会请求原地址',
  'mirror only': '只用镜像站',
};
