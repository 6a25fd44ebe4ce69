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
  'skip.labels': 'Pod 的标签，满足任意一个即可；值可用通配符。',
  exits:
    'Pod 的作者可以绕过规则的途径：all（默认）表示全部开放，none 表示全部关闭，也可以列出开放的途径。',
  annotate: '把原来的镜像写入注解 image-detour/original-images。',
  pullSecrets: '规则改写了镜像的 Pod 会在 imagePullSecrets 中得到这些 Secret。',
  namespaceRules:
    '允许带有标签 image-detour/rules: "true" 的 ConfigMap 为所在命名空间追加规则，排在本文件的规则之后。',
  'namespaceRules.to': '这些规则的 to 可以使用的镜像仓库，可带路径前缀。',
  'namespaceRules.namespaces': '可以拥有自己规则的命名空间。',
  warn: '向 kubectl 用户提示每个改写的镜像。',
  rules: '规则列表，与顺序无关：最具体的 from 生效。',
  'rules.[].from':
    '镜像仓库，或镜像仓库加镜像路径的前几段。列表中的几个是同一批镜像的不同名称。"*.gcr.io" 是 gcr.io 之下的任意主机，"*" 是没有其他规则匹配的所有镜像仓库。',
  'rules.[].to':
    '镜像仓库，可带路径前缀；其余路径、标签和摘要会原样接在后面。${mirror} 是文件的 mirror，${registry} 是镜像的主机。',
  'rules.[].keep': '这些镜像保持原样。',
  'rules.[].deny': '用这条提示拒绝这些镜像。',
  'rules.[].library':
    'Docker Hub 官方镜像的名称是否带 library/：always、never 或 as-written（默认，按原文）。',
  'rules.[].namespaces': '这条规则生效的命名空间；在其他命名空间，可由不太具体的规则决定。',
  'rules.[].namespaces.include': '只包括与其中一个通配符匹配的命名空间；不写则为全部。',
  'rules.[].namespaces.exclude': '不包括与其中一个通配符匹配的命名空间；优先于 include。',
  'rules.[].pullSecrets': '这条规则改写镜像时，加入新 Pod 的 imagePullSecrets；取代文件级的设置。',
};
