/** Translates messages about a rules file. `{0}` is the first gap of the English sentence. */
export const rulesZh: Readonly<Record<string, string>> = {
  '"{0}" is a to of this file, so its images count as mirrored already':
    '"{0}" 是本文件中的 to，它的镜像视为已在镜像站中',
  'another from, or a longer one under that to': '换一个 from，或写位于这个 to 之下、更长的 from',
  '"{0}" is the bypass prefix, which is removed before any rule is applied':
    '"{0}" 是绕过前缀，在应用规则之前就会去掉',
  'another bypass, or another from': '换一个 bypass 或 from',
  'the to of "{0}" leaves no room for a repository': '"{0}" 的 to 太长，放不下镜像路径',
  'a to shorter than {0}': '短于 {0} 个字符的 to',
  '"{0}" applies in no namespace': '"{0}" 在任何命名空间都不生效',
  'an include that no exclude covers': '没有被 exclude 完全覆盖的 include',
  '{0} is rewritten again, by "{1}" in line {2}': '{0} 会被第 {2} 行的 "{1}" 再次改写',
  'a to that no from matches, or keep: true for the mirror':
    '没有 from 匹配的 to，或为镜像站写 keep: true',
  '"{0}" sends images of different registries to the same place, {1}':
    '"{0}" 把不同镜像仓库的镜像放到同一个位置 {1}',
  '${registry} in the path of the to': '在 to 的路径中使用 ${registry}',
  'images of "{0}" and "{1}" in line {2} can get the same name in {3}':
    '"{0}" 与第 {2} 行 "{1}" 的镜像在 {3} 中可能同名',
  'one list if they are the same images, otherwise another to':
    '如果是同一批镜像，写进一个列表；否则换一个 to',
  'path: {0} gives different images of "{1}" one name, such as {2}':
    'path: {0} 会让 "{1}" 的不同镜像同名，例如 {2}',
  'a/x and b/x': 'a/x 和 b/x',
  'a/b-c and a-b/c': 'a/b-c 和 a-b/c',
  'to find those among your images: detour check --images FILE':
    '用 detour check --images FILE 在你的镜像中查找',
  'too many rules share parts of their to: some pairs were not compared':
    '太多规则的 to 有相同部分，有些没有两两比较',
  '"{0}" can be a public DNS name: if the webhook does not act on a Pod, its node asks that host for the image':
    '"{0}" 可能是公网域名：Webhook 没有处理某个 Pod 时，节点会向该主机请求镜像',
  'a name that you control, such as direct.internal': '自己控制的名称，例如 direct.internal',
  'to, keep or deny': 'to、keep 或 deny',
  'the rule does not say what to do': '这条规则没有写要做什么',
  'the rule has both {0} and {1}': '这条规则同时有 {0} 和 {1}',
  'only one of them': '只保留其中一个',
  'a registry such as quay.io, with the first segments of a repository, or with one and a tag or a digest':
    '镜像仓库（例如 quay.io），可带镜像路径的前几段，或完整路径加标签或摘要',
  'no valid image reference can match "{0}"': '没有任何有效的镜像引用能匹配 "{0}"',
  'a registry such as mirror.example.com, with an optional repository prefix':
    '镜像仓库（例如 mirror.example.com），可带路径前缀',
  '"{0}" is not a registry': '"{0}" 不是镜像仓库',
  '"{0}" is the same registry as "{1}" in line {2}': '"{0}" 与第 {2} 行的 "{1}" 是同一个镜像仓库',
  'each registry once': '每个镜像仓库只写一次',
  '{0} is a fact about a whole registry, and "{1}" has a path':
    '{0} 是整个镜像仓库的属性，而 "{1}" 带有路径',
  '{0} under the registry without a path': '把 {0} 写在不带路径的镜像仓库下',
  '"{0}" has both plainHttp and ca: without TLS no certificate is checked':
    '"{0}" 同时有 plainHttp 和 ca：不使用 TLS 时不会检查证书',
  'the ca of "{0}" holds a private key: remove it, and replace the key':
    '"{0}" 的 ca 中有私钥：请删除它，并更换这个密钥',
  'the ca of "{0}" holds a {1}, not a certificate': '"{0}" 的 ca 中是 {1}，不是证书',
  'the ca of "{0}" holds no certificate': '"{0}" 的 ca 中没有证书',
  'the ca of "{0}" has a certificate without its BEGIN line': '"{0}" 的 ca 中有证书缺少 BEGIN 行',
  'the ca of "{0}" has a certificate without its END line': '"{0}" 的 ca 中有证书缺少 END 行',
  'the ca of "{0}" has a certificate that is cut short or changed':
    '"{0}" 的 ca 中有证书不完整或被改动',
  'certificates in PEM: -----BEGIN CERTIFICATE-----, base64, -----END CERTIFICATE-----':
    'PEM 格式的证书：-----BEGIN CERTIFICATE-----、base64、-----END CERTIFICATE-----',
  '"{0}" sends its images to "{1}" in line {2}, which leads back to it':
    '"{0}" 把镜像转到第 {2} 行的 "{1}"，而后者又转回来',
  'rules that end at a mirror': '最终到达镜像站的规则',
  '{0} has no effect: exits does not list {1}': '{0} 不起作用：exits 没有列出 {1}',
  '{0} in exits, or no {1}': '在 exits 中写 {0}，或去掉 {1}',
  '"{0}" cannot be the first segment of an image': '"{0}" 不能作为镜像的第一段',
  'a host such as direct.to, or false': '主机名（例如 direct.to），或 false',
  '"{0}" is not a registry path': '"{0}" 不是镜像仓库路径',
  '"{0}" is the same as "{1}" in line {2}': '"{0}" 与第 {2} 行的 "{1}" 相同',
  'each from once': '每个 from 只写一次',
  'a registry such as mirror.example.com, with an optional repository prefix in lower case':
    '镜像仓库（例如 mirror.example.com），可带小写的路径前缀',
  'to has {0} characters when {1} is replaced': '替换 {1} 之后，to 有 {0} 个字符',
  'to uses {0}, but the file has no mirror': 'to 使用了 {0}，但文件中没有 mirror',
  'mirror: HOST at the top of the file': '在文件开头写 mirror: HOST',
  'unknown variable {0}': '未知变量 {0}',
  '${mirror} or ${registry}': '${mirror} 或 ${registry}',
  '"{0}" is one image, but its from is not': '"{0}" 是单个镜像，而它的 from 不是',
  'a from with a tag or a digest, or a to without them':
    '带标签或摘要的 from，或不带标签和摘要的 to',
  '{0} once, in the path': '{0} 只用一次，并写在路径中',
  'and {0} more; correct these first': '另有 {0} 个；请先改正以上问题',
  'more than {0} values are wrong: only the first is reported': '超过 {0} 个值不正确，只报告第一个',
  'the key {0} appears here for the second time': '键 {0} 在这里第二次出现',
  'the key {0} appears twice': '键 {0} 出现了两次',
  'each key once': '每个键只写一次',
  '{0} refers to nothing': '{0} 没有引用任何内容',
  'anchors (&name) before their aliases (*name)': '锚点（&name）写在别名（*name）之前',
  'the rules have {0} origins': '规则中有 {0} 个 from',
  'at most {0}': '最多 {0}',
  '{0} ends before this #: what follows is a comment': '{0} 到这个 # 为止，后面的内容成了注释',
  'the message in quotes, or the comment on another line': '给提示加上引号，或把注释移到另一行',
  '"{0}" has namespaces, but the rules of a namespace apply only in it':
    '"{0}" 写了 namespaces，但命名空间的规则只在该命名空间生效',
  "the cluster's rules do not let this namespace send images to {0}":
    '集群的规则不允许这个命名空间把镜像转到 {0}',
  'a to under {0}': '位于 {0} 之下的 to',
  "only the cluster's rules can have {0}": '只有集群的规则可以有 {0}',
  'the file is in UTF-16: save it as UTF-8': '文件是 UTF-16 编码，请另存为 UTF-8',
  'the file is binary: it has control characters': '这是二进制文件，含有控制字符',
  '{0} has {1} characters': '{0} 有 {1} 个字符',
  '{0} has the invisible character {1}: remove it': '{0} 含有不可见字符 {1}，请删除',
  'library has no effect on "{0}"': 'library 对 "{0}" 不起作用',
  'library only on the rule that rewrites the official images of docker.io':
    'library 只用于改写 docker.io 官方镜像的规则',
  'path has no effect on "{0}"': 'path 对 "{0}" 不起作用',
  'path only on a rule that has a to, and a from without tag or digest':
    'path 只用于有 to、且 from 不带标签和摘要的规则',
  'pullSecrets of "{0}" has no effect: no shorter key names Secrets':
    '"{0}" 的 pullSecrets 不起作用：没有更短的键写了 Secret',
  'names of Secrets, or no pullSecrets': '写 Secret 的名称，或去掉 pullSecrets',
  '{0} different images become {1}: {2} and {3} more':
    '{0} 个不同的镜像都变成 {1}：{2} 以及另外 {3} 个',
  '{0} different images become {1}: {2}': '{0} 个不同的镜像都变成 {1}：{2}',
  'one list if they are the same images, otherwise a rule for one of them':
    '如果是同一批镜像，写进一个列表；否则为其中一个单独写规则',
  '{0} becomes {1} in namespace {2}: {3}': '{0} 在命名空间 {2} 中变为 {1}：{3}',
  '{0} becomes {1}: {2}': '{0} 变为 {1}：{2}',
  '{0} is kept in namespace {1}: {2}': '{0} 在命名空间 {1} 中保持原样：{2}',
  '{0} is kept: {1}': '{0} 保持原样：{1}',
  '{0} is denied in namespace {1}: {2}': '{0} 在命名空间 {1} 中被拒绝：{2}',
  '{0} is denied: {1}': '{0} 被拒绝：{1}',
  'the rule "{0}" in line {1} decides, and {2}': '由第 {1} 行的规则 "{0}" 决定，而且{2}',
  'the rule "{0}" in line {1} decides': '由第 {1} 行的规则 "{0}" 决定',
};
