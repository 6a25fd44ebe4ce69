/** Describes each key of a rules file in Chinese; the English is in the schema. */
export const schemaZh: Readonly<Record<string, string>> = {
  version: '文件格式的版本。',
  mirror: 'to 中 ${mirror} 的值。',
  bypass: '镜像的第一段写作这个名字时，从原地址拉取；默认 direct.to，false 表示关闭。',
  namespaces: '规则对哪些命名空间的 Pod 生效。',
  'namespaces.include': '只包括与其中一个通配符匹配的命名空间；不写则为全部。',
  'namespaces.exclude': '不包括与其中一个通配符匹配的命名空间；优先于 include。',
  skip: '保持原样的 Pod，例如由会比对镜像的 Operator 管理的 Pod。',
  'skip.owners': '属主的种类：Kind 或 Kind.group，可用通配符。',
  'skip.labels': 'Pod 的标签，满足任意一个即可；值是一个通配符，或通配符列表。',
  'skip.annotations': 'Pod 的注解，满足任意一个即可；值是一个通配符，或通配符列表。',
  exits:
    'Pod 的作者可以绕过规则的途径：all（默认）表示全部开放，none 表示全部关闭，也可以列出开放的途径。',
  annotate: '用注解记录原镜像；更新再次写入原镜像时，保持运行中的镜像不变。',
  registries:
    '镜像仓库的属性：键为镜像仓库，可带镜像路径的前几段。一个镜像对应多个键时，每个属性都以最长的键为准。',
  'registries.*.pullSecrets':
    '从这里拉取镜像的新 Pod 会在 imagePullSecrets 中得到这些 Secret。[] 表示不需要，用来覆盖较短的键。',
  'registries.*.plainHttp': '节点和 sync 用 HTTP 访问它，不使用 TLS。',
  'registries.*.ca': '它的 CA 证书（PEM），供节点和 sync 使用。',
  'registries.*.chunk': '如果它拒绝较大的请求，上传时按这个大小分块，例如 16MiB。供 sync 使用。',
  'registries.*.ecr': 'sync 在 Amazon ECR 中创建仓库的方式。',
  'registries.*.ecr.create': '创建尚不存在的仓库。',
  'registries.*.ecr.immutable': '创建标签不可变的仓库。',
  'registries.*.ecr.scan': '推送镜像时进行扫描。',
  'registries.*.ecr.encryption': '新仓库的加密方式：AES256、KMS，或 KMS 密钥的 ARN。',
  'registries.*.ecr.policy': '新仓库的权限策略（JSON 文本）；none 表示没有。',
  'registries.*.ecr.lifecycle': '新仓库的生命周期策略（JSON 文本）。',
  'registries.*.ecr.tags': '新仓库的 AWS 标签。',
  namespaceRules:
    '允许带有标签 image-detour/rules: "true" 的 ConfigMap 为所在命名空间追加规则，排在本文件的规则之后。',
  'namespaceRules.to': '这些规则的 to 可以使用的镜像仓库，可带路径前缀。',
  'namespaceRules.namespaces': '可以拥有自己规则的命名空间。',
  'namespaceRules.namespaces.include': '只包括与其中一个通配符匹配的命名空间；不写则为全部。',
  'namespaceRules.namespaces.exclude': '不包括与其中一个通配符匹配的命名空间；优先于 include。',
  warn: '向 kubectl 用户提示每个改写的镜像。',
  expect:
    '本文件的测试，由 detour check 运行：镜像应变成的镜像，或 keep（保持原样）、deny（拒绝）；也可以按命名空间分别写明。',
  workloads: '除已知类型之外，还有哪些类型的对象包含镜像。',
  'workloads.[].kind': 'Kind 或 Kind.group。',
  'workloads.[].images': '镜像所在的路径，例如 spec.imageName、spec.containers[].image。',
  sync: 'detour sync 向镜像站复制的内容。',
  'sync.platforms': 'all（默认），或 linux/amd64 这样的列表。只复制一部分会改变索引的摘要。',
  'sync.referrers': '是否复制签名、证明和 SBOM。',
  'sync.images': '要复制的镜像：镜像引用，或 from 加上要选择的标签。',
  'sync.images.[].from': '镜像；写了 tags 时不带标签。',
  ...choiceZh('sync.images.[]'),
  'sync.lists': '列出镜像的文件，每行一个：文件名，或 file 加上要选择的标签。',
  'sync.lists.[].file': '列出镜像的文件，每行一个；写了 tags 时，每行是不带标签的镜像名称。',
  ...choiceZh('sync.lists.[]'),
  'sync.never': '无论谁列出都不复制的镜像，可用通配符。',
  'sync.neverLists': '列出永不复制的镜像的文件，每行一个；不带标签的名称表示整个镜像仓库路径。',
  rules: '规则列表，与顺序无关：最具体的 from 生效。',
  'rules.[].from':
    '镜像仓库，或镜像仓库加镜像路径的前几段。列表中的几个是同一批镜像的不同名称。"*.gcr.io" 是 gcr.io 之下的任意主机，"*" 是没有其他规则匹配的所有镜像仓库。',
  'rules.[].to':
    '镜像仓库，可带路径前缀；其余路径、标签和摘要会原样接在后面。${mirror} 是文件的 mirror，${registry} 是镜像的主机。',
  'rules.[].path':
    '其余路径如何接在后面：whole（默认）为全部；last 只取最后一段；joined 用 - 连接各段，适合只有两级的镜像仓库。',
  'rules.[].keep': '这些镜像保持原样。',
  'rules.[].deny': '用这条提示拒绝这些镜像。',
  'rules.[].library':
    'Docker Hub 官方镜像的名称是否带 library/：always、never 或 as-written（默认，按原文）。',
  'rules.[].namespaces': '这条规则生效的命名空间；在其他命名空间，可由不太具体的规则决定。',
  'rules.[].namespaces.include': '只包括与其中一个通配符匹配的命名空间；不写则为全部。',
  'rules.[].namespaces.exclude': '不包括与其中一个通配符匹配的命名空间；优先于 include。',
};

/** Returns the texts of the keys of an entry of `sync` that choose its tags. */
function choiceZh(entry: string): Record<string, string> {
  return {
    [`${entry}.tags`]: '复制哪些标签：须同时满足以下各项。',
    [`${entry}.tags.include`]: '与其中一个通配符匹配的标签；不写则为全部。',
    [`${entry}.tags.exclude`]: '不复制与其中一个通配符匹配的标签。',
    [`${entry}.tags.pattern`]: '整个标签与这个正则表达式（RE2 语法）匹配。',
    [`${entry}.tags.semver`]:
      '版本在此范围内的标签：>=7.2 <8、^1.4、~1.4.2、1.x；多个范围用 || 隔开。',
    [`${entry}.tags.latest`]: '只取这么多个标签：版本最高的那些。',
    [`${entry}.tags.newerThan`]: '镜像的年龄小于此时长的标签：90d、12h、30m。',
    [`${entry}.immutable`]: '永不变动的标签：复制之后不再询问来源。',
    [`${entry}.overwrite`]:
      '镜像站上的标签何时跟随来源：always（默认）、never，或仅当来源在 10d 这样的时长内更新过。',
  };
}
