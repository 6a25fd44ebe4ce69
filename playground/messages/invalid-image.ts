import type { Language } from './messages.ts';

const en = {
  hidden: (shown: string, position: number) =>
    `Character ${position} is ${shown}, which is invisible or turns the direction of the text. Remove it.`,
  character: (shown: string, position: number) =>
    `Character ${position}, ${shown}, cannot be in an image reference.`,
  upperCase: (shown: string, position: number) =>
    `Character ${position} is ${shown}: after the registry, only lower-case letters are allowed.`,
  path: (length: number, limit: number) =>
    `The repository has ${length} characters; at most ${limit} are allowed.`,
  tag: (length: number, limit: number) =>
    `The tag has ${length} characters; at most ${limit} are allowed.`,
  digest: 'The digest needs an algorithm and all its hex digits, such as sha256: and 64 of them.',
  imageId: 'This is the ID of an image on a node, not its name.',
  other: 'Check its separators: no segment is empty, or begins or ends with one.',
};

const zh: typeof en = {
  hidden: (shown, position) => `第 ${position} 个字符是 ${shown}，不可见或会改变文字方向，请删除。`,
  character: (shown, position) => `第 ${position} 个字符 ${shown} 不能出现在镜像引用中。`,
  upperCase: (shown, position) =>
    `第 ${position} 个字符是 ${shown}：镜像仓库之后只能使用小写字母。`,
  path: (length, limit) => `镜像路径有 ${length} 个字符，最多 ${limit} 个。`,
  tag: (length, limit) => `标签有 ${length} 个字符，最多 ${limit} 个。`,
  digest: '摘要须写明算法和全部十六进制数字，例如 sha256: 加 64 位。',
  imageId: '这是节点上的镜像 ID，不是镜像名称。',
  other: '请检查分隔符：各段不能为空，也不能以分隔符开头或结尾。',
};

/** Holds the messages about texts that cannot be image references, in each language. */
export const invalidImage: Readonly<Record<Language, typeof en>> = { en, zh };
